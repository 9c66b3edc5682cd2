package listing

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Offered is one offer that came, or that was made here: what it says is kept with its cast.
type Offered struct {
	// Place is its number among the offers of this node, from 1, in the order in which they were kept: a cursor.
	Place    uint64
	ID, Cast record.ID
}

// Offers returns up to limit offers after a place, 0 to begin; newest has the newest
// first. Fewer than limit: there are no more. Errors: those of the store, ctx's.
func (l *Listing) Offers(ctx context.Context, after uint64, newest bool, limit int) ([]Offered, error) {
	if _, err := l.follow(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	last := l.cursor.offers
	l.mu.Unlock()
	rs, err := l.row(ctx, 'q', last, after, newest, min(max(limit, 1), store.MaxLimit))
	if err != nil {
		return nil, err
	}
	out := make([]Offered, 0, len(rs))
	for _, r := range rs {
		place, err := number(r.Key)
		if err != nil {
			return nil, err
		}
		if len(r.Value) != 2*len(record.ID{}) {
			return nil, fmt.Errorf("%w: an offer of the listing, %d bytes", store.ErrCorrupt, len(r.Value))
		}
		out = append(out, Offered{Place: place, ID: record.ID(r.Value), Cast: record.ID(r.Value[len(record.ID{}):])})
	}
	return out, nil
}

// Offer returns where one offer stands; false where there is none of that id.
func (l *Listing) Offer(ctx context.Context, id record.ID) (Offered, bool, error) {
	if _, err := l.follow(ctx); err != nil {
		return Offered{}, false, err
	}
	b, err := l.rows.get(ctx, offerKey(id))
	if err != nil || b == nil {
		return Offered{}, false, err
	}
	if len(b) != 8+len(id) {
		return Offered{}, false, fmt.Errorf("%w: an offer of the listing, %d bytes", store.ErrCorrupt, len(b))
	}
	return Offered{Place: binary.BigEndian.Uint64(b), ID: id, Cast: record.ID(b[8:])}, true, nil
}

func offerKey(id record.ID) []byte { return append([]byte{'o'}, id[:]...) }

func isOffer(e record.Entry) bool {
	return !e.Rec.IsZero() && e.Rec.Statement().Type() == offer.TypeOffer
}

// offer returns the rows of an offer that has none yet.
func (l *Listing) offer(ctx context.Context, e record.Entry, place uint64) ([]store.Row, error) {
	id := e.Rec.ID()
	b, err := l.rows.get(ctx, offerKey(id))
	if err != nil || b != nil {
		return nil, err
	}
	return []store.Row{
		{Table: Table, Key: offerKey(id), Value: append(binary.BigEndian.AppendUint64(nil, place), e.Subject[:]...)},
		{Table: Table, Key: numbered([]byte{'q'}, place), Value: append(id[:], e.Subject[:]...)},
	}, nil
}
