package profile

import (
	"bytes"
	"fmt"
	"slices"
)

// MaxForks is how many cards of one sequence are kept: two prove the fork, more say nothing more.
const MaxForks = 4

// Held is what somebody holds of one organisation: a pure function of the set of its
// cards, whatever the order they came in. The zero Held holds none.
type Held struct {
	cards []Card // of the highest sequence, by id, at most MaxForks
}

// Apply returns h with c, and whether that changed anything: publish or pass on only
// what did. It fails with ErrOther where c is another organisation's. It doesn't look at times.
func (h Held) Apply(c Card) (Held, bool, error) {
	if len(h.cards) == 0 || c.Key == h.cards[0].Key && c.Sequence > h.cards[0].Sequence {
		return Held{[]Card{c}}, true, nil
	}
	if c.Key != h.cards[0].Key {
		return h, false, fmt.Errorf("%w: %s, this is %s", ErrOther, c.Key.Short(), h.cards[0].Key.Short())
	}
	i, there := slices.BinarySearchFunc(h.cards, c, byID)
	if c.Sequence < h.cards[0].Sequence || there || i == MaxForks {
		return h, false, nil
	}
	cards := slices.Insert(slices.Clone(h.cards), i, c)
	return Held{cards[:min(len(cards), MaxForks)]}, true, nil
}

// Card returns the card to show, and false where there is none.
func (h Held) Card() (Card, bool) {
	if len(h.cards) == 0 {
		return Card{}, false
	}
	return h.cards[0], true
}

// Forks returns the other cards of the same sequence. An organisation that has signed
// any speaks with two tongues, or its key is in two hands: show it beside the name.
func (h Held) Forks() []Card { return slices.Clone(h.cards[min(1, len(h.cards)):]) }

// Newer reports whether a replaces b where only one of an organisation's cards can be
// kept: by its higher sequence, in a fork by its smaller id.
func Newer(a, b Card) bool {
	return a.Sequence > b.Sequence || a.Sequence == b.Sequence && byID(a, b) < 0
}

func byID(a, b Card) int { return bytes.Compare(a.ID[:], b.ID[:]) }
