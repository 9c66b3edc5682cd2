package resume

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

var alice, bakery = recordtest.Signer("alice"), recordtest.Signer("the bakery")

func claimed(t testing.TB, c Claim, l record.Link) record.Verified {
	t.Helper()
	r, err := New(context.Background(), c, bakery.Key(), l, alice)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// someEntries are claims and notes of one relationship, as the party that made them keeps them or as the other does.
func someEntries(t *testing.T, mine bool) []record.Entry {
	x := record.SumID([]byte("x"))
	var es []record.Entry
	add := func(c Claim, l record.Link) record.ID {
		v := claimed(t, c, l)
		es = append(es, record.Entry{Mine: mine, Rec: v})
		return v.ID()
	}
	one := add(Claim{Epoch: 1, Sent: 5}, record.Link{N: record.Place(1, 1), Sent: x})
	two := add(Claim{Epoch: 1}, record.Link{N: record.Place(1, 1)})
	add(Claim{Epoch: 3, Sent: record.Place(1, 4)}, record.Link{N: record.Place(3, 1), Sent: x})
	ask := add(Claim{LostHeld: []Span{{1, 2}}}, record.Link{N: record.Place(1, 2), Sent: x})
	es = append(es, []record.Entry{
		{Note: otherNote(claimed(t, Claim{Epoch: 3, Sent: 1, Nonce: [NonceSize]byte{9}}, record.Link{N: record.Place(3, 1), Sent: x}))},
		{Note: note{kind: noteNext, next: Cursor{Held, 3, 1}}.encode(one)}, {Note: note{kind: noteNext, next: Cursor{Sent, 9, 0}}.encode(one)},
		{Note: note{kind: noteClone}.encode(two)}, {Note: note{kind: noteDone}.encode(ask)}, {Note: []byte("of another version")},
	}...)
	return es
}

// What a relationship amounts to depends on the set of its entries alone.
func TestTheOrderOfEntriesDoesntMatter(t *testing.T) {
	for _, mine := range []bool{true, false} {
		me, them := alice.Key(), bakery.Key()
		if !mine {
			me, them = them, me
		}
		all := someEntries(t, mine)
		want, err := Fold(me, them, all)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			es := rapid.Permutation(append(all, all[:rapid.IntRange(0, len(all)).Draw(rt, "doubled")]...)).Draw(rt, "entries")
			got, err := Fold(me, them, es)
			if err != nil || !reflect.DeepEqual(got, want) {
				rt.Fatalf("%+v, %v; want %+v", got, err, want)
			}
		})
	}
}

// No place is both given up and after the resume that gave it up, whatever the resumes are.
func TestAPlaceIsRefusedExactlyBetweenWhatWasKnownAndTheNewEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Of(bakery.Key(), alice.Key())
		type gap struct{ after, before uint64 }
		var gaps []gap
		epoch := uint32(0)
		for range rapid.IntRange(0, 4).Draw(t, "resumes") {
			known := rapid.Uint32Range(0, 4).Draw(t, "known")
			sent, l := uint64(0), record.Link{}
			if known > 0 {
				sent, l.Sent = record.Place(epoch, known), record.SumID([]byte("x"))
			}
			epoch += rapid.Uint32Range(1, 2).Draw(t, "epochs")
			l.N = record.Place(epoch, 1)
			rec, err := New(context.Background(), Claim{Epoch: epoch, Sent: sent}, bakery.Key(), l, alice)
			if err != nil {
				t.Fatal(err)
			}
			v, err := rec.Verify(record.Want{Complete: true})
			if err != nil {
				t.Fatal(err)
			}
			if r, err = r.Apply(record.Entry{Rec: v, At: time.UnixMilli(1)}); err != nil {
				t.Fatal(err)
			}
			gaps = append(gaps, gap{sent, l.N})
		}
		n := record.Place(rapid.Uint32Range(0, epoch+1).Draw(t, "epoch"), rapid.Uint32Range(1, 6).Draw(t, "count"))
		want := false
		for _, g := range gaps {
			want = want || n > g.after && n < g.before
		}
		if got := r.Refuses(n); errors.Is(got, ErrEpoch) != want || (got != nil) != want {
			t.Fatalf("place %x: %v, refused is %v; %v", n, got, want, gaps)
		}
	})
}

func TestTheFirstPendingClaimOfTheLastEpochIsAskedFor(t *testing.T) {
	x := record.SumID([]byte("x"))
	old := claimed(t, Claim{Epoch: 1}, record.Link{N: record.Place(1, 1)})
	resumed := claimed(t, Claim{Epoch: 2}, record.Link{N: record.Place(2, 1)})
	ask := claimed(t, Claim{Records: []record.ID{x}}, record.Link{N: record.Place(2, 2), Sent: resumed.ID()})
	r := Of(alice.Key(), bakery.Key())
	apply := func(e record.Entry) {
		t.Helper()
		var err error
		if r, err = r.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want record.Verified, after Cursor) {
		t.Helper()
		if p, ok := r.Pending(); ok == want.IsZero() || p.Claim.ID != want.ID() || p.After != after {
			t.Errorf("pending %s after %v, want %s after %v", p.Claim.ID.Short(), p.After, want.ID().Short(), after)
		}
	}
	for _, v := range []record.Verified{ask, resumed, old} {
		apply(record.Entry{Mine: true, Rec: v})
	}
	expect(resumed, Cursor{})
	apply(record.Entry{Note: note{kind: noteNext, next: Cursor{Held, 7, 2}}.encode(resumed.ID())})
	expect(resumed, Cursor{Held, 7, 2})
	apply(record.Entry{Note: note{kind: noteDone}.encode(resumed.ID())})
	expect(ask, Cursor{})
	apply(record.Entry{Note: note{kind: noteDone}.encode(ask.ID())})
	if p, ok := r.Pending(); ok {
		t.Errorf("still pending: %+v", p)
	}
	if !r.Resumed(2) || r.Resumed(3) || !r.Asked(Claim{Records: []record.ID{x}}) || r.Asked(Claim{Records: []record.ID{old.ID()}}) {
		t.Error("what was claimed isn't what is said to be")
	}
}
