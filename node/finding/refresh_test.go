package finding

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// livesAt reports whether a's book has the road of b's host.
func (a *actor) livesAt(b *actor) bool {
	c, _ := a.book.Get(recordtest.Key(b.name))
	return c.HasCard && len(c.Card.Roads) > 0 && string(c.Card.Roads[0].Peer) == string(b.host.ID())
}

func TestTheRoadOfAVendorThatMovedComesHomeWithinTheHour(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		if !alice.livesAt(w.bakery) {
			t.Fatal("the directory didn't come home by itself")
		}
		w.bakery.end(t)
		w.bakery.host = w.street.Host()
		w.bakery.run(t)
		time.Sleep(30 * time.Second)
		if alice.livesAt(w.bakery) {
			t.Fatal("she knew before she asked: the test shows nothing")
		}
		time.Sleep(refreshEvery)
		if !alice.livesAt(w.bakery) {
			t.Error("within the hour she doesn't know where the bakery went")
		}
	})
}

func TestAStartBringsTheDirectoriesHome(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		alice.end(t)
		w.bakery.end(t)
		w.bakery.host = w.street.Host()
		w.bakery.run(t)
		time.Sleep(30 * time.Second)
		alice.run(t)
		time.Sleep(2 * refreshWithin)
		if !alice.livesAt(w.bakery) {
			t.Error("she doesn't know where the bakery went")
		}
	})
}

func TestRefreshAllGoesOnAfterAFailure(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		for _, name := range []string{"another steward", "a third"} {
			other := w.person(t, name, Role{})
			other.end(t)
			other.always = true
			other.run(t)
			m, err := other.Found(t.Context(), name, "", meshtest.Paths(t, "food"))
			if err != nil {
				t.Fatal(err)
			}
			invite, err := other.Invite(m.Founding.ID)
			if err != nil {
				t.Fatal(err)
			}
			alice.join(t, invite, Role{})
			time.Sleep(2 * refreshWithin)
			other.end(t)
			_ = other.host.Close()
		}
		w.bakery.mu.Lock()
		w.bakery.says.Categories = meshtest.Paths(t, "drink/cider")
		w.bakery.mu.Unlock()
		w.bakery.Announce()
		time.Sleep(10 * time.Second)
		if err := alice.RefreshAll(t.Context()); !errors.Is(err, ErrUnreachable) {
			t.Errorf("two stewards are gone: %v", err)
		}
		c, _ := alice.book.Get(recordtest.Key("the bakery"))
		if !slices.ContainsFunc(c.Card.Categories, func(p category.Path) bool { return p == meshtest.Path(t, "drink/cider") }) {
			t.Errorf("the third wasn't asked: %v", c.Card.Categories)
		}
	})
}
