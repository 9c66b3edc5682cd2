package finding

import (
	"context"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// Under the race detector a bubble with several threads can stall: golang/go#78156.
func TestMain(m *testing.M) {
	if raceEnabled {
		runtime.GOMAXPROCS(1)
	}
	m.Run()
}

// actor is a node, less what isn't about finding.
type actor struct {
	*Finder
	name  string
	host  host.Host
	store *store.Memory
	book  *contacts.Book
	mesh  *mesh.Mesh
	x     *exchange.Exchange

	warned strings.Builder // what its log says from Warn on

	mu       sync.Mutex
	says     profile.Card
	isPerson bool
	always   bool // on, for its communities
	items    []intention.Item
}

// open starts a node on a host and a store; restart does it again.
func open(t *testing.T, name string, h host.Host, s *store.Memory, card *profile.Card, prepare ...func(*actor)) *actor {
	t.Helper()
	a := &actor{name: name, host: h, store: s, isPerson: card == nil}
	for _, f := range prepare {
		f(a)
	}
	if card != nil {
		a.says = *card
	}
	a.run(t)
	return a
}

func (a *actor) run(t *testing.T) {
	t.Helper()
	var err error
	if a.book, err = contacts.Open(t.Context(), a.store, time.Now); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&a.warned, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if a.mesh, err = mesh.New(t.Context(), mesh.Config{Host: a.host, Log: log}); err != nil {
		t.Fatal(err)
	}
	a.x = exchange.New(a.host, log)
	c := Config{
		Host: a.host, Exchange: a.x, Tables: a.store, Book: a.book, Mesh: a.mesh, Log: log, Steward: a.always,
		Self:    func(context.Context) (record.Key, error) { return recordtest.Key(a.name), nil },
		NewKey:  func(context.Context) (record.Signer, error) { return recordtest.Signer(a.name + "'s community"), nil },
		Deliver: a.take,
	}
	if !a.isPerson {
		c.Card = a.card
		cards := exchange.Protocol{ID: profile.ServiceID, MaxRequest: profile.MaxRequest, MaxResponse: profile.MaxRecord}
		if err := a.x.Handle(cards, profile.Handler(a.card)); err != nil {
			t.Fatal(err)
		}
	}
	if a.Finder, err = Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.end(t) })
}

// card signs what the organisation says now.
func (a *actor) card(ctx context.Context) (record.Verified, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, more := a.Standing()
	c := a.says
	c.Sequence, c.Issued, c.Expires = uint64(time.Now().UnixMilli()), time.Now(), time.Now().Add(profile.MaxLife)
	c.Categories, c.Roads = append(slices.Clone(c.Categories), more...), meshtest.Roads(a.host)
	r, err := profile.New(ctx, c, recordtest.Signer(a.name))
	if err != nil {
		return record.Verified{}, err
	}
	return r.Verify(record.Want{At: time.Now(), Complete: true})
}

func (a *actor) end(t *testing.T) {
	t.Helper()
	for _, close := range []func() error{a.Close, a.mesh.Close, a.x.Close} {
		if err := close(); err != nil {
			t.Error(err)
		}
	}
}

func (a *actor) take(_ context.Context, _ record.ID, i intention.Item) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.items = append(a.items, i)
	return nil
}

func (a *actor) heard() []record.ID {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []record.ID
	for _, i := range a.items {
		out = append(out, i.Record.ID())
	}
	return out
}

func (a *actor) join(t *testing.T, invite string, r Role) {
	t.Helper()
	if _, err := a.Join(t.Context(), invite, r); err != nil {
		t.Fatalf("%s joins: %v", a.name, err)
	}
}

func (a *actor) find(t *testing.T, id record.ID, path string) []string {
	t.Helper()
	found, err := a.Find(t.Context(), id, meshtest.Path(t, path))
	if err != nil {
		t.Fatalf("%s looks for %s: %v", a.name, path, err)
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Card.Name)
	}
	return names
}

func (a *actor) publish(t *testing.T, c intention.Cast, by string) {
	t.Helper()
	if err := a.Publish(t.Context(), c.Community, c.Category.Top().String(), meshtest.Form(t, c, by)); err != nil {
		t.Fatalf("%s casts: %v", a.name, err)
	}
}

// town is a community with a steward and two shops.
type town struct {
	street                   *meshtest.Street
	steward, bakery, roaster *actor
	member                   Membership
	id                       record.ID
	invite                   string
}

func shop(name string, categories ...category.Path) *profile.Card {
	return &profile.Card{Name: name, Categories: categories}
}

func alwaysOn(a *actor) { a.always = true }

func newTown(t *testing.T, s *meshtest.Street) *town {
	t.Helper()
	w := &town{street: s}
	w.steward = open(t, "the steward", s.Host(), store.NewMemory(), nil, alwaysOn)
	var err error
	if w.member, err = w.steward.Found(t.Context(), "Old Town", "", meshtest.Paths(t, "food", "tools", "drink")); err != nil {
		t.Fatal(err)
	}
	w.id = w.member.Founding.ID
	if w.invite, err = w.steward.Invite(w.id); err != nil {
		t.Fatal(err)
	}
	w.bakery = open(t, "the bakery", s.Host(), store.NewMemory(), shop("The Bakery", meshtest.Paths(t, "food/bread/rye")...))
	w.roaster = open(t, "the roaster", s.Host(), store.NewMemory(), shop("The Roaster", meshtest.Paths(t, "food/coffee/beans", "tools/grinders")...))
	w.bakery.join(t, w.invite, Role{})
	w.roaster.join(t, w.invite, Role{})
	time.Sleep(10 * time.Second)
	return w
}

func (w *town) person(t *testing.T, name string, r Role) *actor {
	t.Helper()
	a := open(t, name, w.street.Host(), store.NewMemory(), nil)
	a.join(t, w.invite, r)
	time.Sleep(5 * time.Second)
	return a
}

func simulated(t *testing.T, test func(t *testing.T, w *town)) {
	t.Helper()
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) { test(t, newTown(t, s)) })
}

func TestAPersonFindsByTheDirectoryAtHome(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		for path, want := range map[string]string{
			"food": "The Bakery, The Roaster", "food/bread": "The Bakery", "food/bread/rye": "The Bakery",
			"food/coffee/beans": "The Roaster", "tools": "The Roaster", "drink": "", "food/bread/rye/dark": "The Bakery", "food/bread/white": "",
		} {
			if got := strings.Join(alice.find(t, w.id, path), ", "); got != want {
				t.Errorf("%s: found %q, want %q", path, got, want)
			}
		}
	})
}

func TestARefreshBringsWhatHasChanged(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		w.bakery.mu.Lock()
		w.bakery.says.Categories = meshtest.Paths(t, "drink/cider")
		w.bakery.mu.Unlock()
		w.bakery.Announce()
		time.Sleep(10 * time.Second)
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		if got := alice.find(t, w.id, "drink"); len(got) != 1 || got[0] != "The Bakery" {
			t.Errorf("drink: %v", got)
		}
		if got := alice.find(t, w.id, "food/bread"); len(got) != 0 {
			t.Errorf("bread: %v", got)
		}
	})
}

func TestOrganisationsAreFoundAtEachPrefixByTheDHT(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		for _, path := range []string{"food", "food/coffee", "food/coffee/beans", "tools", "tools/grinders"} {
			// A book that knows nobody yet: each search stands for itself.
			carol := w.person(t, "carol", Role{Mesh: true})
			if got := carol.find(t, w.id, path); !strings.Contains(strings.Join(got, ", "), "The Roaster") {
				t.Errorf("%s: found %v", path, got)
			}
		}
		if got := w.bakery.find(t, w.id, "tools"); len(got) != 1 || got[0] != "The Roaster" {
			t.Errorf("the bakery finds %v", got)
		}
	})
}

func TestAShopThatNamesLessThanIsLookedForIsFound(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		grocer := open(t, "the grocer", w.street.Host(), store.NewMemory(), shop("The Grocer", meshtest.Paths(t, "food/coffee")...))
		grocer.join(t, w.invite, Role{})
		alice, carol := w.person(t, "alice", Role{}), w.person(t, "carol", Role{Mesh: true})
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		for _, a := range []*actor{alice, carol, w.bakery} {
			if got := strings.Join(a.find(t, w.id, "food/coffee/beans"), ", "); got != "The Grocer, The Roaster" {
				t.Errorf("%s finds %q", a.name, got)
			}
			if got := strings.Join(a.find(t, w.id, "food/coffee/grinders"), ", "); got != "The Grocer" {
				t.Errorf("%s finds %q for what the roaster hasn't", a.name, got)
			}
		}
	})
}

func TestEachCommunityCountsItsOwnCards(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		other := open(t, "the other steward", w.street.Host(), store.NewMemory(), nil, alwaysOn)
		m, err := other.Found(t.Context(), "New Town", "", meshtest.Paths(t, "food"))
		if err != nil {
			t.Fatal(err)
		}
		invite, err := other.Invite(m.Founding.ID)
		if err != nil {
			t.Fatal(err)
		}
		alice.join(t, invite, Role{})
		for _, c := range []struct {
			at   *actor
			want map[string]int
		}{
			{alice, map[string]int{"Old Town": 2, "New Town": 0}},
			{w.steward, map[string]int{"Old Town": 2}},
			{other, map[string]int{"New Town": 0}},
		} {
			got := map[string]int{}
			for _, m := range c.at.Communities() {
				got[m.Founding.Name] = m.Cards
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("%s counts %v, want %v", c.at.name, got, c.want)
			}
		}
	})
}

func TestAPersonOpensNeitherDHTNorGossip(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		alice.find(t, w.id, "food")
		c := meshtest.Wish(t, w.member.Founding, "food/bread", "alice's cast")
		alice.publish(t, c, "alice's cast")
		for _, p := range alice.host.Mux().Protocols() {
			if strings.HasPrefix(string(p), "/byway/") || strings.Contains(string(p), "sub/") || strings.Contains(string(p), "kad") {
				t.Errorf("it serves %s", p)
			}
		}
		for _, p := range alice.host.Network().Peers() {
			if p != w.steward.host.ID() {
				t.Errorf("it is connected to %s", p)
			}
		}
		served := map[string]bool{}
		for _, p := range w.bakery.host.Mux().Protocols() {
			served[string(p)] = true
		}
		for _, want := range []string{"/byway/" + w.id.String() + "/kad/1.0.0", "/byway/" + w.id.String() + "/meshsub/1.2.0"} {
			if !served[want] {
				t.Errorf("an organisation doesn't serve %s", want)
			}
		}
	})
}

func TestACastByAStewardReachesTheVendorsOfItsCategory(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		c := meshtest.Wish(t, w.member.Founding, "tools/saws", "alice's cast")
		alice.publish(t, c, "alice's cast")
		time.Sleep(5 * time.Second)
		if got := w.roaster.heard(); len(got) != 1 || got[0] != c.ID {
			t.Errorf("the roaster, who has tools, heard %v", got)
		}
		if got := w.bakery.heard(); len(got) != 0 {
			t.Errorf("the bakery, who has none, heard %v", got)
		}
		if err := alice.Publish(t.Context(), w.id, "tools", meshtest.Form(t, c, "alice's cast")); err != nil {
			t.Errorf("the same again: %v", err)
		}
	})
}

func TestAMeshPersonPublishesHerself(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		carol := w.person(t, "carol", Role{Mesh: true})
		time.Sleep(5 * time.Second)
		c := meshtest.Wish(t, w.member.Founding, "food/bread", "carol's cast")
		carol.publish(t, c, "carol's cast")
		carol.publish(t, c, "carol's cast") // again, as an outbox does
		time.Sleep(5 * time.Second)
		for _, a := range []*actor{w.bakery, w.roaster, w.steward} {
			if got := a.heard(); len(got) != 1 || got[0] != c.ID {
				t.Errorf("%s heard %v", a.name, got)
			}
		}
	})
}

func TestALateVendorGetsTheLiveCasts(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		kept := meshtest.Wish(t, w.member.Founding, "drink/juice", "one")
		gone := meshtest.Wish(t, w.member.Founding, "drink/juice", "two")
		other := meshtest.Wish(t, w.member.Founding, "food/bread", "three")
		alice.publish(t, kept, "one")
		alice.publish(t, gone, "two")
		alice.publish(t, other, "three")
		if err := alice.Publish(t.Context(), w.id, "drink", meshtest.Withdrawal(t, gone, "two")); err != nil {
			t.Fatal(err)
		}
		press := open(t, "the press", w.street.Host(), store.NewMemory(), shop("The Press", meshtest.Paths(t, "drink")...))
		press.join(t, w.invite, Role{})
		time.Sleep(time.Minute)
		casts := 0
		press.mu.Lock()
		for _, i := range press.items {
			if i.IsCast() {
				casts++
				if i.Cast.ID != kept.ID {
					t.Errorf("it heard the cast %q", i.Cast.Text)
				}
			}
		}
		press.mu.Unlock()
		if casts != 1 {
			t.Errorf("it heard %d casts, want the one that is live", casts)
		}
	})
}

func TestARestartTakesUpTheMemberships(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := w.person(t, "alice", Role{})
		for _, a := range []*actor{w.steward, w.bakery, alice} {
			a.end(t)
			a.run(t)
		}
		time.Sleep(time.Minute)
		for _, a := range []*actor{w.steward, w.bakery, alice} {
			if all := a.Communities(); len(all) != 1 || all[0].Founding.ID != w.id {
				t.Fatalf("%s is a member of %v", a.name, all)
			}
		}
		c := meshtest.Wish(t, w.member.Founding, "food/bread", "alice's cast")
		alice.publish(t, c, "alice's cast")
		time.Sleep(5 * time.Second)
		if got := w.bakery.heard(); len(got) != 1 || got[0] != c.ID {
			t.Errorf("the bakery heard %v", got)
		}
		if err := alice.Refresh(t.Context(), w.id); err != nil {
			t.Fatal(err)
		}
		if got := alice.find(t, w.id, "food"); len(got) != 2 {
			t.Errorf("alice finds %v", got)
		}
	})
}
