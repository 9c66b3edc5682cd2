package resuming

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// restores puts a desk back to a copy, as byway restore does.
func (d *desk) restores(from *store.Memory, other *desk) *desk {
	d.t.Helper()
	n := newDesk(d.t, "alice")
	n.store = from.Clone()
	if err := Restore(d.t.Context(), n.store, Restored{Backup: "a copy"}); err != nil {
		d.t.Fatal(err)
	}
	n.serves(other)
	n.open()
	return n
}

// settle runs a desk until nothing is due any more.
func (d *desk) settle() {
	d.t.Helper()
	stop := d.run()
	synctest.Wait()
	stop()
}

func (d *desk) epoch() uint32 {
	d.t.Helper()
	e, err := d.store.Epoch(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *desk) warned(text string) bool {
	return strings.Contains(strings.Join(d.r.Standing(record.Key.Short).Warnings, "\n"), text)
}

func TestASecondRestoreBeginsAnEpochAboveTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := acquainted(t)
		backup := alice.store
		first := alice.restores(backup, bakery)
		first.settle()
		if err := bakery.hold(first.end(bakery, "two")); err != nil {
			t.Fatal(err)
		}
		second := alice.restores(backup, bakery)
		second.settle()
		if got := second.epoch(); got != 2 {
			t.Errorf("it goes on in epoch %d, want 2", got)
		}
		if err := second.r.Ready(t.Context(), second.by.Key(), bakery.by.Key()); err != nil || second.woken != 1 {
			t.Errorf("%d threads came back, %v; want what the first one said", second.woken, err)
		}
		if !second.warned("this backup was restored before") {
			t.Errorf("its owner is told %q", second.r.Standing(record.Key.Short).Warnings)
		}
		if ws := bakery.r.Standing(record.Key.Short).Warnings; len(ws) > 0 {
			t.Errorf("the bakery takes it for a theft: %q", ws)
		}
		// The first one speaks again: it is refused, asks why, and stops for good.
		late := first.end(bakery, "three")
		var refused *answer.Refusal
		if err := bakery.hold(late); !errors.As(err, &refused) || refused.Status != answer.Expired {
			t.Errorf("of the epoch that ended: %v, want expired", err)
		}
		line := Line{Caller: talks{first}, Resuming: func() *Resuming { return first.r }}
		first.reach = func([]byte) answer.Outcome { return answer.Outcome{Said: answer.Expired} }
		line.Call(t.Context(), bakery.by.Key(), nil)
		first.serves(bakery)
		first.settle()
		for range 2 {
			if !first.warned("resumed after this one") || !bakery.warned("an older copy of its node running") {
				t.Errorf("the first one's owner is told %q, the bakery %q", first.r.Standing(record.Key.Short).Warnings, bakery.r.Standing(record.Key.Short).Warnings)
			}
			err := first.r.Ready(t.Context(), first.by.Key(), bakery.by.Key())
			if !errors.Is(err, agreement.ErrResuming) || !strings.Contains(err.Error(), "another node") {
				t.Errorf("it decides: %v", err)
			}
			if got := first.epoch(); got != 1 {
				t.Errorf("it begins epoch %d", got)
			}
			first.open() // and after a restart
			bakery.open()
			first.settle()
		}
	})
}

// talks has a desk's requests go where they go, for protocols that look at what the other speaks.
type talks struct{ *desk }

func (talks) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

// What it was shown before a stop is passed at the next start.
func TestARiseThatAStopPreventedHappensAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		alice.end(bakery, "one")
		first := alice.restores(alice.store, bakery)
		first.settle()
		second := alice.restores(alice.store, bakery)
		if err := second.r.service.Fetch(t.Context(), second.by.Key(), bakery.by.Key()); err == nil {
			t.Fatal("it was answered")
		}
		second.open()
		if got := second.epoch(); got != 2 {
			t.Errorf("it goes on in epoch %d, want 2", got)
		}
	})
}

// Damage has a node begin epochs, too: nobody restored anything then, and nobody is told so.
func TestAnEpochAfterDamageIsNoCopy(t *testing.T) {
	for name, restored := range map[string]uint32{"of a node": 0, "of a node that was restored": 1} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { damageTwice(t, restored) }) })
	}
}

// damageTwice has a node lose the epoch that it began after damage.
func damageTwice(t *testing.T, restored uint32) {
	alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
	bakery.open()
	alice.end(bakery, "one")
	if restored > 0 {
		alice = alice.restores(alice.store, bakery)
		alice.settle()
	}
	damaged := func() {
		t.Helper()
		if _, err := alice.store.NextEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
		alice.serves(bakery)
		alice.open()
		alice.settle()
	}
	before := alice.store.Clone()
	damaged()
	alice.store = before // the next damage takes the epoch as well
	damaged()
	if got := alice.epoch(); got != restored+2 {
		t.Errorf("it goes on in epoch %d, want %d", got, restored+2)
	}
	for _, d := range []*desk{alice, bakery} {
		if ws := d.r.Standing(record.Key.Short).Warnings; len(ws) > 0 {
			t.Errorf("warnings %q", ws)
		}
	}
}

// Two nodes that take turns aren't chased for ever.
func TestANodeThatAlwaysFindsAnotherOneStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		alice.end(bakery, "one")
		backup := alice.store.Clone()
		second := alice.restores(backup, bakery)
		// Each time before the second is answered another one has resumed above it.
		second.reach = func(req []byte) answer.Outcome {
			other := newDesk(t, "alice")
			other.store = backup.Clone()
			for range second.epoch() {
				if _, err := other.store.NextEpoch(t.Context()); err != nil {
					t.Error(err)
				}
			}
			other.serves(bakery)
			other.open()
			if err := other.r.service.Fetch(t.Context(), other.by.Key(), bakery.by.Key()); err != nil {
				t.Error(err)
			}
			through := newDesk(t, "alice")
			through.serves(bakery)
			return through.reach(req)
		}
		stop := second.run()
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		stop()
		if got := second.epoch(); got != 1+maxRises {
			t.Errorf("it is in epoch %d, want %d", got, 1+maxRises)
		}
		second.open()
		if !second.warned("resumes whenever this one does") {
			t.Errorf("warnings %q", second.r.Standing(record.Key.Short).Warnings)
		}
	})
}

// Two restores of one backup that run at once, each answered in some pages: neither stops the other for ever.
func TestOfTwoNodesThatRunAtOnceOneComesToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := acquainted(t)
		backup := alice.store.Clone()
		for range 24 {
			if err := bakery.hold(alice.end(bakery, strings.Repeat("x", 40<<10))); err != nil {
				t.Fatal(err)
			}
		}
		twins := []*desk{alice.restores(backup, bakery), alice.restores(backup, bakery)}
		var stops []func()
		for _, d := range twins {
			reach, fresh := d.reach, d.recover
			d.recover = func(v record.Verified) error { // what came back in an epoch before is here
				if es, err := d.store.Entries(t.Context(), v.ID()); err != nil || len(es) > 0 {
					return err
				}
				return fresh(v)
			}
			d.reach = func(req []byte) answer.Outcome {
				time.Sleep(time.Second)
				return reach(req)
			}
			stops = append(stops, d.run())
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		ready := 0
		for i, d := range twins {
			stops[i]()
			if d.r.Ready(t.Context(), d.by.Key(), bakery.by.Key()) == nil && d.woken == 24 {
				ready++
			}
			if n := d.r.life.Rises; n >= maxRises {
				t.Errorf("it began %d epochs", n)
			}
		}
		if ready == 0 {
			t.Error("neither is resumed")
		}
	})
}
