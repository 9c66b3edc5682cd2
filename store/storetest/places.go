package storetest

import (
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// told is one side of a chain being told: each statement is at the next place.
type told struct {
	t    *testing.T
	by   record.Signer
	to   record.Key
	last record.Link
	id   record.ID
}

// next returns the statement at the place after the last; the first of an epoch where epoch is above its.
func (c *told) next(epoch uint32, text string) record.Verified {
	c.t.Helper()
	l := record.Link{N: max(c.last.N+1, record.Place(epoch, 1)), Sent: c.id}
	v := say(c.t, c.by, c.to, l, text)
	c.last, c.id = l, v.ID()
	return v
}

func keep(t *testing.T, s Store, mine bool, vs ...record.Verified) {
	t.Helper()
	for _, v := range vs {
		if err := s.Append(t.Context(), v.ID(), -1, []record.Entry{{At: noon, Mine: mine, Rec: v}}); err != nil {
			t.Fatal(err)
		}
	}
}

func checkGaps(t *testing.T, s Store, me, them record.Signer, side store.Side, want ...store.Range) {
	t.Helper()
	p, err := s.Pair(t.Context(), me.Key(), them.Key())
	if err != nil || !slices.Equal(p.Gaps[side], want) {
		t.Errorf("gaps %v, %v; want %v", p.Gaps[side], err, want)
	}
}

func checkFaults(t *testing.T, s Store, me, them record.Signer, want ...store.FaultKind) []store.Fault {
	t.Helper()
	fs, _, err := s.Faults(t.Context(), me.Key(), them.Key(), nil, 0)
	var got []store.FaultKind
	for _, f := range fs {
		got = append(got, f.Kind)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("faults %v, %v; want %v", got, err, want)
	}
	return fs
}

func epochs(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	var links []record.Link
	var ids []record.ID
	send := func(text string) {
		t.Helper()
		err := s.AppendLinked(ctx, alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
			es, err := linked(alice, bakery.Key(), l, text)
			links, ids = append(links, l), append(ids, es[0].Rec.ID())
			return es, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send("one")
	if e, err := s.NextEpoch(ctx); e != 1 || err != nil {
		t.Fatalf("epoch %d, %v; want 1", e, err)
	}
	send("two")
	send("three")
	want := []record.Link{{N: 1}, {N: record.Place(1, 1), Sent: ids[0]}, {N: record.Place(1, 2), Sent: ids[1]}}
	if !slices.Equal(links, want) {
		t.Errorf("links %v, want %v", links, want)
	}
	if e, err := s.Epoch(ctx); e != 1 || err != nil {
		t.Errorf("epoch %d, %v; want 1", e, err)
	}
	checkGaps(t, s, alice, bakery, store.Sent)
	checkHead(t, s, alice, bakery, store.Head{N: record.Place(1, 2), Sent: ids[2]})
}

func gaps(t *testing.T, s Store) {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	c := told{t: t, by: bakery, to: alice.Key()}
	var vs []record.Verified
	for range 6 {
		vs = append(vs, c.next(0, "more"))
	}
	keep(t, s, false, vs[0], vs[5])
	checkGaps(t, s, alice, bakery, store.Held, store.Range{First: 2, Last: 5})
	keep(t, s, false, vs[2])
	checkGaps(t, s, alice, bakery, store.Held, store.Range{First: 2, Last: 2}, store.Range{First: 4, Last: 5})
	keep(t, s, false, vs[1], vs[4], vs[3], vs[3])
	checkGaps(t, s, alice, bakery, store.Held)
	checkFaults(t, s, alice, bakery)
	checkHead(t, s, alice, bakery, store.Head{Held: vs[5].ID()})
}

// lateEpoch has what was sent in an earlier epoch come after the next began, as it does after a loss.
func lateEpoch(t *testing.T, s Store) {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	c := told{t: t, by: alice, to: bakery.Key()}
	one, two, three := c.next(0, "one"), c.next(0, "two"), c.next(0, "three")
	restored := c // its copy ended with one
	restored.last, restored.id = record.Link{N: 1}, one.ID()
	resume := restored.next(1, "resume")
	keep(t, s, true, one, resume)
	checkGaps(t, s, alice, bakery, store.Sent)
	keep(t, s, true, three)
	checkGaps(t, s, alice, bakery, store.Sent, store.Range{First: 2, Last: 2})
	keep(t, s, true, two)
	checkGaps(t, s, alice, bakery, store.Sent)
	later := told{t: t, by: alice, to: bakery.Key(), last: record.Link{N: record.Place(3, 1)}, id: resume.ID()}
	keep(t, s, true, later.next(3, "the second of epoch 3"))
	first := record.Place(3, 1)
	checkGaps(t, s, alice, bakery, store.Sent, store.Range{First: first, Last: first})
	checkFaults(t, s, alice, bakery)
}

func fork(t *testing.T, s Store) {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	a := say(t, bakery, alice.Key(), record.Link{N: 1}, "a")
	b := say(t, bakery, alice.Key(), record.Link{N: 1}, "b")
	keep(t, s, false, a, b, say(t, bakery, alice.Key(), record.Link{N: 1}, "c"))
	fs := checkFaults(t, s, alice, bakery, store.Fork)
	if f := fs[0]; f.N != 1 || f.Side != store.Held || f.First.Rec.ID() != a.ID() || f.Second.Rec.ID() != b.ID() || !f.At.Equal(noon) {
		t.Errorf("fault %+v; want both statements at place 1", f)
	}
	checkHead(t, s, alice, bakery, store.Head{Held: a.ID()})
	own := told{t: t, by: alice, to: bakery.Key()}
	keep(t, s, true, own.next(0, "mine"), say(t, alice, bakery.Key(), record.Link{N: 1}, "made elsewhere"))
	if fs := checkFaults(t, s, alice, bakery, store.Fork, store.Fork); fs[0].Side != store.Sent {
		t.Errorf("fault %+v; want one of the own side first", fs[0])
	}
}

func rewrite(t *testing.T, s Store) {
	alice, bakery, bob := actor(t, "alice"), actor(t, "the bakery"), actor(t, "bob")
	one := say(t, bakery, alice.Key(), record.Link{N: 1}, "one")
	two := say(t, bakery, alice.Key(), record.Link{N: 2, Sent: topic("another one")}, "two")
	keep(t, s, false, one, two)
	fs := checkFaults(t, s, alice, bakery, store.Rewrite)
	if f := fs[0]; f.N != 2 || f.First.Rec.ID() != one.ID() || f.Second.Rec.ID() != two.ID() {
		t.Errorf("fault %+v; want both statements", f)
	}
	// The other way round it shows once the earlier one comes.
	first := say(t, bob, alice.Key(), record.Link{N: 1}, "one")
	second := say(t, bob, alice.Key(), record.Link{N: 2, Sent: topic("another one")}, "two")
	keep(t, s, false, second)
	checkFaults(t, s, alice, bob)
	keep(t, s, false, first)
	checkFaults(t, s, alice, bob, store.Rewrite)
}

func unknownHeld(t *testing.T, s Store) {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	lost := say(t, alice, bakery.Key(), record.Link{N: 1}, "lost here")
	answer := say(t, bakery, alice.Key(), record.Link{N: 1, Held: lost.ID()}, "an answer to it")
	keep(t, s, false, answer)
	fs := checkFaults(t, s, alice, bakery, store.UnknownHeld)
	if f := fs[0]; f.Unknown != lost.ID() || f.First.Rec.ID() != answer.ID() || !f.Second.Rec.IsZero() {
		t.Errorf("fault %+v; want what they hold, and who says so", f)
	}
	keep(t, s, true, lost)
	checkFaults(t, s, alice, bakery)
}

func placesPaged(t *testing.T, s Store) {
	ctx, alice := t.Context(), actor(t, "alice")
	names := []string{"the bakery", "bob", "carol"}
	for _, name := range names {
		c := told{t: t, by: actor(t, name), to: alice.Key()}
		keep(t, s, false, c.next(0, "1"), c.next(0, "2"), c.next(2, "3"))
	}
	var seen []record.Key
	for after := (store.Pair{}); ; {
		page, err := s.Pairs(ctx, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			seen = append(seen, p.Them)
			if p.Me != alice.Key() || p.HeldN != record.Place(2, 1) {
				t.Errorf("pair %+v", p)
			}
		}
		after = page[len(page)-1]
	}
	if len(seen) != len(names) {
		t.Errorf("%d pairs, want %d", len(seen), len(names))
	}
	var ns []uint64
	for from := uint64(0); ; {
		page, err := s.Places(ctx, alice.Key(), seen[0], store.Held, from, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		ns = append(ns, page[0].N)
		if page[0].Subject != page[0].ID || page[0].Index != 0 {
			t.Errorf("place %+v", page[0])
		}
		from = page[0].N + 1
	}
	if want := []uint64{1, 2, record.Place(2, 1)}; !slices.Equal(ns, want) {
		t.Errorf("places %v, want %v", ns, want)
	}
}
