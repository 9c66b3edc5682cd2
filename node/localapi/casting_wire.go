package localapi

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/casting"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
)

var conditions = map[string]intention.Condition{
	"": intention.ConditionUnsaid, "new": intention.ConditionNew, "used": intention.ConditionUsed, "either": intention.ConditionEither,
}

func wishFromWire(req *localv1.CastRequest) (casting.Wish, error) {
	life, err := span("expires", req.GetExpiresSeconds(), time.Second)
	if err != nil {
		return casting.Wish{}, err
	}
	w := casting.Wish{
		Text: req.GetText(), Quantity: req.GetQuantity(), Unit: req.GetUnit(), Wishes: req.GetWishes(), Place: req.GetPlace(),
		NeededFrom: timeOf(req.GetNeededFrom()), NeededBy: timeOf(req.GetNeededBy()), Life: life,
	}
	if w.Category, err = path(req.GetCategory()); err != nil {
		return w, err
	}
	var ok bool
	if w.Condition, ok = conditions[req.GetCondition()]; !ok {
		return w, Fail(BadInput, "condition %q, want new, used or either", req.GetCondition())
	}
	for _, a := range req.GetAttributes() {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return w, Fail(BadInput, "attribute %q, want name=value", a)
		}
		w.Attributes = append(w.Attributes, intention.Attribute{Name: name, Value: value})
	}
	if c := req.GetCurrency(); c != "" {
		if w.Currency, err = money.ParseCurrency(c); err != nil {
			return w, Fail(BadInput, "%w", err).Hint("the ISO 4217 code, such as EUR")
		}
	}
	w.Highest, err = amount(req.GetHighestPrice())
	return w, err
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// amount reads "12.50 EUR"; nothing is the zero amount.
func amount(s string) (money.Amount, error) {
	if s == "" {
		return money.Amount{}, nil
	}
	words := strings.Fields(s)
	if len(words) != 2 {
		return money.Amount{}, Fail(BadInput, "price %q, want an amount and a currency, such as \"12.50 EUR\"", s)
	}
	a, err := money.Parse(words[0], words[1])
	if err != nil {
		return money.Amount{}, Fail(BadInput, "price %q: %v", s, err)
	}
	return a, nil
}

func (c *Casting) intention(i casting.Intention) *localv1.Intention {
	w := &localv1.Intention{
		Id: i.ID.String(), Category: i.Category.String(), Text: i.Text, Quantity: i.Quantity, Unit: i.Unit, Wishes: i.Wishes,
		Place: i.Place, NeededFrom: stamp(i.NeededFrom), NeededBy: stamp(i.NeededBy), Currency: string(i.Currency),
		Expires: stamp(i.Expires), Key: i.Key.String(), State: i.State.String(), Offers: uint32(i.Offers), At: stamp(i.At),
		Answered: c.Shop != nil && i.Offers > 0, Terms: i.Terms.ID,
	}
	for word, k := range conditions {
		if k == i.Condition {
			w.Condition = word
		}
	}
	for _, a := range i.Attributes {
		w.Attributes = append(w.Attributes, a.Name+"="+a.Value)
	}
	for _, k := range i.To {
		w.To = append(w.To, c.label(k, ""))
	}
	if !i.Community.IsZero() {
		w.Community = i.Community.String()
	}
	if !i.Highest.IsZero() {
		w.HighestPrice = i.Highest.String()
	}
	return w
}

// label names an organisation to the owner, by her book or by what it calls itself.
func (c *Casting) label(k record.Key, name string) string {
	if known, ok := c.Book.Get(k); ok {
		return known.Label()
	}
	if name == "" {
		return k.Short()
	}
	return fmt.Sprintf("%q (%s)", name, k.Short())
}

func (c *Casting) offer(o casting.Offer) *localv1.Offer {
	w := &localv1.Offer{
		Id: o.ID.String(), CastId: o.Cast.String(), VendorKey: o.Vendor.String(), Sku: o.Item.SKU, Item: o.Item.Name,
		Description: o.Item.Description, Price: o.Price.String(), PriceMinor: o.Price.Minor, Currency: string(o.Price.Currency),
		Quantity: o.Quantity, GoodUntil: stamp(o.GoodUntil), Note: o.Note, State: stateOf(o), AgreementId: o.Agreement.String(),
		At: stamp(o.At), OverHighest: o.OverHighest,
	}
	if c.Shop == nil {
		w.Who = c.label(o.Vendor, o.Name)
	} else {
		w.Unreached = o.State == offer.Made
		w.Who = "a person (" + o.To.Short() + ")"
	}
	switch o.Item.Condition {
	case offer.ConditionNew:
		w.Condition = "new"
	case offer.ConditionUsed:
		w.Condition = "used"
	}
	for _, t := range o.Terms {
		w.ServiceTerms = append(w.ServiceTerms, t.ID)
	}
	if !o.Taken.IsZero() {
		w.TakenId = o.Taken.String()
	}
	return w
}

// stateOf is the state in a word: open, taken, lapsed or refused.
func stateOf(o casting.Offer) string {
	switch o.State {
	case offer.Made, offer.Delivered, offer.Received:
		return "open"
	}
	return o.State.String()
}

var formats = map[string]catalog.Format{"": catalog.Sniff, "csv": catalog.CSV, "jsonld": catalog.JSONLD, "html": catalog.HTML}

func formatOf(word string) (catalog.Format, error) {
	f, ok := formats[word]
	if !ok {
		return f, Fail(BadInput, "format %q, want csv, jsonld or html", word)
	}
	return f, nil
}

// listed returns which items a listing keeps.
func listed(list catalog.List, cat, words string) (func(catalog.Item) bool, error) {
	if cat == "" && words == "" {
		return func(catalog.Item) bool { return true }, nil
	}
	w := catalog.Wish{Words: words}
	if cat != "" {
		p, err := path(cat)
		if err != nil {
			return nil, err
		}
		w.Category = p
		if words == "" {
			return func(it catalog.Item) bool { return it.Category.IsUnder(p) || it.Category == p }, nil
		}
	}
	ms, err := list.Match(w)
	if err != nil {
		return nil, Fail(BadInput, "%v", err)
	}
	found := map[string]bool{}
	for _, m := range ms {
		found[m.Item.SKU] = true
	}
	return func(it catalog.Item) bool { return found[it.SKU] }, nil
}

func itemLine(it catalog.Item) *localv1.CatalogItem {
	return &localv1.CatalogItem{
		Sku: it.SKU, Name: it.Name, Category: it.Category.String(), Price: it.Price.String(), Unit: it.Unit,
		Condition: it.Condition.String(), Description: it.Description,
	}
}

// importFailure says that a price list wasn't taken, and what would mend that.
func importFailure(req *localv1.ImportCatalogRequest, err error) error {
	name := req.GetFileName()
	if name == "" {
		name = "the price list"
	}
	f := Fail(Failed, "%s: %w; the price list in force stays", name, err)
	if errors.Is(err, catalog.ErrStrict) {
		return f.Hint("mend the file, or leave out --strict")
	}
	return f.Hint("byway catalog import --help, for what a price list has")
}

// castingFailure turns what casting says into a Failure.
func castingFailure(err error) error {
	switch {
	case errors.Is(err, casting.ErrWish), errors.Is(err, casting.ErrQuote), errors.Is(err, intention.ErrMalformed), errors.Is(err, record.ErrTooLarge):
		return Fail(BadInput, "%v", err)
	case errors.Is(err, casting.ErrUnknown):
		return Fail(NotFound, "%w", err)
	case errors.Is(err, offer.ErrTerms):
		return Fail(BadInput, "%w", err).Hint("byway offers, for the terms that it lists")
	case errors.Is(err, offer.ErrLapsed):
		return Fail(Failed, "%w", err).Hint("byway offers, for those that are still good")
	case errors.Is(err, casting.ErrOver), errors.Is(err, offer.ErrMany):
		return Fail(Failed, "%w", err)
	}
	return dealingFailure(err)
}
