package steward

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func TestEachCallerIsChargedForItself(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Found(t, "food")
		o := open(t, store.NewMemory(), town)
		p := exchange.Protocol{ID: community.StewardID, MaxRequest: community.MaxRequest, MaxResponse: community.MaxResponse, Rate: rate.Inf}
		desk := s.Host()
		office := exchange.New(desk, nil)
		t.Cleanup(func() { _ = office.Close() })
		find := func(record.ID) (community.Steward, bool) { return o.Steward(), true }
		if err := office.Handle(p, community.Handler(find)); err != nil {
			t.Fatal(err)
		}
		newCaller := func() community.Client {
			h := s.Host()
			x := exchange.New(h, nil)
			t.Cleanup(func() { _ = x.Close() })
			meshtest.Meet(t, h, desk)
			return community.Client{Community: town.ID(), Call: func(ctx context.Context, req []byte) answer.Outcome {
				return x.Call(ctx, desk.ID(), p, req)
			}}
		}
		alice, bob := newCaller(), newCaller()
		names := meshtest.Names(CastBurst + 2)
		forms := make([][]byte, len(names))
		for i, by := range names {
			_, forms[i] = wish(t, town, "food/bread", by)
		}
		for i := range CastBurst {
			if err := alice.Cast(t.Context(), forms[i]); err != nil {
				t.Fatalf("cast %d: %v", i, err)
			}
		}
		over := forms[CastBurst]
		var no *answer.Refusal
		if err := alice.Cast(t.Context(), over); !errors.As(err, &no) || (answer.Outcome{Said: no.Status}).Final() {
			t.Errorf("one too many: %v, want a refusal that says to try later", err)
		}
		if err := bob.Cast(t.Context(), forms[CastBurst+1]); err != nil {
			t.Errorf("another caller: %v", err)
		}
		time.Sleep(CastEvery)
		if err := alice.Cast(t.Context(), over); err != nil {
			t.Errorf("later: %v", err)
		}
		if n := len(o.published); n != CastBurst+2 {
			t.Errorf("%d published", n)
		}
	})
}
