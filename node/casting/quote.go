package casting

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

const (
	// tableQuotes: cast's id (32) ‖ handler's name → nonce of the offer that it made or is about to make (16).
	tableQuotes store.Table = "quotes"
	// tableSending: cast's id (32) ‖ nonce (16) → empty, until the offer needs no more sending.
	tableSending store.Table = "sending"
	// tableAnswered: cast's key (32) ‖ cast's id (32) → empty: what a taking, which names the key alone, is found by.
	tableAnswered store.Table = "answered"
)

type nonce = [offer.NonceSize]byte

// Offer answers an intention by hand: it signs the vendor's acceptance of the intention's terms and the
// offer, keeps both, and has the offer on its way; it returns once it was tried. Errors,
// with nothing offered: ErrUnknown, ErrOver, ErrQuote, offer.ErrMany, those of the store.
func (v *Vendor) Offer(ctx context.Context, id record.ID, q Quote) (Offer, error) {
	i, err := v.byID(ctx, id)
	if err != nil {
		return Offer{}, err
	}
	return v.makeOffer(ctx, i, "", q, true)
}

// makeOffer makes one offer: by hand where by is empty, else the only one that a
// handler ever makes for the intention. wait: return once it was sent or failed to be.
func (v *Vendor) makeOffer(ctx context.Context, i heard, by string, q Quote, wait bool) (Offer, error) {
	l := &v.making[i.ID[0]%64]
	l.Lock()
	defer l.Unlock()
	n, made, err := v.plan(ctx, i.ID, by)
	if err != nil || !made.ID.IsZero() {
		return made, err
	}
	o, err := v.draft(i, q)
	if err != nil {
		return Offer{}, err
	}
	if err := v.keepPlan(ctx, i, by, n); err != nil {
		return Offer{}, err
	}
	o.Nonce = n
	if o.Acceptance, err = v.acceptance(ctx, i); err != nil {
		return Offer{}, err
	}
	signed, err := v.maker.Send(ctx, o, v.Key, i.Key)
	if err != nil && !errors.Is(err, errNobody) {
		return Offer{}, quoteError(err)
	}
	e := v.errand(i.ID, signed.ID, n)
	if wait {
		v.outbox.begin(ctx, e)
	} else {
		v.outbox.put(e)
	}
	return v.standing(context.WithoutCancel(ctx), i.ID, signed.ID)
}

// quoteError tells what the quote is to blame for from what the node is.
func quoteError(err error) error {
	if errors.Is(err, offer.ErrMalformed) || errors.Is(err, offer.ErrMany) || errors.Is(err, offer.ErrLapsed) || errors.Is(err, record.ErrTooLarge) {
		return fmt.Errorf("%w: %w", ErrQuote, err)
	}
	return err
}

// plan returns the nonce for an offer, and the offer where it was made before: the
// nonce is kept before the offer is, so that a crash between the two doesn't make a second one.
func (v *Vendor) plan(ctx context.Context, cast record.ID, by string) (n nonce, made Offer, err error) {
	if by != "" {
		id, ok, err := v.madeBy(ctx, cast, by)
		if err != nil {
			return n, Offer{}, err
		}
		if ok {
			made, err = v.standing(ctx, cast, id)
			return n, made, err
		}
		if n, ok, err = v.planned(ctx, cast, by); ok || err != nil {
			return n, Offer{}, err
		}
	}
	_, err = rand.Read(n[:])
	return n, Offer{}, err
}

func (v *Vendor) planned(ctx context.Context, cast record.ID, by string) (nonce, bool, error) {
	b, err := v.Store.Get(ctx, tableQuotes, append(cast[:len(cast):len(cast)], by...))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nonce{}, false, nil
	case err != nil:
		return nonce{}, false, err
	case len(b) != len(nonce{}):
		return nonce{}, false, fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableQuotes)
	}
	return nonce(b), true, nil
}

// madeBy returns the offer that a handler made for an intention.
func (v *Vendor) madeBy(ctx context.Context, cast record.ID, by string) (record.ID, bool, error) {
	n, ok, err := v.planned(ctx, cast, by)
	if err != nil || !ok {
		return record.ID{}, false, err
	}
	held, err := v.maker.Offers(ctx, cast)
	if err != nil {
		return record.ID{}, false, err
	}
	for _, s := range held.All() {
		if s.Offer.Nonce == n {
			return s.Offer.ID, true, nil
		}
	}
	return record.ID{}, false, nil
}

func (v *Vendor) countMade(ctx context.Context, cast record.ID) (int, error) {
	held, err := v.maker.Offers(ctx, cast)
	return len(held.All()), err
}

func (v *Vendor) keepPlan(ctx context.Context, i heard, by string, n nonce) error {
	cast := i.ID
	if by == "" {
		by = "\x00" + string(n[:])
	}
	return v.Store.Commit(ctx, store.Batch{Rows: []store.Row{
		{Table: tableQuotes, Key: append(cast[:len(cast):len(cast)], by...), Value: n[:]},
		{Table: tableSending, Key: append(cast[:len(cast):len(cast)], n[:]...), Value: []byte{}},
		{Table: tableAnswered, Key: append(i.Key[:len(i.Key):len(i.Key)], cast[:]...), Value: []byte{}},
	}})
}

// acceptance returns the whole record by which the vendor accepts the intention's terms:
// the one that it made before, or a new one. Between this vendor and a cast's key little
// is said before the first offer but that.
func (v *Vendor) acceptance(ctx context.Context, i heard) ([]byte, error) {
	held, err := v.maker.Offers(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	if all := held.All(); len(all) > 0 {
		return all[0].Offer.Acceptance, nil
	}
	ps, err := v.Store.Places(ctx, v.Key, i.Key, store.Sent, 0, page)
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		es, err := v.Store.Entries(ctx, p.Subject)
		if err != nil {
			return nil, err
		}
		if p.ID == p.Subject && len(es) > 0 && es[0].Rec.Statement().Type() == agreement.TypeAcceptance {
			return es[0].Rec.Bytes(), nil
		}
	}
	a, err := v.Agreements.Accept(ctx, i.rec, v.Key, v.Name)
	if errors.Is(err, agreement.ErrExpired) {
		return nil, fmt.Errorf("%w: its terms were to be accepted until %s", ErrOver, i.AcceptBy)
	}
	if err != nil {
		return nil, err
	}
	made, _ := a.Agreed()
	return made.Bytes(), nil
}

// draft returns the offer that q means, less its nonce and acceptance. Errors: ErrOver, ErrQuote.
func (v *Vendor) draft(i heard, q Quote) (offer.Offer, error) {
	now := v.now()
	if !now.Before(i.Expires) {
		return offer.Offer{}, fmt.Errorf("%w: intention %s expired", ErrOver, i.ID.Short())
	}
	if q.GoodFor == 0 {
		q.GoodFor = v.GoodFor
	}
	if q.GoodFor < 0 || q.GoodFor > offer.MaxGood {
		return offer.Offer{}, fmt.Errorf("%w: good for %s, at most %s", ErrQuote, q.GoodFor, offer.MaxGood)
	}
	if q.Quantity == 0 {
		q.Quantity = max(i.Quantity, 1)
	}
	o := offer.Offer{
		Cast: i.ID, Quantity: q.Quantity, GoodUntil: now.Add(q.GoodFor), Note: q.Note, Reply: v.Reply(),
		Item: offer.Item{Name: q.Item, Description: q.Description, Unit: i.Unit}, Price: q.Price,
	}
	if q.SKU != "" {
		if err := v.fromCatalog(&o, q); err != nil {
			return offer.Offer{}, err
		}
	}
	switch {
	case o.Item.Name == "":
		return offer.Offer{}, fmt.Errorf("%w: it names no item", ErrQuote)
	case o.Price.IsZero():
		return offer.Offer{}, fmt.Errorf("%w: it has no price", ErrQuote)
	case i.Currency != "" && o.Price.Currency != i.Currency:
		return offer.Offer{}, fmt.Errorf("%w: priced in %s, wanted in %s", ErrQuote, o.Price.Currency, i.Currency)
	}
	var err error
	if o.Terms, err = v.serviceTerms(q.Terms); err != nil {
		return offer.Offer{}, err
	}
	// Before the acceptance is signed, which stands in here for a moment.
	whole := o
	whole.Acceptance = []byte{0}
	if err := whole.Validate(); err != nil {
		return offer.Offer{}, fmt.Errorf("%w: %w", ErrQuote, err)
	}
	return o, nil
}

// serviceTerms returns what an offer will list: the given ids, else what the policy accepts.
func (v *Vendor) serviceTerms(ids []string) ([]terms.Ref, error) {
	if len(ids) == 0 {
		ids = v.Accepts()
	}
	refs, unknown := refsOf(v.Roster, ids)
	switch {
	case unknown != "":
		return nil, fmt.Errorf("%w: terms %q aren't on the roster", ErrQuote, unknown)
	case len(refs) == 0:
		return nil, fmt.Errorf("%w: it names no service terms, and the policy accepts none; try: byway policy SD-BASE=accept", ErrQuote)
	}
	return refs[:min(len(refs), offer.MaxTerms)], nil
}

// fromCatalog fills in what q leaves to the item of the price list.
func (v *Vendor) fromCatalog(o *offer.Offer, q Quote) error {
	it, ok := v.catalog.List().BySKU(q.SKU)
	if !ok {
		return fmt.Errorf("%w: no item %q in the price list; see: byway catalog list", ErrQuote, q.SKU)
	}
	name, says := o.Item.Name, o.Item.Description
	o.Item = offer.Item{
		SKU: it.SKU, Name: it.Name, Description: it.Description, Category: it.Category,
		Condition: offer.Condition(it.Condition), GTIN: it.GTIN, URL: it.URL, Unit: it.Unit,
	}
	if name != "" {
		o.Item.Name = name
	}
	if says != "" {
		o.Item.Description = says
	}
	if o.Price != (money.Amount{}) {
		return nil
	}
	if q.Quantity > catalog.MaxQuantity {
		return fmt.Errorf("%w: %d of them, at most %d", ErrQuote, q.Quantity, catalog.MaxQuantity)
	}
	total, err := it.Price.Times(int(q.Quantity))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrQuote, err)
	}
	o.Price = total
	return nil
}
