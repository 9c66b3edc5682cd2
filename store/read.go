package store

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// reader is one consistent view of the index. What it hands out must not be changed,
// nor kept after the view ends.
type reader interface {
	// get returns nil where the key is absent.
	get(key []byte) ([]byte, error)
	// scan calls each for the keys that begin with prefix and are ≥ from, in order, while it returns true.
	scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error
}

// Entries returns all entries about a subject, oldest first; nil where there are none.
// Their times are to the millisecond. Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Entries(ctx context.Context, id record.ID) (out []record.Entry, err error) {
	err = c.view(ctx, func(r reader) error {
		v, err := r.get(subjectKey(id))
		if err != nil {
			return err
		}
		s, err := decodeSubject(v)
		if err != nil {
			return err
		}
		for i := range s.n {
			e, err := readEntry(r, place{id, i})
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func readEntry(r reader, p place) (record.Entry, error) {
	v, err := r.get(entryKey(p.subject, p.index))
	if err != nil {
		return record.Entry{}, err
	}
	if v == nil {
		return record.Entry{}, fmt.Errorf("%w: entry %d about %s is gone", ErrCorrupt, p.index, p.subject)
	}
	e, err := decodeEntry(p.subject, v)
	if err != nil {
		return record.Entry{}, fmt.Errorf("entry %d about %s: %w", p.index, p.subject, err)
	}
	return e, nil
}

// Feed returns up to limit events with a Seq above after, in order. Start with 0, go
// on with the last Seq returned. Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Feed(ctx context.Context, after uint64, limit int) (out []Event, err error) {
	if after+1 == 0 {
		return nil, ctx.Err()
	}
	err = c.view(ctx, func(r reader) error {
		return r.scan([]byte{kindFeed}, feedKey(after+1), func(k, v []byte) (bool, error) {
			var err error
			out, err = appendEvent(r, out, seqOf(k), v)
			return len(out) < bounded(limit), err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Subjects returns, in order of Seq and from the one after the given, up to limit
// events: of each subject whose first record has type t, the entry with that record.
// Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Subjects(ctx context.Context, t record.Type, after uint64, limit int) (out []Event, err error) {
	if len(t) == 0 || len(t) > record.MaxType || after+1 == 0 {
		return nil, ctx.Err()
	}
	err = c.view(ctx, func(r reader) error {
		return r.scan(typePrefix(t), typeKey(t, after+1), func(k, v []byte) (bool, error) {
			var err error
			out, err = appendEvent(r, out, seqOf(k), v)
			return len(out) < bounded(limit), err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func appendEvent(r reader, out []Event, seq uint64, value []byte) ([]Event, error) {
	p, err := decodePlace(value)
	if err != nil {
		return nil, err
	}
	e, err := readEntry(r, p)
	if err != nil {
		return nil, err
	}
	return append(out, Event{Seq: seq, Index: int(p.index), Entry: e}), nil
}

func bounded(limit int) int {
	if limit < 1 || limit > MaxLimit {
		return MaxLimit
	}
	return limit
}

// Head returns the end of the chain between me and them as me keeps it; the zero Head
// where nothing was said. Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Head(ctx context.Context, me, them record.Key) (h Head, err error) {
	err = c.view(ctx, func(r reader) error {
		v, err := r.get(headKey(me, them))
		if err != nil {
			return err
		}
		ch, err := decodeChain(v)
		h = ch.Head
		return err
	})
	return h, err
}

// Get returns the value of one row, which is the caller's. Errors: ErrNotFound, ErrInvalid, ErrTooLarge, ErrClosed, ctx's.
func (c *core) Get(ctx context.Context, t Table, key []byte) (value []byte, err error) {
	if err := checkRowKey(t, key); err != nil {
		return nil, err
	}
	err = c.view(ctx, func(r reader) error {
		v, err := r.get(rowKey(t, key))
		if err == nil && v == nil {
			return fmt.Errorf("%w: %s %x", ErrNotFound, t, key)
		}
		value = append([]byte{}, v...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// Scan returns up to limit rows of a table whose keys begin with prefix and come after
// the given key, ascending; a nil after starts at the first. Go on with the last key
// returned. The rows are the caller's. Errors: ErrInvalid, ErrTooLarge, ErrClosed, ctx's.
func (c *core) Scan(ctx context.Context, t Table, prefix, after []byte, limit int) (out []Row, err error) {
	if err := checkTable(t); err != nil {
		return nil, err
	}
	if len(prefix) > MaxKey || len(after) > MaxKey {
		return nil, fmt.Errorf("%w: a prefix or key over %d bytes", ErrTooLarge, MaxKey)
	}
	table := rowPrefix(t)
	from := rowKey(t, prefix)
	if after != nil {
		// The next key in order after k is k and a zero byte.
		from = maxBytes(from, append(rowKey(t, after), 0))
	}
	err = c.view(ctx, func(r reader) error {
		return r.scan(rowKey(t, prefix), from, func(k, v []byte) (bool, error) {
			out = append(out, Row{Table: t, Key: append([]byte{}, k[len(table):]...), Value: append([]byte{}, v...)})
			return len(out) < bounded(limit), nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func maxBytes(a, b []byte) []byte {
	if string(a) > string(b) {
		return a
	}
	return b
}
