package listing

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Query says which lines are wanted. The zero Query is all, the oldest first.
type Query struct {
	// State is one alone; nil for all.
	State *agreement.State
	// With is one counterparty alone; zero for all.
	With record.Key
	// After is the place of the last line had; 0 to begin.
	After uint64
	// Newest has the newest first.
	Newest bool
}

var everyState = []agreement.State{agreement.Open, agreement.Answered, agreement.Complete, agreement.Ended}

// Page returns up to limit lines (at most store.MaxLimit) as they stand at the given
// time, with all that was acknowledged before the call. Fewer than limit: there are no
// more. Errors: those of the store, ctx's.
func (l *Listing) Page(ctx context.Context, q Query, limit int, now time.Time) ([]Line, error) {
	if _, err := l.follow(ctx); err != nil {
		return nil, err
	}
	limit = min(max(limit, 1), store.MaxLimit)
	if q.State == nil && q.With.IsZero() {
		return l.all(ctx, q, limit, now)
	}
	var out []Line
	for {
		places, err := l.find(ctx, q, limit)
		if err != nil {
			return nil, err
		}
		lines, err := l.lines(ctx, places)
		if err != nil {
			return nil, err
		}
		for _, k := range lines {
			q.After = k.Place
			if q.keeps(k.Line) {
				out = append(out, k.at(now))
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if len(places) < limit {
			return out, nil
		}
	}
}

// keeps looks again: a thread may go on between the look at its place and at its line.
func (q Query) keeps(l Line) bool {
	return (q.State == nil || l.View.State == *q.State) && (q.With.IsZero() || l.with() == q.With)
}

// near is how many rows are passed over for one that is wanted: a look for a single row costs about as much.
const near = 8

// lines returns the lines at some places, in the order of these. Where they are near to each other they are read in a row.
func (l *Listing) lines(ctx context.Context, places []uint64) ([]kept, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var row []store.Row
	low := slices.Min(places)
	if span := slices.Max(places) - low + 1; span <= near*uint64(len(places)) && span <= store.MaxLimit {
		var err error
		row, err = l.rows.scan(ctx, []byte{'n'}, numbered([]byte{'n'}, low-1), int(span))
		if errors.Is(err, store.ErrCorrupt) { // maybe of one that isn't wanted
			row, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	out := make([]kept, 0, len(places))
	for _, place := range places {
		k, err := l.line(ctx, place, row)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// line returns the line at a place, from some rows where it is among them: places have no gaps.
func (l *Listing) line(ctx context.Context, place uint64, row []store.Row) (kept, error) {
	key := lineKey(place)
	if len(row) > 0 {
		first, err := number(row[0].Key)
		if i := place - first; err == nil && i < uint64(len(row)) && bytes.Equal(row[i].Key, key) {
			return decode(place, row[i].Value)
		}
	}
	b, err := l.rows.get(ctx, key)
	if err != nil {
		return kept{}, err
	}
	return decode(place, b)
}

// all reads lines in a row.
func (l *Listing) all(ctx context.Context, q Query, limit int, now time.Time) ([]Line, error) {
	l.mu.Lock()
	last := l.cursor.threads
	l.mu.Unlock()
	rs, err := l.row(ctx, 'n', last, q.After, q.Newest, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Line, 0, len(rs))
	for _, r := range rs {
		place, err := number(r.Key)
		if err != nil {
			return nil, err
		}
		k, err := decode(place, r.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, k.at(now))
	}
	return out, nil
}

// row reads up to limit rows of one kind, whose places go from 1 to last: they have no
// gaps, so those before one are known without a look.
func (l *Listing) row(ctx context.Context, kind byte, last, after uint64, newest bool, limit int) ([]store.Row, error) {
	if newest {
		if after > 0 {
			last = min(last, after-1)
		}
		limit = int(min(uint64(limit), last))
		after = last - uint64(limit)
	}
	if limit == 0 {
		return nil, nil
	}
	rs, err := l.rows.scan(ctx, []byte{kind}, numbered([]byte{kind}, after), limit)
	if newest {
		slices.Reverse(rs)
	}
	return rs, err
}

// find returns up to limit places in the order asked for.
func (l *Listing) find(ctx context.Context, q Query, limit int) ([]uint64, error) {
	states := everyState
	if q.State != nil {
		states = []agreement.State{*q.State}
	}
	var out []uint64 // complements of places, where the newest come first
	for _, s := range states {
		prefix := statePrefix(s, q.Newest)
		if !q.With.IsZero() {
			prefix = withPrefix(q.With, s, q.Newest)
		}
		var after []byte
		switch {
		case q.After > 0 && q.Newest:
			after = numbered(prefix, ^q.After)
		case q.After > 0:
			after = numbered(prefix, q.After)
		}
		rs, err := l.rows.scan(ctx, prefix, after, limit)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			n, err := number(r.Key)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)[:min(limit, len(out))]
	if q.Newest {
		for i := range out {
			out[i] = ^out[i]
		}
	}
	return out, nil
}

// Waiting returns the places in the feed of what waits for the owner, or might yet, oldest
// first. Those that don't any more are to be told to Settled.
func (l *Listing) Waiting(ctx context.Context) ([]uint64, error) {
	if _, err := l.follow(ctx); err != nil {
		return nil, err
	}
	var out []uint64
	var after []byte
	for {
		rs, err := l.rows.scan(ctx, []byte{'a'}, after, store.MaxLimit)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			after = r.Key
			seq, err := number(r.Key)
			if err != nil {
				return nil, err
			}
			out = append(out, seq)
		}
		if len(rs) < store.MaxLimit {
			return out, nil
		}
	}
}

// Settled forgets places that Waiting returned: they never wait again.
func (l *Listing) Settled(ctx context.Context, seqs []uint64) error {
	for some := range slices.Chunk(seqs, batch) {
		var rs []store.Row
		for _, seq := range some {
			rs = append(rs, store.Row{Table: Table, Key: waitKey(seq)})
		}
		if err := l.rows.write(ctx, rs); err != nil {
			return err
		}
	}
	return nil
}
