package finding

import (
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

func TestAStewardAloneInItsCommunityWaitsWithoutAWarning(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		market := open(t, "the market", s.Host(), store.NewMemory(), shop("The Market", meshtest.Paths(t, "food/bread")...), alwaysOn)
		m, err := market.Found(t.Context(), "Old Town", "", meshtest.Paths(t, "food"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		invite, err := market.Invite(m.Founding.ID)
		if err != nil {
			t.Fatal(err)
		}
		bakery := open(t, "the bakery", s.Host(), store.NewMemory(), shop("The Bakery", meshtest.Paths(t, "food/bread")...))
		bakery.join(t, invite, Role{})
		time.Sleep(10 * time.Second)
		for _, a := range []*actor{market, bakery} {
			a.end(t) // what it logs is whole then
			if a.warned.Len() > 0 {
				t.Errorf("%s warns:\n%s", a.name, a.warned.String())
			}
		}
	})
}

func TestWhoWasAloneIsPublishedWithTheFirstPeer(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		market := open(t, "the market", s.Host(), store.NewMemory(), shop("The Market", meshtest.Paths(t, "food/bread")...), alwaysOn)
		m, err := market.Found(t.Context(), "Old Town", "", meshtest.Paths(t, "food"))
		if err != nil {
			t.Fatal(err)
		}
		id := m.Founding.ID
		time.Sleep(10 * time.Minute)
		invite, err := market.Invite(id)
		if err != nil {
			t.Fatal(err)
		}
		bakery := open(t, "the bakery", s.Host(), store.NewMemory(), shop("The Bakery", meshtest.Paths(t, "food/bread")...))
		bakery.join(t, invite, Role{})
		time.Sleep(10 * time.Second)
		market.end(t)
		_ = market.host.Close()
		// The bakery keeps both for the DHT now: it needs nobody to look them up.
		b, err := bakery.members[id].ring.dht.GetValue(t.Context(), cardKey(recordtest.Key("the market")))
		if err != nil || len(b) == 0 {
			t.Errorf("the market's card isn't with its only peer: %v", err)
		}
	})
}

func TestWhatADHTLostIsPublishedAgainWithinADay(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		w.roaster.end(t)
		_ = w.roaster.host.Close()
		// What a node keeps for the DHT doesn't outlive it, and the bakery doesn't hear of that.
		w.steward.end(t)
		w.steward.run(t)
		time.Sleep(time.Minute)
		d := w.steward.members[w.id].ring.dht
		provided := func(path string) bool {
			t.Helper()
			all, err := d.ProviderStore().GetProviders(t.Context(), categoryID(meshtest.Path(t, path)).Hash())
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(all, func(i peer.AddrInfo) bool { return i.ID == w.bakery.host.ID() })
		}
		if provided("food") {
			t.Fatal("nothing was lost: the test shows nothing")
		}
		time.Sleep(20 * time.Hour)
		for _, path := range []string{"food", "food/bread", "food/bread/rye"} {
			if !provided(path) {
				t.Errorf("%s isn't provided again", path)
			}
		}
		w.bakery.end(t)
		_ = w.bakery.host.Close()
		if b, err := d.GetValue(t.Context(), cardKey(recordtest.Key("the bakery"))); err != nil || len(b) == 0 {
			t.Errorf("the card isn't put again: %v", err)
		}
	})
}
