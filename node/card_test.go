package node

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

func TestACardIsMadeAnewWhenItSaysSomethingElseOrGrowsOld(t *testing.T) {
	s := store.NewMemory()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	name := "The Bakery"
	open := func() *ownCard {
		return &ownCard{
			tables: s, signer: recordtest.Signer("the bakery"), now: func() time.Time { return now },
			say: func(context.Context) (profile.Card, error) { return profile.Card{Name: name}, nil },
		}
	}
	o := open()
	get := func() profile.Card {
		t.Helper()
		v, err := o.current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, err := profile.Read(v)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := get()
	if again := get(); again.ID != first.ID {
		t.Error("the same words made another card")
	}
	o = open() // after a restart
	if again := get(); again.ID != first.ID {
		t.Error("a restart made another card")
	}
	name = "The Other Bakery"
	second := get()
	if second.Name != name || second.Sequence <= first.Sequence {
		t.Errorf("%q with sequence %d after %d", second.Name, second.Sequence, first.Sequence)
	}
	now = now.Add(cardLife / 2)
	if third := get(); third.Sequence <= second.Sequence || third.Live(now) != nil {
		t.Errorf("an old card wasn't made anew: sequence %d", third.Sequence)
	}
}
