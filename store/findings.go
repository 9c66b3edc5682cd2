package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/store/internal/segment"
)

// FindingKind says what wasn't as it was written. It is stored: append-only.
type FindingKind uint8

// The kinds of findings.
const (
	// FoundTorn: the last write isn't whole. It may have been acknowledged or not.
	FoundTorn FindingKind = iota + 1
	// FoundDamaged: entries of the log can't be read.
	FoundDamaged
	// FoundCut: a file is shorter than it was.
	FoundCut
	// FoundMissing: a file is gone.
	FoundMissing
	// FoundAhead: the index has what the log hasn't.
	FoundAhead
	// FoundLetters: something of the spool can't be read.
	FoundLetters
)

var findingNames = map[FindingKind]string{
	FoundTorn: "torn", FoundDamaged: "damaged", FoundCut: "cut", FoundMissing: "missing", FoundAhead: "ahead", FoundLetters: "letters",
}

// String returns the kind in a word.
func (k FindingKind) String() string { return findingNames[k] }

// Finding is something that wasn't as it was written when the store was opened.
type Finding struct {
	Kind FindingKind
	At   time.Time // when it was found
	// First and Last are the numbers of the log entries that are gone; 0 where none is known to be.
	First, Last uint64
	// Events are the numbers of the first and the last event that may be gone with them; 0 for none.
	Events [2]uint64
	// Restored says that the index still had those events, so that they are in the log again.
	Restored bool
	// Text says it in a sentence, and what to do.
	Text string
}

// Findings returns what was found at this start and at earlier ones, oldest first by where
// it is. Errors: ErrClosed, ErrCorrupt, ctx's.
func (d *DB) Findings(ctx context.Context) ([]Finding, error) {
	out := append([]Finding(nil), d.found...)
	rows, err := d.Scan(ctx, tableStore, []byte(findingPrefix), nil, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		var f Finding
		if err := json.Unmarshal(r.Value, &f); err != nil {
			return nil, fmt.Errorf("%w: a finding: %w", ErrCorrupt, err)
		}
		out = append(out, f)
	}
	return out, nil
}

const findingPrefix = "finding "

// flaw is one place where the store isn't as it was written.
type flaw struct {
	segment.Break
	kind FindingKind
	knew position // how far the index knew a trail that ends before that; zero for a break in one
}

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

// flaws lists what is broken in both trails, and where the index is ahead of them.
func (o *opening) flaws() (out []flaw) {
	kinds := map[segment.BreakKind]FindingKind{
		segment.Torn: FoundTorn, segment.Damaged: FoundDamaged, segment.Cut: FoundCut, segment.Missing: FoundMissing,
	}
	for _, b := range o.logged {
		if mark, ok := o.marks[b.Before.Seq]; ok {
			b.Before.Mark = mark
		}
		out = append(out, flaw{Break: b, kind: kinds[b.Kind]})
	}
	for _, b := range o.spooled {
		out = append(out, flaw{Break: b, kind: FoundLetters})
	}
	return append(out, o.ahead.flaws(o.db.spool.head().seq)...)
}

func (o *opening) findings() (out []Finding) {
	for _, l := range o.flaws() {
		out = append(out, l.finding())
	}
	return out
}

func (l flaw) finding() Finding {
	f := Finding{Kind: l.kind, At: time.Now().UTC().Truncate(time.Second)}
	f.First, f.Last = l.Lost()
	if f.First > 0 && l.Before.Mark > l.After.Mark {
		f.Events = [2]uint64{l.After.Mark + 1, l.Before.Mark}
	}
	switch {
	case l.kind == FoundLetters && l.knew.seq > 0:
		f.Text = fmt.Sprintf("the spool ends at entry %d, but the index knew entry %d: a file of the spool was lost or put back to an older one", l.After.Seq, l.knew.seq)
	case l.kind == FoundLetters:
		f.Text = "part of the spool can't be read (" + l.String() + "): what was waiting to be sent from there may have to be sent again"
	case l.kind == FoundAhead:
		f.Text = fmt.Sprintf("the log ends at entry %d, but the index knew entry %d: a file of the log was lost or put back to an older one", l.After.Seq, f.Last)
	case l.kind == FoundTorn:
		f.Text = fmt.Sprintf("the last write, after entry %d, isn't whole: it may or may not have been acknowledged; counterparties are asked for what they hold", l.After.Seq)
	case l.New && l.kind == FoundMissing:
		f.Text = fmt.Sprintf("file %d of the log is gone, with all that was written after entry %d; counterparties are asked for what they hold", l.Segment, l.After.Seq)
	case l.New:
		f.Text = fmt.Sprintf("the last file of the log isn't whole (%s): what was written after entry %d may be gone; counterparties are asked for what they hold", l.Break, l.After.Seq)
	case f.First == 0:
		f.Text = "the log has damaged bytes that hold no entry (" + l.String() + "); nothing is lost"
	default:
		f.Text = "the log is damaged (" + l.String() + ")"
	}
	return f
}

// tell keeps what is found for the first time, restores what the index still has, and
// begins a new epoch where something that was sent may be lost.
func (d *DB) tell(ctx context.Context, o *opening) error {
	begun := false
	flaws := o.flaws()
	for i, l := range flaws {
		_, err := d.Get(ctx, tableStore, l.key())
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		f := l.finding()
		err = d.restore(ctx, o, l, &f)
		d.options.Log.Error("the store isn't as it was written", "kind", f.Kind.String(), "text", f.Text)
		if lost := f.First > 0 || l.New; err == nil && lost && !begun {
			// Before the finding, so that a start that ends between the two comes here again.
			_, err = d.NextEpoch(ctx)
			begun = true
		}
		if err == nil {
			err = d.keep(ctx, l, f)
		}
		if err != nil {
			return d.later(err, f, flaws[i+1:])
		}
	}
	if o.ahead != (ahead{}) {
		d.publish(map[string][]byte{string(aheadKey()): nil})
	}
	return nil
}

func (d *DB) keep(ctx context.Context, l flaw, f Finding) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return d.Put(ctx, tableStore, l.key(), b)
}

// later keeps findings in memory where they can't be written: the next start finds them again.
func (d *DB) later(err error, f Finding, more []flaw) error {
	if !errors.Is(err, ErrFull) && !errors.Is(err, ErrReadOnly) && !errors.Is(err, segment.ErrFailed) {
		return err
	}
	d.options.Log.Error("what was found can't be kept", "err", err)
	d.found = append(d.found, f)
	for _, l := range more {
		d.found = append(d.found, l.finding())
	}
	return nil
}
