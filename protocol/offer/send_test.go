package offer

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// vendor is the bakery's node, whose calls end as answers says, one after the other.
type vendor struct {
	*Service
	journal *journal
	now     time.Time
	answers []answer.Outcome
	sent    [][]byte
}

func newVendor(answers ...answer.Outcome) *vendor {
	v := &vendor{journal: &journal{entries: map[record.ID][]record.Entry{}}, now: noon, answers: answers}
	v.Service = NewService(Config{
		Journal: v.journal, Keys: keys{bakery}, Now: func() time.Time { return v.now },
		Caller: call(func(req []byte) answer.Outcome {
			v.sent = append(v.sent, req)
			if len(v.answers) < len(v.sent) {
				return answer.Outcome{Inferred: fmt.Errorf("no answer to call %d", len(v.sent))}
			}
			return v.answers[len(v.sent)-1]
		}),
	})
	return v
}

func (v *vendor) state(t *testing.T, id record.ID) State {
	t.Helper()
	o, err := v.Offers(t.Context(), beans().Cast)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := o.Get(id)
	if !ok {
		t.Fatal("the offer isn't kept")
	}
	return s.State(v.now)
}

func TestAnOfferIsKeptBeforeItIsSentAndTriedAgainUntilItIsHeld(t *testing.T) {
	lost := answer.Outcome{Inferred: answer.ErrNoRoad}
	v := newVendor(lost, answer.Outcome{Turned: answer.Busy}, answer.Outcome{Said: answer.Internal}, answer.Outcome{})
	o, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey))
	if !errors.Is(err, answer.ErrNoRoad) || o.ID.IsZero() || v.state(t, o.ID) != Made {
		t.Fatalf("%s: %v", o.ID.Short(), err)
	}
	for i, want := range []State{Made, Made, Delivered, Delivered} {
		if err := v.Deliver(t.Context(), o.Cast, o.ID); (err == nil) != (want == Delivered) || v.state(t, o.ID) != want {
			t.Errorf("try %d: %s, %v", i+2, v.state(t, o.ID), err)
		}
	}
	if len(v.sent) != 4 || !slices.EqualFunc(v.sent[1:], v.sent[:3], slices.Equal) {
		t.Errorf("%d calls, or not the same bytes each time", len(v.sent))
	}
}

func TestWhatAPersonsNodeSaysNoToIsNotSentAgain(t *testing.T) {
	v := newVendor(answer.Outcome{Said: answer.Expired, Text: "the cast is over"})
	o, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey))
	if status(err) != answer.Expired || v.state(t, o.ID) != Refused {
		t.Fatalf("%s: %v", v.state(t, o.ID), err)
	}
	if err := v.Deliver(t.Context(), o.Cast, o.ID); err != nil || len(v.sent) != 1 {
		t.Errorf("%v after %d calls", err, len(v.sent))
	}
}

func TestALapsedOfferIsNeitherMadeNorSentAgain(t *testing.T) {
	v := newVendor()
	o, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey))
	if err == nil || o.ID.IsZero() {
		t.Fatal(err)
	}
	v.now = beans().GoodUntil
	if err := v.Deliver(t.Context(), o.Cast, o.ID); err != nil || len(v.sent) != 1 {
		t.Errorf("%v after %d calls", err, len(v.sent))
	}
	if _, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey)); !errors.Is(err, ErrLapsed) {
		t.Errorf("made when lapsed: %v", err)
	}
}

func TestOffersThatCannotBeMadeAreNotKept(t *testing.T) {
	v := newVendor()
	if _, err := v.Send(t.Context(), beans(), recordtest.Key("the mill"), recordtest.Key(castKey)); !errors.Is(err, errUnknown) {
		t.Errorf("under a key of somebody else: %v", err)
	}
	if _, err := v.Send(t.Context(), badOffers()["no quantity"], recordtest.Key(bakery), recordtest.Key(castKey)); !errors.Is(err, ErrMalformed) {
		t.Errorf("without a quantity: %v", err)
	}
	if err := v.Deliver(t.Context(), beans().Cast, record.ID{1}); status(err) != answer.NotFound {
		t.Errorf("one that isn't there: %v", err)
	}
	if len(v.journal.entries) > 0 || len(v.sent) > 0 {
		t.Errorf("%d kept, %d sent", len(v.journal.entries), len(v.sent))
	}
}

func TestAVendorsOffersForOneCastAreBoundedAndChained(t *testing.T) {
	v := newVendor()
	for i := range MaxPerVendor {
		o, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey))
		if o.ID.IsZero() {
			t.Fatal(err)
		}
		if l := v.journal.entries[o.Cast][i].Rec.Statement().Link(); l.N != uint64(i+1) {
			t.Errorf("offer %d has place %d", i+1, l.N)
		}
	}
	if _, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey)); !errors.Is(err, ErrMany) {
		t.Errorf("offer %d: %v", MaxPerVendor+1, err)
	}
}

// From one side to the other, whole.
func TestWhatTheVendorSendsThePersonHolds(t *testing.T) {
	p := newPerson()
	v := newVendor()
	v.c.Caller = call(func(req []byte) answer.Outcome {
		resp, err := p.Handle(t.Context(), req)
		return answer.Outcome{Resp: resp, Said: status(err)}
	})
	o, err := v.Send(t.Context(), beans(), recordtest.Key(bakery), recordtest.Key(castKey))
	if err != nil || v.state(t, o.ID) != Delivered {
		t.Fatal(err)
	}
	hers, ours := p.journal.entries[o.Cast][0].Rec, v.journal.entries[o.Cast][0].Rec
	if hers.Record().Sum() != ours.Record().Sum() {
		t.Error("the two sides hold different bytes")
	}
}
