package profile

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func card(sequence uint64, id byte) Card {
	return Card{ID: record.ID{id}, Key: recordtest.Key("the bakery"), Sequence: sequence}
}

// Every order of a set of cards has to end in the same state.
func TestStateIsAFunctionOfTheSetOfCards(t *testing.T) {
	set := []Card{card(1, 9), card(2, 5), card(2, 3), card(2, 4), card(2, 1), card(2, 2)}
	want := []Card{card(2, 1), card(2, 2), card(2, 3), card(2, 4)}
	n := 0
	permute(set, func(order []Card) {
		var h Held
		for _, c := range slices.Concat(order, order) {
			var err error
			if h, _, err = h.Apply(c); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(h.cards, want) {
			t.Fatalf("order %v ends in %v", order, h.cards)
		}
		n++
	})
	if n != 720 {
		t.Errorf("%d orders tried", n)
	}
}

func permute(s []Card, f func([]Card)) {
	var rec func(int)
	rec = func(k int) {
		if k == len(s) {
			f(s)
			return
		}
		for i := k; i < len(s); i++ {
			s[k], s[i] = s[i], s[k]
			rec(k + 1)
			s[k], s[i] = s[i], s[k]
		}
	}
	rec(0)
}

func TestTheNewestCardIsShownAndForksBesideIt(t *testing.T) {
	var h Held
	if _, ok := h.Card(); ok || len(h.Forks()) != 0 {
		t.Error("the zero Held shows a card")
	}
	for _, c := range []struct {
		card    Card
		changed bool
		shown   Card
		forks   int
	}{
		{card(2, 5), true, card(2, 5), 0},
		{card(2, 5), false, card(2, 5), 0},
		{card(1, 1), false, card(2, 5), 0},
		{card(2, 3), true, card(2, 3), 1},
		{card(3, 8), true, card(3, 8), 0},
	} {
		var changed bool
		var err error
		if h, changed, err = h.Apply(c.card); err != nil || changed != c.changed {
			t.Errorf("%d/%d: changed %t, %v", c.card.Sequence, c.card.ID[0], changed, err)
		}
		if got, ok := h.Card(); !ok || got.ID != c.shown.ID || len(h.Forks()) != c.forks {
			t.Errorf("%d/%d: shows %d with %d forks", c.card.Sequence, c.card.ID[0], got.ID[0], len(h.Forks()))
		}
	}
}

func TestAnotherOrganisationsCardChangesNothing(t *testing.T) {
	h, _, _ := Held{}.Apply(card(1, 1))
	other := card(9, 9)
	other.Key = recordtest.Key("bob")
	got, changed, err := h.Apply(other)
	if !errors.Is(err, ErrOther) || changed || !reflect.DeepEqual(got, h) {
		t.Errorf("got %v, %t, %v", got, changed, err)
	}
}

func TestNewerOrdersAllCardsOfAnOrganisation(t *testing.T) {
	if !Newer(card(2, 9), card(1, 1)) || Newer(card(1, 1), card(2, 9)) {
		t.Error("a higher sequence isn't newer")
	}
	if !Newer(card(2, 1), card(2, 9)) || Newer(card(2, 9), card(2, 1)) || Newer(card(2, 1), card(2, 1)) {
		t.Error("a fork isn't ordered by id")
	}
}
