package resume

import (
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Alice knew her chain up to place 5, resumed in epoch 1 and, from place 3 of that, in epoch 4.
func TestWhatWasGivenUpIsntMissing(t *testing.T) {
	x := record.SumID([]byte("x"))
	at := record.Place
	first := claimed(t, Claim{Epoch: 1, Sent: 5}, record.Link{N: at(1, 1), Sent: x})
	second := claimed(t, Claim{Epoch: 4, Sent: at(1, 3)}, record.Link{N: at(4, 1), Sent: x})
	others := claimed(t, Claim{Epoch: 3, Sent: 5, Nonce: [NonceSize]byte{1}}, record.Link{N: at(3, 1), Sent: x})
	said := []record.Entry{{Rec: first, At: time.UnixMilli(1)}, {Rec: second, At: time.UnixMilli(2)}}
	done := func(v record.Verified) record.Entry { return record.Entry{Note: note{kind: noteDone}.encode(v.ID())} }
	spans := []Span{{2, 3}, {5, 8}, {at(1, 2), at(1, 4)}, {at(3, 1), at(3, 2)}, {at(4, 2), at(4, 2)}}
	for name, c := range map[string]struct {
		me   record.Key
		mine bool
		es   []record.Entry
		want []Span
	}{
		"to her nothing, before she was answered": {alice.Key(), true, said, spans},
		"to her what she gave up first":           {alice.Key(), true, append(slices.Clone(said), done(first)), []Span{{2, 3}, {5, 5}, {at(1, 2), at(1, 4)}, {at(3, 1), at(3, 2)}, {at(4, 2), at(4, 2)}}},
		"to her all, after the last answer":       {alice.Key(), true, append(slices.Clone(said), done(second)), []Span{{2, 3}, {5, 5}, {at(1, 2), at(1, 3)}, {at(4, 2), at(4, 2)}}},
		"to her where another node's claim is":    {alice.Key(), true, []record.Entry{{Note: otherNote(others)}}, []Span{{2, 3}, {5, 8}, {at(1, 2), at(1, 4)}, {at(3, 2), at(3, 2)}, {at(4, 2), at(4, 2)}}},
		"to the bakery of hers":                   {bakery.Key(), false, said, []Span{{2, 3}, {5, 5}, {at(1, 2), at(1, 3)}, {at(4, 2), at(4, 2)}}},
		"to the bakery nothing of its own":        {bakery.Key(), true, said, spans},
		"to her nothing of the bakery's":          {alice.Key(), false, append(slices.Clone(said), done(second)), spans},
	} {
		them := bakery.Key()
		if c.me == them {
			them = alice.Key()
		}
		r, err := Fold(c.me, them, c.es)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Missing(c.mine, spans); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
