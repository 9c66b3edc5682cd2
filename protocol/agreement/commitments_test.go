package agreement

import (
	"errors"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
)

// committed is someBody with a commitment to its first category of data.
func committed() Body {
	b := someBody()
	b.Commitments = []commitment.Commitment{{0xc0}, {}}
	return b
}

func (w between) profferOf(b Body) record.Record {
	w.t.Helper()
	d, err := profferDraft(actorAlice.Key(), actorBakery.Key(), b, record.Link{N: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	return formtest.Sign(w.t, d, actorAlice)
}

// uncommitted are proffers whose commitments no reader may take, and an alternative that changes them.
func (w between) uncommitted() map[string][]badRequest {
	// with returns the proffer with these bytes as field 12, each a commitment.
	with := func(cs ...[]byte) []byte {
		d := formtest.Draft(w.proffer)
		for _, c := range cs {
			d.Payload = append(append(d.Payload, 12<<3|2, byte(len(c))), c...)
		}
		return w.request(formtest.Sign(w.t, d, actorAlice).Bytes())
	}
	c, zeros := slices.Repeat([]byte{0xc0}, 32), make([]byte, 32)
	changes := w.agreement(Second, w.proffer)
	f := *changes.proffer
	f.m.Body = committed()
	changes.proffer = &f
	return map[string][]badRequest{
		"proffer": {
			{"with fewer commitments than data", with(c), answer.Malformed},
			{"with more commitments than data", with(c, c, c), answer.Malformed},
			{"with commitments that are all empty", with(nil, nil), answer.Malformed},
			{"with a commitment of zeros", with(c, zeros), answer.Malformed},
			{"with a short commitment", with(c, c[1:]), answer.Malformed},
			{"with a long commitment", with(c, append(c, 0)), answer.Malformed},
		},
		"alternative": {{"that commits to something", w.request(w.sign(changes, act{kind: KindAlternative, terms: other}, actorBakery).Bytes()), answer.Malformed}},
	}
}

func TestCommitmentsAreThoseOfTheProfferAndStayInAnAlternative(t *testing.T) {
	w := newBetween(t)
	p := w.profferOf(committed())
	a := w.agreement(Second, p)
	if got := a.View(epoch).Body; !slices.Equal(got.Commitments, committed().Commitments) {
		t.Fatalf("read as %v", got.Commitments)
	}
	alt := w.sign(a, act{kind: KindAlternative, terms: other}, actorBakery)
	_, next, err := For(First).applyOwn(p, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if _, next, err = next.applyOwn(alt, epoch); err != nil {
		t.Fatal(err)
	}
	if got := next.View(epoch).Body; got.Terms != other || got.Nonce == committed().Nonce || !slices.Equal(got.Commitments, committed().Commitments) {
		t.Errorf("the alternative commits to %v", got.Commitments)
	}
	if next.Nonce() != committed().Nonce {
		t.Error("the commitments' nonce isn't the proffer's")
	}
}

func TestABodySaysWhatItCommitsToByCategory(t *testing.T) {
	b := committed()
	if b.Commitment("name") != b.Commitments[0] || !b.Commitment("address").IsZero() || !b.Commitment("health").IsZero() || !someBody().Commitment("name").IsZero() {
		t.Error("another commitment than the category's")
	}
	b.Data = b.Data[:1]
	if err := b.Validate(); !errors.Is(err, ErrMalformed) {
		t.Errorf("more commitments than data: %v", err)
	}
}
