package agreement

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// lose has alice lose all that she kept, and a month pass.
func (w *two) lose(t *testing.T) {
	t.Helper()
	w.aliceLog = newJournal()
	w.clock.forward(30 * 24 * time.Hour)
	w.boot(t)
}

// back hands alice what the bakery holds of a thread.
func (w *two) back(t *testing.T, id record.ID) {
	t.Helper()
	for _, e := range w.bakeryLog.entries[id] {
		if e.Rec.IsZero() {
			continue
		}
		if ids, err := w.alice.Recover(t.Context(), e.Rec, e.At); err != nil || !slices.Equal(ids, []record.ID{id}) {
			t.Fatalf("a %s comes back: %v, %v", e.Rec.Statement().Type(), ids, err)
		}
	}
}

// acknowledge signs and delivers alice's receipt of what she holds of a thread.
func (w *two) acknowledge(t *testing.T, id record.ID) {
	t.Helper()
	a, _ := w.sides(t, id)
	if err := w.alice.receipt(t.Context(), pair{First, w.aliceKey, w.bakeryKey}, a.owed()); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasAcknowledgedBeforeALossIsntLate(t *testing.T) {
	for name, c := range map[string]struct {
		acknowledged bool
		want         []Do
	}{
		"acknowledged":     {true, nil},
		"not acknowledged": {false, []Do{DoEnd, DoReceipt}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwo(t, Decision{Kind: Accept}, Decision{})
			id := w.proffer(t).ID()
			if c.acknowledged {
				w.acknowledge(t, id)
			}
			w.lose(t)
			w.back(t, id)
			before := w.aliceLog.count()
			w.back(t, id)
			if after := w.aliceLog.count(); after != before {
				t.Errorf("held already, it added %d entries", after-before)
			}
			a, _ := w.wantBoth(t, id, Complete)
			if a.Me() != First || a.InForce(w.clock.now()) != c.acknowledged {
				t.Errorf("as %s, in force: %t", a.Me(), a.InForce(w.clock.now()))
			}
			steps, _ := a.Due(w.clock.now())
			var got []Do
			for _, s := range steps {
				got = append(got, s.Do)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("due: %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatSheSignedBeforeALossIsHersAgain(t *testing.T) {
	w := newTwo(t, Decision{Kind: Alternative, Terms: other}, Decision{Kind: Accept})
	id := w.proffer(t).ID()
	w.lose(t)
	w.back(t, id)
	w.wantBoth(t, id, Complete)
	if _, err := w.alice.Decide(t.Context(), id, Decision{Kind: Decline}); !errors.Is(err, ErrAnswered) {
		t.Errorf("declined after all: %v", err)
	}
	if n := len(w.aliceSays.asked); n != 1 {
		t.Errorf("she was asked %d times, want once, before the loss", n)
	}
}

// No body says when it was signed: what came back shows when the other side kept it, and is judged by nothing of that.
func TestAThreadThatCameBackShowsWhenItBegan(t *testing.T) {
	for name, c := range map[string]struct {
		shift time.Duration // of what the other side says
		said  bool
	}{"as it was": {0, true}, "in the future": {90 * 24 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			w := newTwo(t, Decision{Kind: Accept}, Decision{})
			began := w.clock.now()
			id := w.proffer(t).ID()
			w.lose(t)
			for _, e := range w.bakeryLog.entries[id] {
				if _, err := w.alice.Recover(t.Context(), e.Rec, e.At.Add(c.shift)); err != nil {
					t.Fatal(err)
				}
			}
			want := w.clock.now()
			if c.said {
				want = began
			}
			for range 2 {
				a, err := w.alice.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if got := a.View(w.clock.now()).Began; !got.Equal(want) {
					t.Errorf("began %v, want %v", got, want)
				}
				if steps, _ := a.Due(w.clock.now()); len(steps) == 0 || steps[0].Do != DoEnd {
					t.Errorf("what she never acknowledged isn't late any more: %v", steps)
				}
				w.boot(t)
			}
		})
	}
}

func TestNothingIsSignedBeforeARelationshipIsResumed(t *testing.T) {
	w := newTwo(t, Decision{Kind: Ask}, Decision{Kind: Ask})
	id := w.proffer(t).ID()
	unready := func(context.Context, record.Key, record.Key) error { return ErrResuming }
	w.bakery.Ready, w.alice.Ready = unready, unready
	kept := w.bakeryLog.count() + w.aliceLog.count()
	for name, do := range map[string]func() error{
		"a decision": func() error {
			_, err := w.bakery.Decide(t.Context(), id, Decision{Kind: Accept})
			return err
		},
		"an end": func() error { _, err := w.alice.End(t.Context(), id, ReasonEnded, ""); return err },
		"a receipt": func() error {
			return w.alice.receipt(t.Context(), pair{First, w.aliceKey, w.bakeryKey}, []Received{{ID: id, Proffer: id}})
		},
		"an answer to a new proffer": func() error {
			b := someBody()
			b.Nonce[0] = 9
			payload, err := profferDraft(w.aliceKey, w.bakeryKey, b, record.Link{N: 9, Sent: id})
			if err != nil {
				return err
			}
			r, err := sign(t.Context(), payload, signer(t, "alice"))
			if err != nil {
				return err
			}
			req, err := request{rec: r.Bytes()}.encode()
			if err != nil {
				return err
			}
			_, err = w.bakery.Handle(t.Context(), req)
			return err
		},
	} {
		if err := do(); !errors.Is(err, ErrResuming) {
			t.Errorf("%s: %v, want ErrResuming", name, err)
		}
	}
	if after := w.bakeryLog.count() + w.aliceLog.count(); after != kept {
		t.Errorf("%d entries were added", after-kept)
	}
	w.bakery.Ready = func(context.Context, record.Key, record.Key) error { return nil }
	if _, err := w.bakery.Decide(t.Context(), id, Decision{Kind: Accept}); err != nil {
		t.Fatal(err)
	}
	w.wantBoth(t, id, Complete)
}

func TestBadRecoveriesAreRefusedAndChangeNothing(t *testing.T) {
	w := newTwo(t, Decision{Kind: Decline, Reason: ReasonTerms}, Decision{})
	id := w.proffer(t).ID()
	stranger := newTwo(t, Decision{Kind: Accept}, Decision{})
	stranger.aliceKey = signer(t, "carol").Key()
	stranger.alice.Keys = ring{signer(t, "carol")}
	foreign := stranger.proffer(t).ID()
	var decline record.Verified
	for _, e := range w.bakeryLog.entries[id] {
		if !e.Rec.IsZero() && e.Rec.Statement().Type() == TypeDecline {
			decline = e.Rec
		}
	}
	w.lose(t)
	for name, c := range map[string]struct {
		rec  record.Verified
		want error
	}{
		"an answer before its proffer": {decline, ErrUnknown},
		"between others":               {stranger.bakeryLog.entries[foreign][0].Rec, record.ErrRecipient},
		"nothing":                      {record.Verified{}, ErrType},
	} {
		if _, err := w.alice.Recover(t.Context(), c.rec, time.Time{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := w.alice.RecoverAlong(t.Context(), id, decline); !errors.Is(err, ErrUnknown) {
		t.Errorf("along with no proffer: %v, want ErrUnknown", err)
	}
	if n := w.aliceLog.count(); n != 0 {
		t.Errorf("%d entries were added", n)
	}
}

func TestAContradictionIsShownToWhoKeepsProofs(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	var told []record.ID
	w.alice.Contradicted = func(_ context.Context, me, them record.Key, v record.Verified) {
		if me != w.aliceKey || them != w.bakeryKey {
			t.Errorf("between %s and %s", me.Short(), them.Short())
		}
		told = append(told, v.ID())
	}
	if _, err := w.bakery.End(t.Context(), id, ReasonEnded, "once"); err != nil {
		t.Fatal(err)
	}
	w.bakeryLog.entries[id] = w.bakeryLog.entries[id][:len(w.bakeryLog.entries[id])-1]
	w.boot(t)
	w.alice.Contradicted = func(_ context.Context, _, _ record.Key, v record.Verified) { told = append(told, v.ID()) }
	if _, err := w.bakery.End(t.Context(), id, ReasonEnded, "and once more"); err == nil {
		t.Error("the second end was taken")
	}
	if len(told) != 1 {
		t.Errorf("%d contradictions shown, want the second end", len(told))
	}
}

// Damage took the beginning of a thread; what is left counts again once that is back.
func TestAThreadWithoutItsBeginningIsWholeOnceThatIsBack(t *testing.T) {
	w := newTwo(t, Decision{Kind: Decline, Reason: ReasonTerms}, Decision{})
	id := w.proffer(t).ID()
	w.acknowledge(t, id)
	if _, err := w.alice.End(t.Context(), id, ReasonEnded, ""); err != nil {
		t.Fatal(err)
	}
	want, _ := w.sides(t, id)
	w.aliceLog.entries[id] = w.aliceLog.entries[id][1:]
	w.boot(t)
	if _, err := w.alice.Get(t.Context(), id); !errors.Is(err, ErrUnknown) {
		t.Fatalf("without its proffer: %v, want ErrUnknown", err)
	}
	if _, err := w.alice.Recover(t.Context(), w.bakeryLog.entries[id][0].Rec, time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.wantBoth(t, id, Ended)
	got, _ := w.sides(t, id)
	if got.Me() != First || got.declines[1] == nil || len(got.receipts[0]) != len(want.receipts[0]) {
		t.Errorf("as %s, declined %v, %d receipts, want %d", got.Me(), got.declines[1] != nil, len(got.receipts[0]), len(want.receipts[0]))
	}
	w.boot(t)
	w.wantBoth(t, id, Ended)
}

// A subject that isn't a thread may hold records of threads, as proofs: it begins none.
func TestRecordsOfAnotherThreadBeginNone(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	beside := record.SumID([]byte("beside"))
	var es []record.Entry
	for _, e := range w.bakeryLog.entries[id] {
		e.Subject = beside
		es = append(es, e)
	}
	if a, err := Fold(es); err != nil || !a.ID().IsZero() {
		t.Errorf("they fold to %s, %v", a.ID().Short(), err)
	}
}
