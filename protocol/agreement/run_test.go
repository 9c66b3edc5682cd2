package agreement

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// running starts both services on the bubble's clock; what it returns stops them.
func (w *two) running(t *testing.T) (stop func()) {
	t.Helper()
	w.boot(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, s := range []*Service{w.alice, w.bakery} {
		s.Now = time.Now
		wg.Go(func() {
			if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		})
	}
	synctest.Wait()
	return func() { cancel(); wg.Wait() }
}

func inBubble() Body {
	b := someBody()
	b.AnswerBy = time.Now().Add(time.Hour)
	return b
}

func (w *two) quiet(t *testing.T, id record.ID) bool {
	a, b := w.sides(t, id)
	later := time.Now().Add(time.Hour)
	x, _ := a.Due(later)
	y, _ := b.Due(later)
	return len(x)+len(y) == 0
}

func TestReceiptsStopTheOtherSideFromSendingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		defer w.running(t)()
		const n = 40
		var ids []record.ID
		for i := range n {
			b := inBubble()
			b.Nonce[1] = byte(i)
			a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID())
		}
		time.Sleep(10 * time.Minute)
		for _, id := range ids {
			if !w.quiet(t, id) {
				t.Fatalf("%s: something is still due", id.Short())
			}
			w.wantBoth(t, id, Complete)
		}
		if got := w.toBakery.count() - n; got != 1 {
			t.Errorf("%d receipts for %d agreements, want 1", got, n)
		}
		if got := w.toAlice.count(); got != 0 {
			t.Errorf("the bakery sent %d times again", got)
		}
	})
}

func TestProfferIsSentUntilItIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		stop := w.running(t)
		w.toBakery.set(true, false)
		a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, inBubble())
		if !errors.Is(err, ErrUnreached) || a.ID().IsZero() {
			t.Fatalf("proffer: %v", err)
		}
		time.Sleep(10 * time.Minute)
		if n := w.toBakery.count(); n < 4 || n > 12 {
			t.Errorf("sent %d times in ten minutes", n)
		}
		stop()
		defer w.running(t)() // all but the journals is lost
		w.toBakery.set(false, false)
		time.Sleep(10 * time.Minute)
		w.wantBoth(t, a.ID(), Complete)
		if !w.quiet(t, a.ID()) {
			t.Error("something is still due")
		}
	})
}

func TestAnswerThatWasLostIsSentByTheOrganisation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Alternative, Terms: other}, Decision{Kind: Accept})
		defer w.running(t)()
		w.toBakery.set(false, true)
		a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, inBubble())
		if !errors.Is(err, ErrUnreached) {
			t.Fatalf("proffer: %v", err)
		}
		w.toBakery.set(true, false) // she can't call, and is called
		time.Sleep(time.Minute)
		w.wantBoth(t, a.ID(), Complete)
	})
}

func TestEndReachesAPartyThatWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		stop := w.running(t)
		a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, inBubble())
		if err != nil {
			t.Fatal(err)
		}
		w.toAlice.set(true, false)
		if _, err := w.bakery.End(t.Context(), a.ID(), ReasonEnded, ""); !errors.Is(err, ErrUnreached) {
			t.Fatalf("end: %v", err)
		}
		stop()
		defer w.running(t)()
		time.Sleep(24 * time.Hour)
		w.toAlice.set(false, false)
		time.Sleep(time.Hour)
		w.wantBoth(t, a.ID(), Ended)
		if !w.quiet(t, a.ID()) {
			t.Error("something is still due")
		}
	})
}

func TestAlternativeIsDecidedLaterWhereTheDeciderFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Alternative, Terms: other}, Decision{Kind: Accept})
		defer w.running(t)()
		w.aliceSays.fail(errors.New("her list can't be read"))
		a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, inBubble())
		if err != nil || a.State() != Answered {
			t.Fatalf("proffer: %s, %v", a.State(), err)
		}
		w.aliceSays.fail(nil)
		time.Sleep(time.Minute)
		w.wantBoth(t, a.ID(), Complete)
	})
}

func TestWithdrawalOfWhatNeverArrivedIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		defer w.running(t)()
		w.toBakery.set(true, false)
		a, _ := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, inBubble())
		w.toBakery.set(false, false)
		if _, err := w.alice.End(t.Context(), a.ID(), ReasonEnded, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		got, err := w.alice.Get(t.Context(), a.ID())
		if err != nil {
			t.Fatal(err)
		}
		if steps, wake := got.Due(time.Now()); len(steps) > 0 || !wake.IsZero() || got.State() != Ended {
			t.Errorf("%s, and still due: %v", got.State(), steps)
		}
		if w.bakeryLog.count() != 0 {
			t.Error("the bakery stored a stranger's withdrawal")
		}
	})
}

func TestAnAnswerMakesAllThatWaitsForThatPartyDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		defer w.running(t)()
		w.toBakery.set(true, false)
		var ids []record.ID
		for i := range 19 {
			b := inBubble()
			b.Nonce[1] = byte(i)
			a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b)
			if !errors.Is(err, ErrUnreached) {
				t.Fatalf("proffer: %v", err)
			}
			ids = append(ids, a.ID())
		}
		time.Sleep(20 * time.Minute)
		if n := w.toBakery.count(); n > 19*12 {
			t.Errorf("%d sendings to a party that is away", n)
		}
		w.toBakery.set(false, false)
		b := inBubble()
		b.Nonce[1] = 99
		if _, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, id := range ids {
			w.wantBoth(t, id, Complete)
		}
	})
}
