package dealing

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// keys are the signers of some actors.
type keys []string

func (ks keys) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	for _, name := range ks {
		if s := recordtest.Signer(name); s.Key() == k {
			return s, nil
		}
	}
	return nil, answer.ErrNoRoad
}

func (ks keys) Owns(k record.Key) bool {
	s, err := ks.Signer(context.Background(), k)
	return s != nil && err == nil
}

// direct hands requests to the other side's service.
type direct struct{ to **agreement.Service }

func (d direct) Call(ctx context.Context, _ record.Key, req []byte) answer.Outcome {
	resp, err := (*d.to).Handle(ctx, req)
	return answer.Outcome{Resp: resp, Inferred: err}
}

func (d direct) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

type always agreement.DecisionKind

func (a always) Decide(context.Context, agreement.Proffer) (agreement.Decision, error) {
	return agreement.Decision{Kind: agreement.DecisionKind(a), Reason: agreement.ReasonTerms}, nil
}

func TestOnlyWhatWasAgreedCountsAsPrior(t *testing.T) {
	for _, c := range []struct {
		name         string
		decides      agreement.DecisionKind
		known, prior bool
	}{{"declined", agreement.Decline, true, false}, {"agreed", agreement.Accept, true, true}} {
		t.Run(c.name, func(t *testing.T) {
			hers, theirs := store.NewMemory(), store.NewMemory()
			clock := func() time.Time { return now }
			var bakery *agreement.Service
			alice := agreement.NewService(agreement.Config{Journal: hers, Keys: keys{"alice"}, Caller: direct{&bakery}, Now: clock})
			bakery = agreement.NewService(agreement.Config{Journal: theirs, Keys: keys{"the bakery"}, Caller: direct{&alice}, Decider: always(c.decides), Now: clock})
			a, b := recordtest.Signer("alice").Key(), recordtest.Signer("the bakery").Key()
			h := NewHistory(theirs)
			if known, prior, err := h.Of(t.Context(), b, a); known || prior || err != nil {
				t.Fatalf("a stranger: %v %v %v", known, prior, err)
			}
			if _, err := alice.Proffer(t.Context(), agreement.To{Me: a, Them: b}, agreement.Body{
				Terms: ref(t, "SD-BASE"), SecondName: "Bread", Purpose: "service", AnswerBy: now.Add(time.Hour),
			}); err != nil {
				t.Fatal(err)
			}
			if known, prior, err := h.Of(t.Context(), b, a); known != c.known || prior != c.prior || err != nil {
				t.Errorf("known %v, prior %v, %v; want %v, %v", known, prior, err, c.known, c.prior)
			}
		})
	}
}
