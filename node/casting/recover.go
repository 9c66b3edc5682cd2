package casting

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Recover keeps an offer or a taking that she held before she lost something. Errors:
// ErrUnknown for a taking of an offer that isn't here, those of offer's Recover.
func (p *Person) Recover(ctx context.Context, v record.Verified) error {
	if v.Statement().Type() != offer.TypeTaking {
		return p.offers.Recover(ctx, v)
	}
	t, err := offer.ReadTaking(v)
	if err != nil {
		return err
	}
	o, err := p.find(ctx, t.Offer)
	if err != nil {
		return err
	}
	if err := p.Store.Put(ctx, tableTakings, t.Offer[:], takingRow(o.Cast, t.Proffer)); err != nil {
		return err
	}
	return p.offers.RecoverTaking(ctx, o.Cast, v)
}

// Recover keeps an offer that this vendor made before it lost something, and that it did, so
// that it is listed with the others. Errors: those of offer's Recover.
func (v *Vendor) Recover(ctx context.Context, rec record.Verified) error {
	o, err := offer.Read(rec)
	if err != nil {
		return err
	}
	if err := v.maker.Recover(ctx, rec); err != nil {
		return err
	}
	return v.quoted(ctx, o)
}

// quoted keeps the rows of an offer that was recovered, under a name that no handler has.
func (v *Vendor) quoted(ctx context.Context, o offer.Offer) error {
	cast, key := o.Cast, o.To
	by := append([]byte("(recovered) "), o.Nonce[:]...)
	return v.Store.Commit(ctx, store.Batch{Rows: []store.Row{
		{Table: tableQuotes, Key: append(cast[:len(cast):len(cast)], by...), Value: o.Nonce[:]},
		{Table: tableAnswered, Key: append(key[:len(key):len(key)], cast[:]...), Value: []byte{}},
	}})
}

// Live returns the keys of her casts that still take offers. Errors: those of the store.
func (p *Person) Live(ctx context.Context) (keys []record.Key, err error) {
	err = scan(ctx, p.Store, tableCasts, nil, func(r store.Row) error {
		row, err := readCastRow(r)
		if err != nil {
			return err
		}
		if !p.now().Before(row.Expires) {
			return nil
		}
		i, err := p.fold(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("cast %s: %w", row.ID.Short(), err)
		}
		if i.Open(p.now()) {
			keys = append(keys, i.Cast().Key)
		}
		return nil
	})
	return keys, err
}
