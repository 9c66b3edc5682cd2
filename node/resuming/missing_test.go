package resuming

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// gaps returns how many gaps a desk's store has in what it and another said, and how many count as missing.
func (d *desk) gaps(other *desk) (gaps, missing int) {
	d.t.Helper()
	p, err := d.store.Pair(d.t.Context(), d.by.Key(), other.by.Key())
	if err != nil {
		d.t.Fatal(err)
	}
	sent, held := d.r.Missing(p)
	return len(p.Gaps[store.Sent]) + len(p.Gaps[store.Held]), len(sent) + len(held)
}

// Her second statement never came, and her backup has the first alone: the bakery has to refuse it from now on.
func TestAPlaceThatWasGivenUpIsNeitherMissingNorAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		one := alice.end(bakery, "one")
		backup := alice.store.Clone()
		alice.end(bakery, "two")
		for _, v := range []record.Verified{one, alice.end(bakery, "three")} {
			if err := bakery.hold(v); err != nil {
				t.Fatal(err)
			}
		}
		if gaps, missing := bakery.gaps(alice); gaps != 1 || missing != 1 {
			t.Fatalf("%d gaps, %d missing before she resumed; want 1", gaps, missing)
		}
		alice = alice.restores(backup, bakery)
		alice.settle()
		bakery.serves(alice)
		called := alice.calls
		for _, d := range []*desk{alice, bakery} {
			stop := d.run()
			time.Sleep(24 * time.Hour)
			stop()
		}
		for who, d := range map[string]*desk{"she": alice, "the bakery": bakery} {
			other := bakery
			if d == bakery {
				other = alice
			}
			if gaps, missing := d.gaps(other); gaps != 1 || missing != 0 {
				t.Errorf("%s: %d gaps, %d missing; want 1 that isn't", who, gaps, missing)
			}
		}
		if alice.calls != called || bakery.calls != 0 {
			t.Errorf("she asks %d times, the bakery %d; want never", alice.calls-called, bakery.calls)
		}
	})
}

// The third is shown the second's resume instead of an answer, and keeps it in a note.
func TestTheResumeOfAnEarlierRestoreIsntMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := acquainted(t)
		backup := alice.store.Clone()
		for range 2 {
			alice = alice.restores(backup, bakery)
			alice.settle()
			if err := bakery.hold(alice.end(bakery, "two")); err != nil {
				t.Fatal(err)
			}
		}
		alice = alice.restores(backup, bakery)
		alice.settle()
		if gaps, missing := alice.gaps(bakery); gaps != 1 || missing != 0 {
			t.Errorf("%d gaps, %d missing; want 1 that isn't", gaps, missing)
		}
	})
}

// meanwhile calls f once, after what is kept about a relationship was read for the first time since an ask was answered.
type meanwhile struct {
	*store.Memory
	subject record.ID
	entries int
	f       func()
}

func (m *meanwhile) Entries(ctx context.Context, subject record.ID) ([]record.Entry, error) {
	es, err := m.Memory.Entries(ctx, subject)
	if f := m.f; subject == m.subject && len(es) == m.entries && f != nil {
		m.f = nil
		f()
	}
	return es, err
}

func TestAnAskDuringTheEndOfAnotherIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		alice.open()
		alice.serves(bakery)
		p := Pair{alice.by.Key(), bakery.by.Key()}
		ask := func(n uint64) {
			if err := alice.r.Ask(t.Context(), p, resume.Claim{LostHeld: []resume.Span{{First: n, Last: n}}}); err != nil {
				t.Error(err)
			}
		}
		m := &meanwhile{Memory: alice.store, subject: resume.Subject(p.Me, p.Them), entries: 2} // the ask, and that it is answered
		m.f = func() { ask(2) }
		cfg := alice.r.Config
		cfg.Store = m
		var err error
		if alice.r, err = Open(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		defer alice.run()()
		synctest.Wait()
		ask(1)
		synctest.Wait()
		if m.f != nil {
			t.Fatal("nothing was asked meanwhile: nothing is tested")
		}
		if w := alice.r.Words(p.Me, p.Them); w != "" || alice.calls != 2 {
			t.Errorf("%d calls, %q; want both asks answered", alice.calls, w)
		}
	})
}
