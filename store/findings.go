package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/store/internal/segment"
)

// Findings returns what was found at this start and at earlier ones, oldest first by where
// it is. Errors: ErrClosed, ErrCorrupt, ctx's.
func (d *DB) Findings(ctx context.Context) (out []Finding, err error) {
	rows, err := d.known(ctx)
	for _, r := range rows {
		f, err := findingOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, err
}

// known returns the rows of what starts met, with those that couldn't be written.
func (d *DB) known(ctx context.Context) ([]Row, error) {
	rows, err := d.Scan(ctx, tableStore, []byte(findingPrefix), nil, 0)
	if err != nil {
		return nil, err
	}
	return append(slices.Clone(d.found), rows...), nil
}

const findingPrefix = "finding "

// key is another one where the same bytes took more entries with them than before.
func (l flaw) key() []byte {
	b := append([]byte(findingPrefix), byte(l.kind))
	b = binary.BigEndian.AppendUint32(b, l.Segment)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Offset))
	if l.knew.seq > 0 {
		return append(b, l.knew.hash[:]...)
	}
	first, last := l.Lost()
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, first), last)
}

// flaws lists what is broken in both trails, and where the index is ahead of them. The
// end of the log comes last: what the index knew beyond it says what that costs.
func (o *opening) flaws() (out []flaw) {
	var ends []flaw
	for _, b := range o.logged {
		if mark, ok := o.marks[b.Before.Seq]; ok {
			b.Before.Mark = mark
		}
		l := flawOf(LogTrail, b)
		if o.endedAt(l) {
			ends = append(ends, l)
			continue
		}
		out = append(out, l)
	}
	for _, b := range o.spooled {
		out = append(out, flawOf(SpoolTrail, b))
	}
	return append(append(out, o.ahead.flaws(o.db.spool.head().seq)...), ends...)
}

// endedAt reports whether l is a break at which the log ended when the index knew more of it.
func (o *opening) endedAt(l flaw) bool {
	return l.kind != FoundAhead && l.trail == LogTrail && l.Open() && o.ahead.log.seq > 0 && l.After.Seq == o.ahead.ended.Seq
}

// met is the finding of a flaw that this start meets.
func met(l flaw) Finding {
	f := l.finding()
	f.At = time.Now().UTC().Truncate(time.Second)
	return f
}

// tell keeps what is found for the first time, restores what the index still has, and
// begins a new epoch where something that was sent may be lost.
func (d *DB) tell(ctx context.Context, o *opening) error {
	begun, had := false, false
	flaws := o.flaws()
	for i, l := range flaws {
		f, known, err := d.kept(ctx, l.key())
		if err != nil {
			return err
		}
		if !known {
			if f, err = d.tellNew(ctx, o, l, had, &begun); err != nil {
				return d.later(o, err, l, f, flaws[i+1:])
			}
		}
		had = had || l.kind == FoundAhead && f.Restored
	}
	if o.ahead != (ahead{}) {
		d.publish(map[string][]byte{string(aheadKey()): nil})
	}
	return nil
}

// tellNew does all that for a flaw that no start met before. had says that the index made good
// what was ahead, begun that this start has begun an epoch.
func (d *DB) tellNew(ctx context.Context, o *opening, l flaw, had bool, begun *bool) (Finding, error) {
	f := met(l)
	err := d.restore(ctx, o, l, &f)
	if err == nil && had && o.endedAt(l) {
		f.Restored, f.Knew = true, o.ahead.log.seq
	}
	d.options.Log.Error("the store isn't as it was written", "kind", f.Kind.String(), "text", f.String(), "restored", f.Restored)
	if lost := f.First > 0 || f.Open || l.New; err == nil && lost && !*begun {
		// Before the finding, so that a start that ends between the two comes here again.
		_, err = d.NextEpoch(ctx)
		*begun = true
	}
	if err == nil {
		err = d.keep(ctx, l.key(), f)
	}
	return f, err
}

// kept returns a finding that an earlier start, or this one, met.
func (d *DB) kept(ctx context.Context, key []byte) (f Finding, known bool, err error) {
	b, err := d.Get(ctx, tableStore, key)
	if errors.Is(err, ErrNotFound) {
		return f, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, true, err
}

// Answered notes that all whom this party is known to deal with have sent back what they
// hold of what was lost, so that no more of it comes back. Call it once that is so, and
// only then. Errors: those of a write.
func (d *DB) Answered(ctx context.Context, at time.Time) error {
	rows, err := d.Scan(ctx, tableStore, []byte(findingPrefix), nil, 0)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, err := findingOf(r)
		if err != nil {
			return err
		}
		if f.Mended() {
			continue
		}
		f.Answered = at.UTC().Truncate(time.Second)
		if err := d.keep(ctx, r.Key, f); err != nil {
			return err
		}
	}
	return nil
}

func findingOf(r Row) (f Finding, err error) {
	if err := json.Unmarshal(r.Value, &f); err != nil {
		return f, fmt.Errorf("%w: a finding: %w", ErrCorrupt, err)
	}
	return f, nil
}

func (d *DB) keep(ctx context.Context, key []byte, f Finding) error {
	r, err := f.row(key)
	if err != nil {
		return err
	}
	return d.Put(ctx, r.Table, r.Key, r.Value)
}

func (f Finding) row(key []byte) (Row, error) {
	b, err := json.Marshal(f)
	return Row{tableStore, key, b}, err
}

// later keeps findings in memory where they can't be written: the next start finds them again. What the
// index alone has isn't in the log then, so nothing is written that would take its place.
func (d *DB) later(o *opening, err error, l flaw, f Finding, more []flaw) error {
	if !errors.Is(err, ErrFull) && !errors.Is(err, ErrReadOnly) && !errors.Is(err, segment.ErrFailed) {
		return err
	}
	d.options.Log.Error("what was found can't be kept", "err", err)
	if o.ahead.log.seq > 0 && d.readOnly.Load() == nil {
		why := fmt.Errorf("%w until the next start: as it was opened, %w", ErrReadOnly, opened(err))
		d.readOnly.Store(&why)
	}
	r, err := f.row(l.key())
	d.found = append(d.found, r)
	return errors.Join(err, d.remember(more))
}

// remember keeps what a start meets in memory.
func (d *DB) remember(ls []flaw) error {
	for _, l := range ls {
		r, err := met(l).row(l.key())
		if err != nil {
			return err
		}
		d.found = append(d.found, r)
	}
	return nil
}
