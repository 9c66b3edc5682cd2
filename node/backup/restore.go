package backup

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Target is where a restore writes to; nothing is in it before.
type Target interface {
	// Log and Spool add entries as they are on disk, in order.
	Log(raw []byte) error
	Spool(raw []byte) error
	// File writes a file of that name, such as "node/party.json".
	File(name string, content io.Reader) error
}

// Restorable is what a restore takes.
type Restorable struct {
	Chain Chain
	// Problems are what is damaged or missing of a later state; nil where nothing is known of one.
	Problems []Problem

	words string
}

// End is the newest backup of those that are taken: the state is that of its time.
func (r Restorable) End() Link { return r.Chain.end() }

// Find reads all that a restore takes, to its last byte, and writes nothing. Where the
// newest backup isn't whole it fails with a *BrokenError, unless partial asks for the
// latest state that is. Errors: ErrNone, ErrWords, ErrIncomplete, those of the disk.
func Find(ctx context.Context, dir, words string, check Check, partial bool, progress func(Progress)) (Restorable, error) {
	s, err := look(ctx, dir, words)
	if err != nil {
		return Restorable{}, err
	}
	r := newReading(s, words, check, progress)
	c, ps, err := r.newest(ctx)
	if err != nil {
		return Restorable{}, err
	}
	if len(ps) == 0 {
		return Restorable{Chain: c, words: words}, nil
	}
	if c, err = r.best(ctx); err != nil {
		return Restorable{}, err
	}
	broken := &BrokenError{ps}
	switch {
	case c == nil:
		return Restorable{}, fmt.Errorf("%w; nothing there is whole; try: the folder's other copies", broken)
	case !partial:
		return Restorable{}, fmt.Errorf("%w; what is whole leads up to %s", broken, c.end().Made.Format("2006-01-02 15:04 MST"))
	}
	return Restorable{Chain: c, Problems: ps, words: words}, nil
}

// Restore writes what Find read. It trusts nothing to have stayed as it was: an error
// leaves a target that isn't to be used.
func (r Restorable) Restore(ctx context.Context, t Target, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	end := r.End()
	for _, l := range r.Chain {
		done := l.After.Seq
		err := read(ctx, l.File, r.words, func(m Manifest, mb member) error {
			if m != l.Manifest {
				return fmt.Errorf("%w: it was replaced while it was read", ErrDamaged)
			}
			inLog := strings.HasPrefix(mb.name, logDir)
			if !inLog && l.ID != end.ID {
				return nil
			}
			defer func() { progress(Progress{Step: StepRestore, Done: done, Total: end.UpTo.Seq}) }()
			return put(t, mb, inLog)
		})
		if err != nil {
			return err
		}
		done = l.UpTo.Seq
		progress(Progress{Step: StepRestore, Done: done, Total: end.UpTo.Seq})
	}
	return nil
}

// File returns a file of the newest backup, nil where it has none of that name; most bounds it, in bytes. Errors: ErrDamaged, those of the disk.
func (r Restorable) File(ctx context.Context, name string, most int64) (content []byte, err error) {
	err = read(ctx, r.End().File, r.words, func(_ Manifest, m member) (err error) {
		if m.name == name {
			content, err = m.all(most)
		}
		return err
	})
	return content, err
}

// put writes one member.
func put(t Target, m member, inLog bool) error {
	if !inLog && !strings.HasPrefix(m.name, spoolDir) {
		return t.File(m.name, m)
	}
	b, err := m.all(MaxPiece)
	if err != nil {
		return err
	}
	if inLog {
		return t.Log(b)
	}
	return t.Spool(b)
}
