package mesh

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

// Under the race detector a bubble with several threads can stall: golang/go#78156.
func TestMain(m *testing.M) {
	if raceEnabled {
		runtime.GOMAXPROCS(1)
	}
	m.Run()
}

// actor is a node's part in the town's gossip, with all that was delivered to it.
type actor struct {
	*Mesh
	host host.Host

	mu    sync.Mutex
	items []intention.Item
}

func newActor(t *testing.T, h host.Host) *actor {
	t.Helper()
	m, err := New(t.Context(), Config{Host: h, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return &actor{Mesh: m, host: h}
}

func (a *actor) take(_ context.Context, _ category.Path, i intention.Item) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.items = append(a.items, i)
	return nil
}

// heard returns the ids of what was delivered, in order.
func (a *actor) heard() []record.ID {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []record.ID
	for _, i := range a.items {
		out = append(out, i.Record.ID())
	}
	return out
}

func (a *actor) enter(t *testing.T, f community.Founding, tops ...string) {
	t.Helper()
	if err := a.Join(t.Context(), Entry{Founding: f, Tops: meshtest.Paths(t, tops...), Deliver: a.take}); err != nil {
		t.Fatal(err)
	}
}

// crowd returns n actors of the town's gossip, each connected to the two before it.
func crowd(t *testing.T, s *meshtest.Street, f community.Founding, n int) []*actor {
	t.Helper()
	var all []*actor
	for i := range n {
		a := newActor(t, s.Host())
		a.enter(t, f)
		for _, other := range all[max(0, i-2):] {
			meshtest.Meet(t, a.host, other.host)
		}
		all = append(all, a)
	}
	time.Sleep(3 * time.Second) // some heartbeats, for the mesh to form
	return all
}

func (a *actor) publish(t *testing.T, f community.Founding, top string, form []byte) error {
	t.Helper()
	_, err := a.Publish(t.Context(), f.ID, meshtest.Path(t, top), form)
	return err
}

func TestEachNodeHearsACastOnce(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food", "tools")
		all := crowd(t, s, town, 5)
		c := meshtest.Wish(t, town, "food/bread", "alice")
		if err := all[0].publish(t, town, "food", meshtest.Form(t, c, "alice")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for i, a := range all {
			if got := a.heard(); len(got) != 1 || got[0] != c.ID {
				t.Errorf("node %d heard %v, want %s once", i, got, c.ID.Short())
			}
			if d := a.Drops(town.ID); d != (Drops{}) {
				t.Errorf("node %d lost %+v", i, d)
			}
		}
	})
}

func TestAWithdrawalThatComesFirstSilencesItsCast(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		all := crowd(t, s, town, 5)
		c := meshtest.Wish(t, town, "food/bread", "alice")
		if err := all[4].publish(t, town, "food", meshtest.Withdrawal(t, c, "alice")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		err := all[0].publish(t, town, "food", meshtest.Form(t, c, "alice"))
		if !errors.Is(err, ErrRefused) || !errors.Is(err, intention.ErrWithdrawn) {
			t.Errorf("publishing it then: %v", err)
		}
		time.Sleep(2 * time.Second)
		for i, a := range all {
			if got := a.heard(); len(got) != 1 || got[0] == c.ID {
				t.Errorf("node %d heard %v, want the withdrawal alone", i, got)
			}
		}
	})
}

// Whom a node was connected to before it joined must hear it, and be heard by it.
func TestWhoJoinsLateIsHeardByThoseItKnewBefore(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town, other := meshtest.Town(t, "food"), meshtest.Town(t, "tools")
		all := crowd(t, s, town, 3)
		late := newActor(t, s.Host())
		late.enter(t, other)
		for _, a := range all {
			meshtest.Meet(t, late.host, a.host)
		}
		time.Sleep(10 * time.Second)
		late.enter(t, town)
		time.Sleep(3 * time.Second)
		if n := late.Peers(town.ID); n != 3 {
			t.Errorf("it has %d peers", n)
		}
		c := meshtest.Wish(t, town, "food/bread", "alice")
		if err := late.publish(t, town, "food", meshtest.Form(t, c, "alice")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		for i, a := range all {
			if got := a.heard(); len(got) != 1 || got[0] != c.ID {
				t.Errorf("node %d heard %v", i, got)
			}
		}
	})
}

func TestWhoLeavesHearsNothingMore(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		all := crowd(t, s, town, 3)
		all[2].Leave(town.ID)
		c := meshtest.Wish(t, town, "food/bread", "alice")
		if err := all[0].publish(t, town, "food", meshtest.Form(t, c, "alice")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if got := all[2].heard(); len(got) != 0 {
			t.Errorf("it heard %v", got)
		}
		if err := all[2].publish(t, town, "food", meshtest.Form(t, c, "alice")); !errors.Is(err, ErrNotJoined) {
			t.Errorf("publishing there: %v", err)
		}
	})
}

func TestANodeHearsOfTheTopicsThatItFollowsAlone(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food", "tools")
		all := crowd(t, s, town, 4)
		cast := func(top, by string) record.ID {
			t.Helper()
			c := meshtest.Wish(t, town, top+"/some", by)
			if err := all[0].publish(t, town, top, meshtest.Form(t, c, by)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			return c.ID
		}
		follow := func(tops ...string) {
			t.Helper()
			ps := []category.Path{}
			for _, w := range tops {
				p, err := category.Parse(w)
				if err != nil {
					t.Fatal(err)
				}
				ps = append(ps, p)
			}
			if err := all[3].Follow(town.ID, ps); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
		}
		follow("tools")
		cast("food", "alice")
		hammer := cast("tools", "bob")
		follow()
		cast("tools", "carol")
		follow("food", "tools")
		bread := cast("food", "dave")
		if got := all[3].heard(); !slices.Equal(got, []record.ID{hammer, bread}) {
			t.Errorf("it heard %v, want %v", got, []record.ID{hammer, bread})
		}
		garden, err := category.Parse("garden")
		if err != nil {
			t.Fatal(err)
		}
		if err := all[3].Follow(town.ID, []category.Path{garden}); !errors.Is(err, ErrNotJoined) {
			t.Errorf("a topic that the community doesn't list: %v", err)
		}
	})
}

func TestWhatIsHandedOverIsDeliveredOnce(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		a := newActor(t, s.Host())
		known := meshtest.Wish(t, town, "food/tea", "bob")
		kept := func(remember func([]byte)) error { remember(meshtest.Form(t, known, "bob")); return nil }
		if err := a.Join(t.Context(), Entry{Founding: town, Known: kept, Deliver: a.take}); err != nil {
			t.Fatal(err)
		}
		c := meshtest.Wish(t, town, "food/bread", "alice")
		if err := a.Take(t.Context(), town.ID, category.Path{}, meshtest.Form(t, c, "alice")); err != nil {
			t.Error(err)
		}
		for _, again := range [][]byte{meshtest.Form(t, c, "alice"), meshtest.Form(t, known, "bob")} {
			if err := a.Take(t.Context(), town.ID, category.Path{}, again); !errors.Is(err, intention.ErrSeen) {
				t.Errorf("the same again: %v", err)
			}
		}
		time.Sleep(time.Second)
		if got := a.heard(); len(got) != 1 || got[0] != c.ID {
			t.Errorf("it heard %v", got)
		}
	})
}
