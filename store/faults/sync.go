package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/bywaynet/byway/store/internal/disk"
)

const (
	// siteWrites is how many entries a writer tries at each site: enough for a second file.
	siteWrites = 24
	// settle is how long a failure of what is made ready beside the writes has to be noticed.
	settle = 50 * time.Millisecond
)

// Sync has each write, sync and other change of the store's own files fail once, one after
// another and each on a store of its own, until no more are reached: every run of changes
// of one kind to one file counts as one site. Nothing that is asked for after the failure
// may be acknowledged, and all that was must be there after the next start. most bounds the
// number of sites; 0 for all.
func Sync(ctx context.Context, dir string, most int) (Result, error) {
	r := Result{Hold: "0, 0 lost"}
	after, lost := 0, loss{}
	for reached := true; reached && (most == 0 || r.Runs < most); {
		s := &site{at: r.Runs, dir: filepath.Join(dir, "site")}
		if err := s.run(ctx); err != nil {
			return r, fmt.Errorf("site %d (%s): %w", s.at, s.what, err)
		}
		if reached = s.broke.Load(); reached {
			r.Runs++
		}
		r.Acknowledged += s.told
		after, lost = after+s.after, lost.plus(s.lost)
	}
	r.Got = fmt.Sprintf("%d at %d sites, %d lost, %d wrong", after, r.Runs, lost.gone, lost.wrong)
	r.Failed = after > 0 || lost.any() || r.Runs < 10
	c := &site{at: r.Runs - 2, dir: filepath.Join(dir, "control"), deaf: true}
	for ; c.at > 0 && c.after == 0 && !c.lost.any(); c.at-- {
		if err := c.run(ctx); err != nil && !errors.Is(err, errOpen) {
			return r, err
		}
	}
	r.Control = fmt.Sprintf("errors unheard: %d, %d lost", c.after, c.lost.gone)
	r.Failed = r.Failed || c.after == 0 && !c.lost.any()
	return r, nil
}

// site is one change that fails.
type site struct {
	at   int
	dir  string
	deaf bool // the store doesn't hear of it: the control

	n           int
	last, what  string
	broke       atomic.Bool
	told, after int // acknowledged before it and after it
	lost        loss
}

// fail is a disk.Failing's. The ballast holds nothing, so it may fail.
func (s *site) fail(op disk.Op, name string) error {
	if name == "ballast" {
		return nil
	}
	if s.broke.Load() {
		if s.deaf {
			return disk.ErrInjected // and so on
		}
		return nil
	}
	now := fmt.Sprintf("%s of %s", op, name)
	if now == s.last {
		return nil
	}
	s.last = now
	if s.n++; s.n-1 < s.at {
		return nil
	}
	s.what = now
	s.broke.Store(true)
	return disk.ErrInjected
}

func (s *site) run(ctx context.Context) error {
	s.n, s.last = 0, ""
	s.broke.Store(false)
	if err := errors.Join(os.RemoveAll(s.dir), os.MkdirAll(s.dir, 0o700)); err != nil {
		return err
	}
	failing := &disk.Failing{FS: disk.OS{}, Fail: s.fail}
	var fs disk.FS = failing
	if s.deaf {
		fs = disk.Deaf{Failing: failing}
	}
	db, err := openOn(ctx, s.dir, fs)
	if err == nil {
		m, err := newMarket()
		if err != nil {
			return errors.Join(err, db.Close())
		}
		s.write(func(n int) error {
			if err := m.say(ctx, db, 0, n); err != nil {
				return err
			}
			if n%8 == 0 {
				return post(ctx, db, 0, n)
			}
			return nil
		})
		if err := db.Close(); err != nil && !errors.Is(err, disk.ErrInjected) {
			return err
		}
	} else if !errors.Is(err, disk.ErrInjected) {
		return err
	}
	if s.deaf {
		if err := dropIndex(s.dir); err != nil {
			return err
		}
	}
	s.lost, err = look(ctx, s.dir, told{0: s.told})
	return err
}

// write writes until one is refused, and once more.
func (s *site) write(one func(n int) error) {
	refused := false
	for n := range siteWrites {
		broke := s.broke.Load()
		if broke {
			<-time.After(settle)
		}
		if err := one(n); err != nil {
			if refused {
				return
			}
			refused = true
			continue
		}
		s.told = n + 1
		if broke || refused {
			s.after++
		}
	}
}
