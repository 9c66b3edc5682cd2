package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Link is one backup with what it says of itself.
type Link struct {
	File File
	Manifest
}

// Name returns its file's name.
func (l Link) Name() string { return l.File.Name() }

// Chain is a full backup and the parts that build on it, in order.
type Chain []Link

// end is the newest of a chain.
func (c Chain) end() Link { return c[len(c)-1] }

// Problem is a file that can't be used, or is missing.
type Problem struct {
	// File is its name.
	File string
	// Text says what is wrong with it, in a few words.
	Text string
}

// BrokenError says which files of a chain can't be used.
type BrokenError struct{ Problems []Problem }

// Error implements error.
func (e *BrokenError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.File + " " + p.Text
	}
	return ErrIncomplete.Error() + ": " + strings.Join(lines, "; ")
}

// Unwrap makes it ErrIncomplete.
func (e *BrokenError) Unwrap() error { return ErrIncomplete }

// A survey is what the heads of a folder's files say.
type survey struct {
	links []Link // by number
	byID  map[string]Link
	bad   map[string]Problem // by file name: those without a readable head
	other map[string]bool    // by file name: those that the words don't open
	files []File             // all, by number
}

// look reads the head of every backup in a folder. Errors: ErrNone; ErrWords where the
// words open none of them.
func look(ctx context.Context, dir, words string) (*survey, error) {
	files, err := List(dir)
	if err != nil {
		return nil, err
	}
	s := &survey{byID: map[string]Link{}, bad: map[string]Problem{}, other: map[string]bool{}, files: files}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := head(f, words)
		if err != nil {
			s.other[f.Name()] = errors.Is(err, ErrWords)
			s.bad[f.Name()] = problemOf(f, err)
			continue
		}
		l := Link{f, m}
		s.links, s.byID[m.ID] = append(s.links, l), l
	}
	for _, f := range files {
		if !s.other[f.Name()] {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrWords, files[len(files)-1].Path)
}

// problemOf puts in words what reading a file said.
func problemOf(f File, err error) Problem {
	text := "is damaged"
	switch {
	case errors.Is(err, ErrWords):
		text = "is damaged, or belongs to other words"
	case errors.Is(err, ErrFormat), !errors.Is(err, ErrDamaged):
		text = "can't be read: " + strings.TrimPrefix(err.Error(), f.Name()+": ")
	}
	return Problem{f.Name(), text}
}

// to returns the chain that ends with l, from its full backup on. Where that isn't
// there it returns what is missing.
func (s *survey) to(l Link) (Chain, *Problem) {
	c := Chain{l}
	for !c[0].full() {
		at := c[0]
		before, ok := s.byID[at.BuildsOn]
		if p, bad := s.bad[at.Before]; !ok && bad {
			return nil, &p
		}
		if !ok {
			return nil, &Problem{at.Before, "is missing, and " + at.Name() + " builds on it"}
		}
		if before.UpTo != at.After || before.Number >= at.Number {
			return nil, &Problem{at.Name(), "doesn't go on where " + before.Name() + " ends"}
		}
		c = append(Chain{before}, c...)
	}
	return c, nil
}

// newest returns the chain of the newest backup, or a *BrokenError.
func (s *survey) newest() (Chain, error) {
	f := s.files[len(s.files)-1]
	if p, bad := s.bad[f.Name()]; bad {
		return nil, &BrokenError{[]Problem{p}}
	}
	c, p := s.to(s.links[len(s.links)-1])
	if p != nil {
		return nil, &BrokenError{[]Problem{*p}}
	}
	return c, nil
}
