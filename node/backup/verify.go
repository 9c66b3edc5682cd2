package backup

import (
	"context"
	"fmt"
	"strings"
)

// whole reads one backup to its end: every byte, every sum, every entry. It returns how
// many entries of the log those are.
func whole(ctx context.Context, l Link, words string, check Check, tell func(Place, int64)) (n uint64, err error) {
	at, spool := l.After, Place{}
	var size int64
	err = read(ctx, l.File, words, func(_ Manifest, m member) error {
		size += m.size
		follow, place, count := check.Log, &at, &n
		switch {
		case strings.HasPrefix(m.name, spoolDir):
			follow, place, count = check.Spool, &spool, new(uint64)
		case !strings.HasPrefix(m.name, logDir):
			return nil // a file: its sum is all that there is to check
		}
		b, err := m.all(MaxPiece)
		if err != nil {
			return err
		}
		to, more, err := follow(*place, b)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, m.name, err)
		}
		*place, *count = to, *count+more
		tell(at, size)
		return nil
	})
	if err == nil && at != l.UpTo {
		err = fmt.Errorf("%s: %w: its log ends with entry %d, want %d", l.Name(), ErrDamaged, at.Seq, l.UpTo.Seq)
	}
	return n, err
}

// Verified is what Verify found.
type Verified struct {
	// Newest is the chain that a restore would take; nil where it isn't whole.
	Newest Chain
	// Whole are all backups that are as they were written, by number.
	Whole []Link
	// Problems are all those that aren't, or are missing.
	Problems []Problem
}

// Verify reads every backup of a folder to its end. Errors: ErrNone, ErrWords, those of
// the disk; a damaged file is a Problem.
func Verify(ctx context.Context, dir, words string, check Check, progress func(Progress)) (Verified, error) {
	s, err := look(ctx, dir, words)
	if err != nil {
		return Verified{}, err
	}
	var v Verified
	r := newReading(s, words, check, progress)
	for _, f := range s.files {
		if p, bad := s.bad[f.Name()]; bad {
			v.Problems = append(v.Problems, p)
		}
	}
	for _, l := range s.links {
		p, err := r.whole(ctx, l)
		if err != nil {
			return v, err
		}
		if p == nil {
			v.Whole = append(v.Whole, l)
		}
	}
	c, p, err := r.newest(ctx)
	v.Newest = c
	for _, p := range append(r.found, p...) {
		if !contains(v.Problems, p) {
			v.Problems = append(v.Problems, p)
		}
	}
	return v, err
}

func contains(ps []Problem, p Problem) bool {
	for _, q := range ps {
		if q == p {
			return true
		}
	}
	return false
}
