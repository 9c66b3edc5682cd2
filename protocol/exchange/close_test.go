package exchange

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/bywaynet/byway/protocol/answer"
)

func TestCloseJoinsHandlers(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			leaks := goleak.IgnoreCurrent()
			a, b := newHost(t, tr.address), newHost(t, tr.address)
			alice, bakery := newActor(t, a), newActor(t, b)
			meet(t, a, b)
			started := make(chan struct{}, 8)
			var returned atomic.Int32
			bakery.handle(t, echo, func(ctx context.Context, _ []byte) ([]byte, error) {
				started <- struct{}{}
				<-ctx.Done()
				returned.Add(1)
				return nil, ctx.Err()
			})
			outs := make(chan answer.Outcome, 8)
			for range 8 {
				go func() { outs <- alice.Call(context.WithoutCancel(t.Context()), b.ID(), echo, nil) }()
			}
			for range 8 {
				<-started
			}
			_ = bakery.Close()
			if n := returned.Load(); n != 8 {
				t.Errorf("Close returned when %d of 8 handlers had", n)
			}
			for range 8 {
				if out := <-outs; out.Turned != answer.Closing {
					t.Errorf("what was under way: %+v, want Closing", out)
				}
			}
			if out := alice.Call(t.Context(), b.ID(), echo, nil); out.Turned != answer.Closing {
				t.Errorf("a call after Close: %+v, want Closing", out)
			}
			if err := bakery.Handle(Protocol{ID: "/byway/x/1", MaxRequest: 1, MaxResponse: 1}, echoing); !errors.Is(err, ErrClosed) {
				t.Errorf("Handle after Close: %v", err)
			}
			_ = alice.Close()
			if out := alice.Call(t.Context(), b.ID(), echo, nil); !errors.Is(out.Inferred, ErrClosed) {
				t.Errorf("calling after one's own Close: %+v", out)
			}
			_ = alice.Close() // once more is harmless
			_, _ = a.Close(), b.Close()
			goleak.VerifyNone(t, leaks)
		})
	}
}

func TestCloseEndsOnesOwnCalls(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		started := make(chan struct{})
		bakery.handle(t, echo, func(ctx context.Context, _ []byte) ([]byte, error) {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		out := make(chan answer.Outcome)
		go func() { out <- alice.Call(context.WithoutCancel(t.Context()), bakery.host.ID(), echo, nil) }()
		<-started
		_ = alice.Close()
		if o := <-out; !errors.Is(o.Inferred, ErrClosed) {
			t.Errorf("%+v, want ErrClosed", o)
		}
	})
}
