package listing

import (
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// offered keeps, with a cast, a record that says it is an offer; n tells it from others.
func offered(t *testing.T, s *store.Memory, cast string, n uint64) record.ID {
	t.Helper()
	st, err := record.New(record.Draft{
		Type: offer.TypeOffer, Version: 1, Recipient: recordtest.Key("alice"), Link: record.Link{N: n, Sent: record.SumID([]byte("before"))},
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: recordtest.Key(cast)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, recordtest.Signer(cast))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), record.SumID([]byte(cast)), -1, []record.Entry{{At: epoch, Rec: v}}); err != nil {
		t.Fatal(err)
	}
	return v.ID()
}

func TestOffersArePagedInTheOrderTheyCame(t *testing.T) {
	s := store.NewMemory()
	t.Cleanup(func() { _ = s.Close() })
	l := New(Config{Store: s})
	var want []record.ID
	for n := range uint64(5) {
		want = append(want, offered(t, s, []string{"coffee", "bread"}[n%2], n+2))
		got, err := l.Offers(t.Context(), 0, true, 1) // never behind
		if err != nil || len(got) != 1 || got[0].ID != want[n] || got[0].Place != n+1 || got[0].Cast != record.SumID([]byte([]string{"coffee", "bread"}[n%2])) {
			t.Fatalf("after offer %d: %+v (%v)", n, got, err)
		}
	}
	for _, newest := range []bool{false, true} {
		for _, size := range []int{1, 2, 5, 9} {
			var got []record.ID
			for after := uint64(0); ; {
				page, err := l.Offers(t.Context(), after, newest, size)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range page {
					got, after = append(got, o.ID), o.Place
				}
				if len(page) < size {
					break
				}
			}
			if newest {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("newest %v, %d at a time: %d offers, want %d", newest, size, len(got), len(want))
			}
		}
	}
	for i, id := range want {
		at, ok, err := l.Offer(t.Context(), id)
		if err != nil || !ok || at.Place != uint64(i+1) {
			t.Errorf("%s stands at %+v, %v (%v)", id.Short(), at, ok, err)
		}
		found, err := l.FindOffer(t.Context(), id.Short(), 3)
		if err != nil || !slices.Equal(found, []record.ID{id}) {
			t.Errorf("%s finds %v (%v)", id.Short(), found, err)
		}
	}
	if _, ok, err := l.Offer(t.Context(), record.SumID([]byte("none"))); ok || err != nil {
		t.Errorf("an offer that isn't there: %v (%v)", ok, err)
	}
}

func TestOfferKeptTwiceHasOnePlace(t *testing.T) {
	s := store.NewMemory()
	t.Cleanup(func() { _ = s.Close() })
	offered(t, s, "bread", 2)
	offered(t, s, "bread", 2)
	l := New(Config{Store: s})
	if got, err := l.Offers(t.Context(), 0, false, 9); err != nil || len(got) != 1 {
		t.Fatalf("%d offers (%v), want one", len(got), err)
	}
	offered(t, s, "bread", 2)
	if got, err := l.Offers(t.Context(), 0, false, 9); err != nil || len(got) != 1 {
		t.Errorf("%d offers (%v) later, want one", len(got), err)
	}
}
