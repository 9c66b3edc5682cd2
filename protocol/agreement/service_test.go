package agreement

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

func TestAcceptedProfferIsHeldIdenticallyByBoth(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	a, b := w.wantBoth(t, id, Complete)
	for _, x := range []Agreement{a, b} {
		if !x.InForce(epoch.Add(time.Minute)) {
			t.Errorf("%s: not in force", x.Me())
		}
	}
	if w.aliceLog.appends != 2 || w.bakeryLog.appends != 1 {
		t.Errorf("%d and %d synced writes, want 2 and 1", w.aliceLog.appends, w.bakeryLog.appends)
	}
	got, err := Fold(w.bakeryLog.entries[id])
	if err != nil || got.State() != Complete || got.Me() != Second {
		t.Errorf("folding the journal gives %s as %s, %v", got.State(), got.Me(), err)
	}
}

func TestDeclineIsSignedAndKept(t *testing.T) {
	w := newTwo(t, Decision{Kind: Decline, Reason: ReasonTerms, Text: "not these"}, Decision{})
	a, _ := w.wantBoth(t, w.proffer(t).ID(), Answered)
	v := a.View(epoch)
	if v.EndedBy != Second || v.Reason != ReasonTerms || v.Text != "not these" || v.InForce {
		t.Errorf("view is %+v", v)
	}
}

func TestAlternativeOnHerListIsAgreedAtOnce(t *testing.T) {
	w := newTwo(t, Decision{Kind: Alternative, Terms: other}, Decision{Kind: Accept})
	a, _ := w.wantBoth(t, w.proffer(t).ID(), Complete)
	if v := a.View(epoch); v.Body.Terms != other || v.Agreed == v.ID || !v.InForce {
		t.Errorf("view is %+v", v)
	}
	if n := len(w.aliceSays.asked); n != 1 || w.aliceSays.asked[0].Body.Answers != a.ID() {
		t.Errorf("she was asked %d times", n)
	}
}

func TestAlternativeDeclinedEndsIt(t *testing.T) {
	w := newTwo(t, Decision{Kind: Alternative, Terms: other}, Decision{Kind: Decline, Reason: ReasonPerson})
	a, b := w.wantBoth(t, w.proffer(t).ID(), Answered)
	if a.View(epoch).EndedBy != First || b.View(epoch).EndedBy != First {
		t.Error("the decline isn't held by both")
	}
}

func TestAskedHumanAnswersLater(t *testing.T) {
	w := newTwo(t, Decision{Kind: Ask}, Decision{Kind: Ask})
	id := w.proffer(t).ID()
	a, b := w.wantBoth(t, id, Open)
	if !a.View(epoch).Theirs || !b.View(epoch).Asked {
		t.Fatalf("alice sees %q, the bakery %q", a.View(epoch).Words, b.View(epoch).Words)
	}
	w.boot(t)
	if _, err := w.bakery.Decide(t.Context(), id, Decision{Kind: Alternative, Terms: other}); err != nil {
		t.Fatal(err)
	}
	if a, _ = w.wantBoth(t, id, Answered); !a.View(epoch).Asked {
		t.Fatalf("alice sees %q", a.View(epoch).Words)
	}
	w.boot(t)
	if _, err := w.alice.Decide(t.Context(), id, Decision{Kind: Accept}); err != nil {
		t.Fatal(err)
	}
	w.wantBoth(t, id, Complete)
	if n := len(w.bakes.asked) + len(w.aliceSays.asked); n != 2 {
		t.Errorf("the deciders were asked %d times, want once each", n)
	}
	for _, x := range []struct {
		s    *Service
		d    Decision
		want error
	}{
		{w.bakery, Decision{Kind: Accept}, ErrAnswered},
		{w.alice, Decision{Kind: Decline}, ErrAnswered},
		{w.alice, Decision{Kind: Ask}, ErrDecision},
	} {
		if _, err := x.s.Decide(t.Context(), id, x.d); !errors.Is(err, x.want) {
			t.Errorf("a second decision: %v, want %v", err, x.want)
		}
	}
}

func TestEitherSideEndsForGood(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	if _, err := w.bakery.End(t.Context(), id, ReasonEnded, "we close"); err != nil {
		t.Fatal(err)
	}
	a, _ := w.wantBoth(t, id, Ended)
	if a.InForce(epoch) {
		t.Error("still in force")
	}
	if _, ok := a.Agreed(); !ok {
		t.Error("the record is gone")
	}
	if _, err := w.bakery.End(t.Context(), id, ReasonEnded, ""); !errors.Is(err, ErrEnded) {
		t.Errorf("a second end: %v", err)
	}
}

func TestWithdrawnProfferCantBeAccepted(t *testing.T) {
	w := newTwo(t, Decision{Kind: Ask}, Decision{})
	id := w.proffer(t).ID()
	if _, err := w.alice.End(t.Context(), id, ReasonEnded, ""); err != nil {
		t.Fatal(err)
	}
	if _, b := w.wantBoth(t, id, Ended); !b.View(epoch).Withdrawn {
		t.Errorf("the bakery sees %q", b.View(epoch).Words)
	}
	if _, err := w.bakery.Decide(t.Context(), id, Decision{Kind: Accept}); !errors.Is(err, ErrEnded) {
		t.Errorf("accept after a withdrawal: %v", err)
	}
}

func TestAcceptThatCrossesAWithdrawalEndsOnBothSides(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	w.toBakery.set(false, true)
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody())
	if !errors.Is(err, ErrUnreached) {
		t.Fatalf("proffer: %v", err)
	}
	w.toBakery.set(false, false)
	if _, err := w.alice.End(t.Context(), a.ID(), ReasonEnded, ""); err != nil {
		t.Fatal(err)
	}
	w.wantBoth(t, a.ID(), Ended)
}

func TestAcceptThatComesLateIsKeptAndEnded(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	w.toBakery.set(false, true)
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody())
	if !errors.Is(err, ErrUnreached) {
		t.Fatalf("proffer: %v", err)
	}
	w.toBakery.set(false, false)
	w.clock.forward(2 * time.Hour)
	w.alice.attend(t.Context(), a.ID())
	x, _ := w.wantBoth(t, a.ID(), Ended)
	if v := x.View(w.clock.now()); v.Reason != ReasonLate || v.EndedBy != First {
		t.Errorf("view is %+v", v)
	}
}

func TestDecisionAfterExpiryIsRefused(t *testing.T) {
	w := newTwo(t, Decision{Kind: Ask}, Decision{})
	id := w.proffer(t).ID()
	w.clock.forward(2 * time.Hour)
	before := w.bakeryLog.count()
	if _, err := w.bakery.Decide(t.Context(), id, Decision{Kind: Accept}); !errors.Is(err, ErrExpired) {
		t.Errorf("accept: %v", err)
	}
	if w.bakeryLog.count() != before {
		t.Error("something was stored")
	}
}

func TestPartyThatDoesntSpeakIsProfferedNothing(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	w.toBakery.silent = true
	if _, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody()); !errors.Is(err, ErrDoesntSpeak) {
		t.Errorf("proffer: %v", err)
	}
	if w.aliceLog.count() != 0 || len(w.toBakery.requests) != 0 {
		t.Error("something was signed or sent")
	}
}

func TestRepeatedProfferIsAnsweredAlikeAndStoredOnce(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	a := w.proffer(t)
	before := w.bakeryLog.count()
	resp, err := w.bakery.Handle(t.Context(), w.toBakery.requests[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeResponse(resp)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := a.Agreed()
	if len(got.records) != 1 || !slices.Equal(got.records[0], whole.Bytes()) {
		t.Error("another answer to the same proffer")
	}
	if w.bakeryLog.count() != before || len(w.bakes.asked) != 1 {
		t.Error("it was stored or decided twice")
	}
}

func TestRefusedProfferIsNotedAndNotSentAgain(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	w.bakery.Keys = ring{signer(t, "somebody else")}
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody())
	var r *answer.Refusal
	if !errors.As(err, &r) || r.Status != answer.NotAddressed {
		t.Fatalf("proffer: %v", err)
	}
	if steps, _ := a.Due(epoch.Add(time.Minute)); len(steps) != 0 || a.View(epoch).Refused != answer.NotAddressed {
		t.Errorf("still due: %v, %q", steps, a.View(epoch).Words)
	}
	if w.bakeryLog.count() != 0 {
		t.Error("it was stored")
	}
}

func TestConflictAsksTheDeciderOnce(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	j := &conflictOnce{memJournal: w.bakeryLog}
	w.bakery.Journal = j
	w.wantBoth(t, w.proffer(t).ID(), Complete)
	if !j.done || len(w.bakes.asked) != 1 {
		t.Errorf("the decider was asked %d times", len(w.bakes.asked))
	}
}

func TestNothingLeavesUnlessItIsSynced(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	w.bakeryLog.fail = errors.New("disk full")
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody())
	if !errors.Is(err, ErrUnreached) || a.State() != Open {
		t.Fatalf("proffer: %s, %v", a.State(), err)
	}
	w.bakeryLog.fail = nil
	w.clock.forward(time.Minute)
	w.alice.attend(t.Context(), a.ID())
	w.wantBoth(t, a.ID(), Complete)
}

func TestTooManyOpenProffersAreRefused(t *testing.T) {
	w := newTwo(t, Decision{Kind: Ask}, Decision{})
	b := someBody()
	for i := range MaxOpenPerParty {
		b.Nonce[0] = byte(i + 1)
		if _, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b); err != nil {
			t.Fatal(err)
		}
	}
	before := w.bakeryLog.count()
	b.Nonce[0] = 99
	_, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b)
	var r *answer.Refusal
	if !errors.As(err, &r) || r.Status != answer.Refused {
		t.Errorf("one more: %v", err)
	}
	if w.bakeryLog.count() != before {
		t.Error("it was stored")
	}
}

// conflictOnce has its first append lose to another writer.
type conflictOnce struct {
	*memJournal
	done bool
}

func (j *conflictOnce) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	if !j.done {
		j.done = true
		return record.ErrConflict
	}
	return j.memJournal.Append(ctx, subject, expect, es)
}
