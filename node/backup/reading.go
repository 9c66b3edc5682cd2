package backup

import (
	"cmp"
	"context"
	"slices"
)

// A reading reads the files of a folder, each once.
type reading struct {
	*survey
	words    string
	check    Check
	progress func(Progress)
	seen     map[string]*Problem // by id; nil for a whole one
	found    []Problem
}

func newReading(s *survey, words string, check Check, progress func(Progress)) *reading {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &reading{survey: s, words: words, check: check, progress: progress, seen: map[string]*Problem{}}
}

// whole reads one backup and returns what is wrong with it, nil for nothing.
func (r *reading) whole(ctx context.Context, l Link) (*Problem, error) {
	if p, ok := r.seen[l.ID]; ok {
		return p, nil
	}
	_, err := whole(ctx, l, r.words, r.check, func(at Place, n int64) {
		r.progress(Progress{Step: StepVerify, Done: at.Seq, Total: l.UpTo.Seq, Bytes: n})
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var p *Problem
	if err != nil {
		bad := problemOf(l.File, err)
		p, r.found = &bad, append(r.found, bad)
	}
	r.seen[l.ID] = p
	return p, nil
}

// newest returns the chain of the newest backup once all of it is read, or what is wrong with it.
func (r *reading) newest(ctx context.Context) (Chain, []Problem, error) {
	c, err := r.survey.newest()
	if broken, ok := err.(*BrokenError); ok { //nolint:errorlint // newest returns nothing else
		return nil, broken.Problems, nil
	}
	var ps []Problem
	for _, l := range c {
		p, err := r.whole(ctx, l)
		if err != nil {
			return nil, nil, err
		}
		if p != nil {
			ps = append(ps, *p)
		}
	}
	if len(ps) > 0 {
		c = nil
	}
	return c, ps, nil
}

// best returns the whole chain that leads furthest; nil where there is none.
func (r *reading) best(ctx context.Context) (Chain, error) {
	by := slices.Clone(r.links)
	slices.SortFunc(by, func(a, b Link) int {
		return cmp.Or(cmp.Compare(b.UpTo.Seq, a.UpTo.Seq), cmp.Compare(b.Number, a.Number))
	})
tips:
	for _, l := range by {
		c, missing := r.to(l)
		if missing != nil {
			continue
		}
		for _, l := range c {
			p, err := r.whole(ctx, l)
			if err != nil {
				return nil, err
			}
			if p != nil {
				continue tips
			}
		}
		return c, nil
	}
	return nil, nil
}
