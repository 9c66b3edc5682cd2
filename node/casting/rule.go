package casting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Mode says who answers what no handler is interested in.
type Mode string

// The modes.
const (
	// Human: all that the vendor deals in waits for its human.
	Human Mode = "human"
	// Auto: what the price list has is offered by rule. What it has but the rule can't price or vouch
	// for waits for the human; what it hasn't is in the listing alone.
	Auto Mode = "auto"
)

// tableAnswering: "mode" → Mode in JSON.
const tableAnswering store.Table = "answering"

func (v *Vendor) loadMode(ctx context.Context) error {
	v.mode = Human
	b, err := v.Store.Get(ctx, tableAnswering, []byte("mode"))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &v.mode)
}

// Mode returns who answers.
func (v *Vendor) Mode() Mode {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.mode
}

// SetMode keeps who answers from now on, and has what is live and unanswered looked at
// again. Errors: ErrQuote for another word, those of the store.
func (v *Vendor) SetMode(ctx context.Context, m Mode) error {
	if m != Human && m != Auto {
		return fmt.Errorf("%w: answer %q, want auto or human", ErrQuote, m)
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.Store.Put(ctx, tableAnswering, []byte("mode"), b); err != nil {
		return err
	}
	v.mode = m
	v.rewind()
	return nil
}

// rewind has the rule look at all that is live again. Under v.mu.
func (v *Vendor) rewind() {
	v.rewinds++
	v.stir()
}

// byRule answers one intention from the price list, or has it wait for the human.
func (v *Vendor) byRule(ctx context.Context, i heard) error {
	v.mu.Lock()
	mode := v.mode
	theirs := slices.ContainsFunc(v.handlers, func(h *handler) bool { return h.wants(i.Category) })
	v.mu.Unlock()
	// Who names no category deals in none: what is cast isn't left to a human who sells nothing.
	categories := v.Categories()
	if theirs || len(categories) == 0 || !deals(categories, i.Category) {
		return nil
	}
	if n, err := v.countMade(ctx, i.ID); n > 0 || err != nil {
		return err
	}
	if mode == Human {
		return v.leave(ctx, i)
	}
	sku, matched := v.match(i.Intention)
	switch {
	case !matched:
		return nil
	case sku == "":
		return v.leave(ctx, i)
	}
	err := v.byHandler(ctx, i, ruleName, Quote{SKU: sku})
	if errors.Is(err, ErrQuote) {
		v.Log.Warn("the price list has it, but no offer could be made; it waits for you", "intention", i.ID.Short(), "sku", sku, "err", err)
		return v.leave(ctx, i)
	}
	return err
}

// match returns the best item that the rule may offer: none where there is a match, but
// its price or what the intention insists on isn't for a rule to tell.
func (v *Vendor) match(i Intention) (sku string, matched bool) {
	w := catalog.Wish{
		Category: i.Category, Words: i.Text, Quantity: int(min(i.Quantity, catalog.MaxQuantity+1)),
		Condition: conditionOf(i.Condition), Currency: i.Currency,
	}
	found, err := v.catalog.Match(w)
	if err != nil {
		v.Log.Info("an intention that a price list can't be matched with", "intention", i.ID.Short(), "err", err)
		return "", false
	}
	for _, m := range found {
		if sameUnit(i.Quantity, i.Unit, m.Item.Unit) && has(m.Item, i.Attributes) {
			return m.Item.SKU, true
		}
	}
	return "", len(found) > 0
}

func conditionOf(c intention.Condition) catalog.Condition {
	switch c {
	case intention.ConditionNew:
		return catalog.New
	case intention.ConditionUsed:
		return catalog.Used
	}
	return catalog.AnyCondition
}

// pieces are words for one of something.
var pieces = []string{"", "piece", "pieces", "pc", "pcs"}

// sameUnit reports whether a price for one of ours, times n, is the price for n of theirs. One of
// something is taken for one of ours: "1 kg of beans" finds the bag that says so.
func sameUnit(n uint32, theirs, ours string) bool {
	theirs, ours = strings.ToLower(theirs), strings.ToLower(ours)
	if n <= 1 || theirs == ours || theirs == ours+"s" {
		return true
	}
	return slices.Contains(pieces, theirs) && (slices.Contains(pieces, ours) || theirs == "")
}

// has reports whether the item says each thing that must hold, as far as words tell.
func has(it catalog.Item, must []intention.Attribute) bool {
	said := strings.ToLower(strings.Join([]string{it.Name, it.Description, it.Category.String(), it.GTIN}, " "))
	return !slices.ContainsFunc(must, func(a intention.Attribute) bool { return !strings.Contains(said, strings.ToLower(a.Value)) })
}

// leave has an intention wait for the human: it is journaled once, so that it stands in
// the feed.
func (v *Vendor) leave(ctx context.Context, i heard) error {
	err := v.Store.Commit(ctx, store.Batch{Appends: []store.Append{{
		Subject: i.ID, Expect: 0, Entries: []record.Entry{{Subject: i.ID, At: v.now(), Rec: i.rec}},
	}}})
	if errors.Is(err, record.ErrConflict) {
		return nil
	}
	return err
}
