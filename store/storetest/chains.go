package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func checkHead(t *testing.T, s Store, me, them record.Signer, want store.Head) {
	t.Helper()
	if h, err := s.Head(t.Context(), me.Key(), them.Key()); err != nil || h != want {
		t.Errorf("head %+v, %v; want %+v", h, err, want)
	}
}

func linkedChain(t *testing.T, s Store) {
	const callers = 64
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	checkHead(t, s, alice, bakery, store.Head{})
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			err := s.AppendLinked(t.Context(), alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
				return linked(alice, bakery.Key(), l, fmt.Sprint(i))
			})
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	var last record.ID
	es, err := s.Feed(t.Context(), 0, callers+1)
	if err != nil || len(es) != callers {
		t.Fatalf("%d events, %v; want %d", len(es), err, callers)
	}
	for i, e := range es {
		want := record.Link{N: uint64(i) + 1, Sent: last}
		if l := e.Entry.Rec.Statement().Link(); l != want {
			t.Errorf("event %d has link %+v, want %+v", i, l, want)
		}
		last = e.Entry.Rec.ID()
	}
	checkHead(t, s, alice, bakery, store.Head{N: callers, Sent: last})
}

// linkedConflicts has callers that must find their subject empty; one of each two does.
func linkedConflicts(t *testing.T, s Store) {
	const callers = 64
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	errs := make(chan error, callers)
	for i := range callers {
		go func() {
			errs <- s.AppendLinked(t.Context(), alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
				es, err := linked(alice, bakery.Key(), l, fmt.Sprint(i))
				es[0].Subject = topic(fmt.Sprint(i / 2))
				return es, err
			})
		}()
	}
	stored := uint64(0)
	for range callers {
		switch err := <-errs; {
		case err == nil:
			stored++
		case !errors.Is(err, record.ErrConflict):
			t.Errorf("loser: %v, want ErrConflict", err)
		}
	}
	if stored != callers/2 {
		t.Errorf("%d stored, want %d", stored, callers/2)
	}
	es, err := s.Feed(t.Context(), 0, 0)
	if err != nil || uint64(len(es)) != stored {
		t.Fatalf("%d events, %v; want %d", len(es), err, stored)
	}
	for i, e := range es {
		if n := e.Entry.Rec.Statement().Link().N; n != uint64(i)+1 {
			t.Errorf("event %d is at place %d", i, n)
		}
	}
}

func linkedRemade(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	var links []record.Link
	err := s.AppendLinked(ctx, alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
		links = append(links, l)
		if len(links) == 1 {
			// Another writer takes the place while this one is being made.
			other, err := linked(alice, bakery.Key(), l, "sooner")
			if err != nil {
				return nil, err
			}
			if err := s.Append(ctx, other[0].Subject, 0, other); err != nil {
				return nil, err
			}
		}
		return linked(alice, bakery.Key(), l, "later")
	})
	if err != nil {
		t.Fatal(err)
	}
	es, err := s.Feed(ctx, 0, 0)
	if err != nil || len(es) != 2 || len(links) != 2 {
		t.Fatalf("%d events, made %d times, %v; want 2 and 2", len(es), len(links), err)
	}
	if want := (record.Link{N: 2, Sent: es[0].Entry.Rec.ID()}); links[1] != want {
		t.Errorf("made again with %+v, want %+v", links[1], want)
	}
	checkHead(t, s, alice, bakery, store.Head{N: 2, Sent: es[1].Entry.Rec.ID()})
}

func linkedMisuse(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	own := errors.New("the caller's own")
	for _, c := range []struct {
		name string
		make func(record.Link) ([]record.Entry, error)
		want error
	}{
		{"its own error", func(record.Link) ([]record.Entry, error) { return nil, own }, own},
		{"nothing", func(record.Link) ([]record.Entry, error) { return nil, nil }, nil},
		{"a note alone", func(record.Link) ([]record.Entry, error) {
			return []record.Entry{{Subject: topic("bread"), Note: []byte("n")}}, nil
		}, store.ErrInvalid},
		{"another place", func(l record.Link) ([]record.Entry, error) {
			return linked(alice, bakery.Key(), record.Link{N: 7, Sent: topic("x")}, "seven")
		}, store.ErrInvalid},
		{"by somebody else", func(l record.Link) ([]record.Entry, error) {
			return linked(bakery, alice.Key(), l, "not mine")
		}, store.ErrInvalid},
		{"two at one place", func(l record.Link) ([]record.Entry, error) {
			a, err := linked(alice, bakery.Key(), l, "a")
			if err != nil {
				return nil, err
			}
			b, err := linked(alice, bakery.Key(), l, "b")
			b[0].Subject = a[0].Subject
			return append(a, b...), err
		}, store.ErrInvalid},
	} {
		if err := s.AppendLinked(ctx, alice.Key(), bakery.Key(), 0, c.make); !errors.Is(err, c.want) {
			t.Errorf("make returns %s: %v, want %v", c.name, err, c.want)
		}
	}
	if n, err := s.Feed(ctx, 0, 0); len(n) != 0 || err != nil {
		t.Errorf("%d events, %v; want none", len(n), err)
	}
	checkHead(t, s, alice, bakery, store.Head{})
}

func headHeld(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	one := say(t, bakery, alice.Key(), record.Link{N: 1}, "one")
	two := say(t, bakery, alice.Key(), record.Link{N: 2, Sent: one.ID()}, "two")
	three := say(t, bakery, alice.Key(), record.Link{N: 3, Sent: two.ID()}, "three")
	// Two comes after three: what is held last is the furthest in their chain.
	for _, c := range []struct{ got, held record.Verified }{{one, one}, {three, three}, {two, three}} {
		if err := s.Append(ctx, c.got.ID(), 0, []record.Entry{{At: noon, Rec: c.got}}); err != nil {
			t.Fatal(err)
		}
		checkHead(t, s, alice, bakery, store.Head{Held: c.held.ID()})
	}
	checkHead(t, s, bakery, alice, store.Head{})
	err := s.AppendLinked(ctx, alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
		if l != (record.Link{N: 1, Held: three.ID()}) {
			t.Errorf("link %+v, want the first, holding three", l)
		}
		return linked(alice, bakery.Key(), l, "thanks")
	})
	if err != nil {
		t.Fatal(err)
	}
	open := say(t, bakery, record.Key{}, record.Link{}, "to all")
	if err := s.Append(ctx, open.ID(), 0, []record.Entry{{At: noon, Rec: open}}); err != nil {
		t.Fatal(err)
	}
	if h, err := s.Head(ctx, alice.Key(), bakery.Key()); err != nil || h.N != 1 || h.Held != three.ID() {
		t.Errorf("head %+v, %v; want one sent, three held", h, err)
	}
}

func headCountersigned(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	asked := pact(t, alice, bakery, record.Link{N: 1}, alice)
	whole := pact(t, alice, bakery, record.Link{N: 1}, alice, bakery)
	more := say(t, alice, bakery.Key(), record.Link{N: 2, Sent: asked.ID()}, "more")
	add := func(subject string, mine bool, v record.Verified) {
		t.Helper()
		if err := s.Append(ctx, topic(subject), -1, []record.Entry{{At: noon, Mine: mine, Rec: v}}); err != nil {
			t.Fatal(err)
		}
	}
	// As alice keeps it: sent, more sent, then her first comes back whole.
	add("alice's", true, asked)
	add("alice's", true, more)
	add("alice's", false, whole)
	checkHead(t, s, alice, bakery, store.Head{N: 2, Sent: more.ID()})
	checkHead(t, s, bakery, alice, store.Head{})
	// As the bakery keeps it, here in the same store: held, countersigned by itself.
	add("the bakery's", false, asked)
	add("the bakery's", true, whole)
	checkHead(t, s, bakery, alice, store.Head{Held: asked.ID()})
	checkHead(t, s, alice, bakery, store.Head{N: 2, Sent: more.ID()})
}
