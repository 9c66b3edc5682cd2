package node

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/node/inbox"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// describer says what entries of casting mean to the owner.
type describer struct{ *running }

// Describe implements inbox.Describer.
func (d describer) Describe(ctx context.Context, e store.Event) (inbox.Item, bool, error) {
	if e.Entry.Mine {
		return inbox.Item{}, false, nil
	}
	switch e.Entry.Rec.Statement().Type() {
	case offer.TypeOffer:
		return d.offer(ctx, e)
	case intention.TypeCast:
		return d.intention(ctx, e.Entry.Rec.ID())
	}
	return inbox.Item{}, false, nil
}

func (d describer) offer(ctx context.Context, e store.Event) (inbox.Item, bool, error) {
	if d.person == nil {
		return inbox.Item{}, false, nil
	}
	all, err := d.person.Offers(ctx, e.Entry.Subject)
	if err != nil {
		return inbox.Item{}, false, err
	}
	for _, o := range all {
		if o.ID != e.Entry.Rec.ID() {
			continue
		}
		id := o.ID.Short()
		return inbox.Item{
			Kind: "offer", ID: o.ID, Who: d.vendorLabel(o.Vendor, o.Name), Waiting: o.State == offer.Received && !d.node.parts.Now().After(o.GoodUntil),
			Text:     fmt.Sprintf("%s offers %d × %s for %s, good until %s", d.vendorLabel(o.Vendor, o.Name), o.Quantity, o.Item.Name, o.Price, o.GoodUntil.In(d.node.parts.Now().Location()).Format("2006-01-02 15:04 MST")),
			Commands: []string{"byway accept " + id, "byway offers " + o.Cast.Short()},
		}, true, nil
	}
	return inbox.Item{}, false, nil
}

// vendorLabel names a vendor to the owner: as the book has it, else as it signed.
func (d describer) vendorLabel(k record.Key, name string) string {
	if c, ok := d.book.Get(k); ok {
		return c.Label()
	}
	return fmt.Sprintf("%q (%s)", name, k.Short())
}

func (d describer) intention(ctx context.Context, id record.ID) (inbox.Item, bool, error) {
	if d.vendor == nil {
		return inbox.Item{}, false, nil
	}
	i, err := d.vendor.Get(ctx, id)
	if err != nil {
		return inbox.Item{}, false, nil //nolint:nilerr // it is over, or was withdrawn: nothing to look at any more
	}
	return inbox.Item{
		Kind: "intention", ID: id, Who: "a person (" + i.Key.Short() + ")", Waiting: i.State == intention.Live && i.Offers == 0,
		Text:     fmt.Sprintf("somebody looks for %q in %s", i.Text, i.Category),
		Commands: []string{"byway offer " + id.Short() + " --item SKU", "byway intentions"},
	}, true, nil
}
