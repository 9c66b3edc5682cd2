package store

import (
	"context"
	"encoding/binary"

	"github.com/bywaynet/byway/protocol/record"
)

// Pair is one relationship: this party's key in it, the other's, and both ends of the chain.
type Pair struct {
	Me, Them record.Key
	Head     Head
	// HeldN is the place of Head.Held in the other side's chain; zero for none.
	HeldN uint64
	// Gaps are the places below the highest of their epoch at which nothing is held, by
	// Side. Beyond 16 the oldest ranges count as one.
	Gaps [2][]Range
}

// Place is one place of a chain at which something is held.
type Place struct {
	N uint64
	// ID is the statement's, Sent the one that it names before it.
	ID, Sent record.ID
	// Subject and Index say which entry has the record.
	Subject record.ID
	Index   int
}

// Pairs returns up to limit relationships, ordered by their keys, from the one after the
// given; a zero after starts at the first. Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Pairs(ctx context.Context, after Pair, limit int) (out []Pair, err error) {
	from := headKey(after.Me, after.Them)
	if !after.Me.IsZero() {
		from = append(from, 0)
	}
	err = c.view(ctx, func(r reader) error {
		return r.scan([]byte{kindHead}, from, func(k, v []byte) (bool, error) {
			p, err := decodePair(record.Key(k[1:33]), record.Key(k[33:65]), v)
			out = append(out, p)
			return len(out) < bounded(limit), err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Pair returns one relationship; one in which nothing was said has the zero Head. Errors: as Pairs.
func (c *core) Pair(ctx context.Context, me, them record.Key) (p Pair, err error) {
	err = c.view(ctx, func(r reader) error {
		v, err := r.get(headKey(me, them))
		if err == nil {
			p, err = decodePair(me, them, v)
		}
		return err
	})
	return p, err
}

func decodePair(me, them record.Key, v []byte) (Pair, error) {
	c, err := decodeChain(v)
	return Pair{Me: me, Them: them, Head: c.Head, HeldN: c.heldN, Gaps: [2][]Range{c.sides[Sent].gaps, c.sides[Held].gaps}}, err
}

// Places returns, in order, up to limit places of one side of a chain from the given on.
// Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Places(ctx context.Context, me, them record.Key, side Side, from uint64, limit int) (out []Place, err error) {
	err = c.view(ctx, func(r reader) error {
		return r.scan(placesPrefix(pairKey{me, them}, side), spotKey(pairKey{me, them}, side, from), func(k, v []byte) (bool, error) {
			s, err := decodeSpot(v)
			out = append(out, Place{
				N: binary.BigEndian.Uint64(k[len(k)-8:]), ID: s.id, Sent: s.sent, Subject: s.at.subject, Index: int(s.at.index),
			})
			return len(out) < bounded(limit), err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Faults returns up to limit faults of the chain between me and them, or of all chains
// where me is zero, after the given cursor, and the cursor to go on with; a nil one starts
// at the first. Gaps are in Pair. Errors: ErrClosed, ErrCorrupt, ErrTooLarge, ctx's.
func (c *core) Faults(ctx context.Context, me, them record.Key, after []byte, limit int) (out []Fault, last []byte, err error) {
	rows, err := c.Scan(ctx, tableStore, faultsPrefix(pairKey{me, them}), after, limit)
	if err != nil {
		return nil, nil, err
	}
	err = c.view(ctx, func(r reader) error {
		for _, row := range rows {
			f, err := readFault(r, row.Key, row.Value)
			if err != nil {
				return err
			}
			out, last = append(out, f), row.Key
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return out, last, nil
}
