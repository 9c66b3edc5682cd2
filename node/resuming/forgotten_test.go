package resuming

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// The bakery's backup is older than its relationship with alice: once she speaks, all of it comes back.
func TestARelationshipThatBeganAfterTheBackupIsResumedOnceTheOtherSideSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		alice.open()
		bakery.open()
		swap := func(from, to *desk, text string) record.Verified {
			v := from.end(to, text)
			if err := to.hold(v); err != nil {
				t.Fatal(err)
			}
			return v
		}
		swap(alice, bakery, "one")
		swap(bakery, alice, "two")
		swap(alice, bakery, "three")

		bakery.store = store.NewMemory()
		if err := Restore(t.Context(), bakery.store, Restored{Backup: "an old one"}); err != nil {
			t.Fatal(err)
		}
		bakery.serves(alice)
		bakery.open()
		ready := func() error { return bakery.r.Ready(t.Context(), bakery.by.Key(), alice.by.Key()) }
		if err := ready(); err != nil {
			t.Fatalf("it knows before she speaks: %v", err)
		}
		swap(alice, bakery, "four")
		if err := ready(); !errors.Is(err, agreement.ErrResuming) {
			t.Errorf("it decides without knowing what it said: %v", err)
		}
		bakery.settle()
		p, err := bakery.store.Pair(t.Context(), bakery.by.Key(), alice.by.Key())
		if err != nil || len(p.Gaps[store.Held])+len(p.Gaps[store.Sent]) > 0 || bakery.woken != 3 {
			t.Errorf("%d threads came back, gaps %v, %v; want 3 and none", bakery.woken, p.Gaps, err)
		}
		if err := ready(); err != nil || p.Head.N != record.Place(1, 1) {
			t.Errorf("it goes on from place %x, %v; want the resume's", p.Head.N, err)
		}
	})
}

// Whoever is new after a restore isn't taken for somebody who was forgotten.
func TestSomebodyNewIsntResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		alice.open()
		if err := Restore(t.Context(), bakery.store, Restored{Backup: "an old one"}); err != nil {
			t.Fatal(err)
		}
		bakery.serves(alice)
		bakery.open()
		for _, text := range []string{"one", "two"} {
			if err := bakery.hold(alice.end(bakery, text)); err != nil {
				t.Fatal(err)
			}
			bakery.settle()
		}
		if bakery.calls > 0 {
			t.Errorf("she was asked %d times", bakery.calls)
		}
	})
}
