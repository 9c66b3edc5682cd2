package casting

import (
	"context"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Get returns one intention of hers. Errors: ErrUnknown, those of the store.
func (p *Person) Get(ctx context.Context, id record.ID) (Intention, error) {
	row, err := p.castRow(ctx, id)
	if err != nil {
		return Intention{}, err
	}
	return p.intention(ctx, row)
}

func (p *Person) intention(ctx context.Context, row castRow) (Intention, error) {
	i, err := p.fold(ctx, row.ID)
	if err != nil {
		return Intention{}, fmt.Errorf("cast %s: %w", row.ID.Short(), err)
	}
	held, err := p.offers.Offers(ctx, row.ID)
	if err != nil {
		return Intention{}, err
	}
	out := Intention{Cast: i.Cast(), State: i.State(p.now()), Offers: len(held.All())}
	return out, row.show(&out)
}

// Casts returns her intentions, the newest first: those that still take offers, or all.
func (p *Person) Casts(ctx context.Context, all bool) ([]Intention, error) {
	rows, err := p.castRows(ctx)
	if err != nil {
		return nil, err
	}
	var out []Intention
	for _, row := range rows {
		i, err := p.intention(ctx, row)
		if err != nil {
			return nil, err
		}
		if all || open(i) {
			out = append(out, i)
		}
	}
	return out, nil
}

// castRows returns the rows of all her casts, the newest first.
func (p *Person) castRows(ctx context.Context) ([]castRow, error) {
	var rows []castRow
	err := scan(ctx, p.Store, tableCasts, nil, func(r store.Row) error {
		row, err := readCastRow(r)
		rows = append(rows, row)
		return err
	})
	slices.SortStableFunc(rows, func(a, b castRow) int { return b.At.Compare(a.At) })
	return rows, err
}

// Offers returns the offers that came for one cast, or for all where the id is zero, in
// the order they came. Errors: ErrUnknown, those of the store.
func (p *Person) Offers(ctx context.Context, cast record.ID) ([]Offer, error) {
	if !cast.IsZero() {
		row, err := p.castRow(ctx, cast)
		if err != nil {
			return nil, err
		}
		return p.offersFor(ctx, row)
	}
	rows, err := p.castRows(ctx)
	if err != nil {
		return nil, err
	}
	var out []Offer
	for _, row := range slices.Backward(rows) {
		offers, err := p.offersFor(ctx, row)
		if err != nil {
			return nil, err
		}
		out = append(out, offers...)
	}
	return out, nil
}

func (p *Person) offersFor(ctx context.Context, row castRow) ([]Offer, error) {
	held, err := p.offers.Offers(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	var out []Offer
	for _, s := range held.All() {
		o, err := show(s, p.now())
		if err != nil {
			return nil, err
		}
		o.OverHighest = over(o.Price, row.highest())
		out = append(out, o)
	}
	return out, nil
}

// over reports whether a price is above the highest, or can't be compared with it.
func over(price, highest money.Amount) bool {
	if highest.IsZero() {
		return false
	}
	c, err := price.Compare(highest)
	return err != nil || c > 0
}
