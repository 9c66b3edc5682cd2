package offer

import (
	"fmt"
	"net/url"
	"slices"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

var deterministic = proto.MarshalOptions{Deterministic: true}

func (o Offer) marshal() ([]byte, error) {
	m := &bywayv1.Offer{
		Acceptance: o.Acceptance, Cast: o.Cast[:], Quantity: o.Quantity, GoodUntil: form.Milli(o.GoodUntil), Note: o.Note,
		Nonce: o.Nonce[:], Reply: road.ToWire(o.Reply), Price: &bywayv1.Money{Minor: o.Price.Minor, Currency: string(o.Price.Currency)},
		Item: &bywayv1.OfferItem{
			Sku: o.Item.SKU, Name: o.Item.Name, Description: o.Item.Description, Category: o.Item.Category.String(),
			Condition: bywayv1.Condition(o.Item.Condition), Gtin: o.Item.GTIN, Url: o.Item.URL, Unit: o.Item.Unit,
		},
	}
	for _, r := range o.Terms {
		m.ServiceTerms = append(m.ServiceTerms, terms.ToWire(r))
	}
	b, err := deterministic.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

func unmarshal(b []byte) (Offer, error) {
	var m bywayv1.Offer
	if err := proto.Unmarshal(b, &m); err != nil {
		return Offer{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	o, err := fromWire(&m)
	if err != nil {
		return Offer{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return o, nil
}

func fromWire(m *bywayv1.Offer) (Offer, error) {
	o := Offer{Acceptance: m.GetAcceptance(), Quantity: m.GetQuantity(), Note: m.GetNote()}
	var err error
	if o.Cast, err = record.IDFromBytes(m.GetCast()); err != nil {
		return Offer{}, fmt.Errorf("the cast: %w", err)
	}
	if o.Item, err = itemFromWire(m.GetItem()); err != nil {
		return Offer{}, err
	}
	currency, err := money.ParseCurrency(m.GetPrice().GetCurrency())
	if err != nil {
		return Offer{}, err
	}
	if o.Price, err = money.New(m.GetPrice().GetMinor(), currency); err != nil {
		return Offer{}, err
	}
	if o.GoodUntil, err = form.Time("good_until", m.GetGoodUntil()); err != nil {
		return Offer{}, err
	}
	if o.Terms, err = termsFromWire(m.GetServiceTerms()); err != nil {
		return Offer{}, err
	}
	if o.Reply, err = road.FromWire(m.GetReply(), MaxReply); err != nil {
		return Offer{}, err
	}
	if err := form.Texts(form.Text{Name: "note", Value: o.Note, Max: MaxNote}); err != nil {
		return Offer{}, err
	}
	if n := len(m.GetNonce()); n != NonceSize {
		return Offer{}, fmt.Errorf("a nonce of %d bytes, want %d", n, NonceSize)
	}
	o.Nonce = [NonceSize]byte(m.GetNonce())
	switch n := len(o.Acceptance); {
	case n < 1 || n > MaxAcceptance:
		return Offer{}, fmt.Errorf("an acceptance of %d bytes, want 1 to %d", n, MaxAcceptance)
	case o.Cast.IsZero() || o.GoodUntil.IsZero() || o.Quantity == 0:
		return Offer{}, fmt.Errorf("it needs a cast, an end and a quantity")
	}
	return o, nil
}

func termsFromWire(list []*bywayv1.TermsRef) ([]terms.Ref, error) {
	if n := len(list); n < 1 || n > MaxTerms {
		return nil, fmt.Errorf("%d service terms, want 1 to %d", n, MaxTerms)
	}
	var out []terms.Ref
	for _, m := range list {
		ref, err := terms.FromWire(m)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, ref) {
			return nil, fmt.Errorf("the terms %s twice", ref)
		}
		out = append(out, ref)
	}
	return out, nil
}

func itemFromWire(m *bywayv1.OfferItem) (Item, error) {
	it := Item{
		SKU: m.GetSku(), Name: m.GetName(), Description: m.GetDescription(), Condition: Condition(m.GetCondition()),
		GTIN: m.GetGtin(), URL: m.GetUrl(), Unit: m.GetUnit(),
	}
	err := form.Texts(
		form.Text{Name: "sku", Value: it.SKU, Max: MaxSKU},
		form.Text{Name: "name", Value: it.Name, Min: 1, Max: MaxName},
		form.Text{Name: "description", Value: it.Description, Max: MaxDescription},
		form.Text{Name: "unit", Value: it.Unit, Max: MaxUnit},
		form.Text{Name: "url", Value: it.URL, Max: MaxURL},
	)
	if err == nil && m.GetCategory() != "" {
		it.Category, err = category.Parse(m.GetCategory())
	}
	switch {
	case err != nil:
		return Item{}, err
	case m.GetCondition() < 0 || m.GetCondition() > bywayv1.Condition(ConditionUsed):
		return Item{}, fmt.Errorf("condition %d", m.GetCondition())
	case it.GTIN != "" && !gtin(it.GTIN):
		return Item{}, fmt.Errorf("%.20q isn't a GTIN", it.GTIN)
	case it.URL != "" && !webAddress(it.URL):
		return Item{}, fmt.Errorf("%.80q isn't an absolute http or https address", it.URL)
	}
	return it, nil
}

// gtin checks the length and the check digit (GS1 General Specifications §7.9).
func gtin(s string) bool {
	if n := len(s); n != 8 && n != 12 && n != 13 && n != 14 {
		return false
	}
	sum, weight := 0, 1
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * weight
		weight = 4 - weight
	}
	return sum%10 == 0
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (t Taking) marshal() ([]byte, error) {
	b, err := deterministic.Marshal(&bywayv1.Taking{
		Offer: t.Offer[:], CastKey: t.CastKey[:], NewKey: t.NewKey[:], VendorKey: t.Vendor[:], Proffer: t.Proffer[:],
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

func unmarshalTaking(b []byte) (Taking, error) {
	var m bywayv1.Taking
	if err := proto.Unmarshal(b, &m); err != nil {
		return Taking{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var t Taking
	for _, f := range []struct {
		to   *record.Key
		from []byte
	}{{&t.CastKey, m.GetCastKey()}, {&t.NewKey, m.GetNewKey()}, {&t.Vendor, m.GetVendorKey()}} {
		k, err := record.ParseKey(f.from)
		if err != nil {
			return Taking{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		*f.to = k
	}
	for _, f := range []struct {
		to   *record.ID
		from []byte
	}{{&t.Offer, m.GetOffer()}, {&t.Proffer, m.GetProffer()}} {
		id, err := record.IDFromBytes(f.from)
		if err != nil || id.IsZero() {
			return Taking{}, fmt.Errorf("%w: a taking names its offer and its proffer", ErrMalformed)
		}
		*f.to = id
	}
	if t.CastKey == t.NewKey || t.Vendor == t.CastKey || t.Vendor == t.NewKey {
		return Taking{}, fmt.Errorf("%w: a taking is between three keys", ErrMalformed)
	}
	return t, nil
}
