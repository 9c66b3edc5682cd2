package resuming

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
)

// The coffee house is met under two keys: what is said of it is said once.
func TestAPartyOfSeveralKeysIsNamedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, coffee := newDesk(t, "alice"), newDesk(t, "coffee")
		coffee.open()
		if err := coffee.hold(alice.end(coffee, "one")); err != nil {
			t.Fatal(err)
		}
		backup := alice.store
		alice.restores(backup, coffee).settle()
		alice = alice.restores(backup, coffee)
		alice.settle()
		p := Pair{alice.by.Key(), coffee.by.Key()}
		another := Pair{recordtest.Key("alice elsewhere"), coffee.by.Key()}
		alice.r.known[another] = alice.r.known[p]
		older, newer := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		alice.r.late[p], alice.r.late[another] = newer, older
		twice := Pair{alice.by.Key(), coffee.by.Key()}
		for _, me := range []record.Key{recordtest.Key("alice at the market"), recordtest.Key("alice at work")} {
			twice.Me = me
			alice.r.known[twice] = resumedTwice(t, twice.Me, coffee.by)
		}
		got := alice.r.Standing(func(record.Key) string { return "coffee" }).Warnings
		for text, want := range map[string]string{
			"has an older copy": "coffee has an older copy of its node running, last seen 2026-03-02 08:00: ", "restored before": "(seen by coffee)", "resumed twice": "coffee ",
		} {
			var of []string
			for _, w := range got {
				if strings.Contains(w, text) {
					of = append(of, w)
				}
			}
			if len(of) != 1 || !strings.Contains(of[0], want) {
				t.Errorf("%s: %q, want one that says %q", text, of, want)
			}
		}
		if len(got) != 3 || !slices.IsSorted(got) {
			t.Errorf("%d warnings: %q", len(got), got)
		}
	})
}

// What came of an ended epoch before the other side resumed last is that restore's own, or over with it.
func TestAnOlderCopyIsOverOnceItsPartyResumesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := acquainted(t)
		backup := alice.store.Clone()
		alice.restores(backup, bakery).settle()
		time.Sleep(time.Minute)
		if err := bakery.hold(alice.end(bakery, "by the old disk")); err == nil {
			t.Fatal("it was taken")
		}
		for _, c := range []struct{ before, warned bool }{{true, true}, {false, false}} {
			if !c.before {
				time.Sleep(time.Minute)
				alice.restores(backup, bakery).settle()
			}
			for range 2 {
				if got := bakery.warned("older copy"); got != c.warned {
					t.Errorf("before she restores once more %t: warned %t", c.before, got)
				}
				bakery.open() // and after a restart
			}
		}
	})
}

// resumedTwice is a relationship in which two nodes of the other side began one epoch.
func resumedTwice(t *testing.T, me record.Key, them record.Signer) resume.Relationship {
	t.Helper()
	var es []record.Entry
	for i := range byte(2) {
		r, err := resume.New(t.Context(), resume.Claim{Epoch: 1, Nonce: [resume.NonceSize]byte{i + 1}}, me, record.Link{N: record.Place(1, 1)}, them)
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.Verify(record.Want{Complete: true})
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, record.Entry{Rec: v})
	}
	rel, err := resume.Fold(me, them.Key(), es)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}
