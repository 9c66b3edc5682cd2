package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/protocol/answer"
)

// onBoth runs a test with alice, who asks, and the bakery, over QUIC and over TCP.
func onBoth(t *testing.T, test func(t *testing.T, alice, bakery actor)) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			alice, bakery := newActor(t, newHost(t, tr.address)), newActor(t, newHost(t, tr.address))
			meet(t, alice.host, bakery.host)
			test(t, alice, bakery)
		})
	}
}

func (a actor) handle(t *testing.T, p Protocol, h answer.Handler) {
	t.Helper()
	if err := a.Handle(p, h); err != nil {
		t.Fatal(err)
	}
}

// streams counts the streams of a protocol that a has with b.
func streams(a, b host.Host, p Protocol) (n int) {
	for _, c := range a.Network().ConnsToPeer(b.ID()) {
		for _, s := range c.GetStreams() {
			if s.Protocol() == p.ID {
				n++
			}
		}
	}
	return n
}

func TestWhatThePeerSaysArrives(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, func(_ context.Context, req []byte) ([]byte, error) {
			switch string(req) {
			case "refuse":
				return nil, fmt.Errorf("wrapped: %w", answer.Refuse(answer.Refused, "not\x1b[31m on %s", "sundays"))
			case "long":
				return nil, answer.Refuse(answer.Conflict, "%s", strings.Repeat("ß", answer.MaxText))
			case "fail":
				return nil, errors.New("the oven's secret temperature")
			case "panic":
				return nil, burn()
			case "big":
				return make([]byte, echo.MaxResponse+1), nil
			case "nothing":
				return nil, nil
			}
			return req, nil
		})
		full := string(bytes.Repeat([]byte{7}, echo.MaxRequest))
		for _, c := range []struct {
			name, req string
			want      answer.Outcome
		}{
			{"a response", "bread", answer.Outcome{Resp: []byte("bread")}},
			{"the largest request and response", full, answer.Outcome{Resp: []byte(full)}},
			{"an empty request", "", answer.Outcome{Resp: []byte{}}},
			{"an empty response", "nothing", answer.Outcome{Resp: []byte{}}},
			{"a refusal without control characters", "refuse", answer.Outcome{Said: answer.Refused, Text: "not [31m on sundays"}},
			{"a long refusal, cut", "long", answer.Outcome{Said: answer.Conflict, Text: strings.Repeat("ß", answer.MaxText/2)}},
			{"an error without its text", "fail", answer.Outcome{Said: answer.Internal}},
			{"a panic", "panic", answer.Outcome{Said: answer.Internal}},
			{"a response over the bound", "big", answer.Outcome{Said: answer.Internal}},
			{"a response after all of that", "bread", answer.Outcome{Resp: []byte("bread")}},
		} {
			got := alice.Call(t.Context(), bakery.host.ID(), echo, []byte(c.req))
			if got.Inferred != nil || got.Said != c.want.Said || got.Text != c.want.Text || got.Turned != 0 || !bytes.Equal(got.Resp, c.want.Resp) {
				t.Errorf("%s: %.200v, want %.200v", c.name, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", c.want))
			}
		}
		if n := streams(alice.host, bakery.host, echo); n != 1 {
			t.Errorf("%d streams after it, want 1", n)
		}
	})
}

// burn panics, as a handler with a mistake does.
func burn() error {
	var oven []string
	return errors.New(oven[len(oven)])
}

func TestFailuresOfAHandlerAreLoggedWithTheStack(t *testing.T) {
	var log syncBuffer
	alice, bakery := newActor(t, newHost(t, transports[0].address)), newHost(t, transports[0].address)
	x := New(bakery, slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { _ = x.Close() })
	actor{bakery, x}.handle(t, echo, func(context.Context, []byte) ([]byte, error) { return nil, burn() })
	meet(t, alice.host, bakery)
	alice.Call(t.Context(), bakery.ID(), echo, nil)
	for _, want := range []string{"handler failed", "index out of range", "exchange_test.go", alice.host.ID().String()} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestManyExchangesShareOneStream(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		const width = 64
		var inside atomic.Int32
		all := make(chan struct{})
		bakery.handle(t, echo, func(ctx context.Context, req []byte) ([]byte, error) {
			if inside.Add(1) == width {
				close(all)
			}
			select {
			case <-all: // none returns before all are inside
				return req, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		var wg sync.WaitGroup
		for i := range width {
			wg.Go(func() {
				req := bytes.Repeat([]byte{byte(i)}, 1000+i)
				if out := alice.Call(t.Context(), bakery.host.ID(), echo, req); out.Err() != nil || !bytes.Equal(out.Resp, req) {
					t.Errorf("exchange %d: %v, %d bytes", i, out.Err(), len(out.Resp))
				}
			})
		}
		wg.Wait()
		if n := streams(alice.host, bakery.host, echo); n != 1 {
			t.Errorf("%d streams, want 1", n)
		}
	})
}

func TestCallsBeyondInFlightWaitTheirTurn(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		p := echo
		p.InFlight = 2
		var inside, most atomic.Int32
		bakery.handle(t, p, func(_ context.Context, req []byte) ([]byte, error) {
			now := inside.Add(1)
			defer inside.Add(-1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
			return req, nil
		})
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if err := alice.Call(t.Context(), bakery.host.ID(), p, []byte("bread")).Err(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most.Load() > 2 {
			t.Errorf("%d handlers at once, want at most 2", most.Load())
		}
	})
}

func TestAPeerOverItsLimitsIsTurnedAway(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		started, slow := make(chan struct{}, 1), make(chan struct{})
		served := echo
		served.InFlight, served.Rate, served.Burst = 1, 1e-9, 3
		bakery.handle(t, served, func(_ context.Context, req []byte) ([]byte, error) {
			if string(req) == "slow" {
				started <- struct{}{}
				<-slow
			}
			return req, nil
		})
		call := func(req string) answer.Outcome {
			return alice.Call(t.Context(), bakery.host.ID(), echo, []byte(req)) // alice's contract allows more
		}
		if err := call("one").Err(); err != nil {
			t.Fatal(err)
		}
		first := make(chan answer.Outcome)
		go func() { first <- call("slow") }()
		<-started
		if out := call("three"); out.Turned != answer.Busy {
			t.Errorf("a second exchange at once: %+v, want Busy", out)
		}
		if out := call("four"); out.Turned != answer.RateLimited || !errors.Is(out.Err(), answer.ErrTurned) {
			t.Errorf("a fourth request: %+v, want RateLimited", out)
		}
		close(slow)
		if out := <-first; out.Err() != nil {
			t.Errorf("what was under way: %v", out.Err())
		}
		if n := streams(alice.host, bakery.host, echo); n != 1 {
			t.Errorf("%d streams, want the one that lives on", n)
		}
	})
}

func TestAPeerWithoutTheProtocolSaysSo(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, echoing)
		other := echo
		other.ID = "/byway/other/1"
		for name, prepare := range map[string]func(){
			"asked plainly":               func() {},
			"believed by libp2p to speak": func() { _ = alice.host.Peerstore().AddProtocols(bakery.host.ID(), other.ID) },
		} {
			prepare()
			if ok, err := alice.Speaks(t.Context(), bakery.host.ID(), other); ok || err != nil {
				t.Errorf("%s: Speaks = %v, %v", name, ok, err)
			}
			prepare()
			if out := alice.Call(t.Context(), bakery.host.ID(), other, nil); out.Said != answer.Unsupported || !out.Final() {
				t.Errorf("%s: %+v, want Unsupported", name, out)
			}
		}
		if ok, err := alice.Speaks(t.Context(), bakery.host.ID(), echo); !ok || err != nil {
			t.Errorf("Speaks(echo) = %v, %v", ok, err)
		}
	})
}

func TestAPeerThatCantBeReachedIsAnInference(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		_ = bakery.host.Close()
		_ = alice.host.Network().ClosePeer(bakery.host.ID())
		if out := alice.Call(t.Context(), bakery.host.ID(), echo, nil); out.Inferred == nil {
			t.Errorf("%+v, want an inference", out)
		}
		if ok, err := alice.Speaks(t.Context(), bakery.host.ID(), echo); ok || err == nil {
			t.Errorf("Speaks = %v, %v; nobody said no", ok, err)
		}
	})
}

func TestCancellingACallEndsTheHandler(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		started, ended := make(chan struct{}), make(chan error, 1)
		bakery.handle(t, echo, func(ctx context.Context, req []byte) ([]byte, error) {
			if string(req) == "other" {
				return req, nil
			}
			close(started)
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-started; cancel() }()
		out := alice.Call(ctx, bakery.host.ID(), echo, nil)
		if !errors.Is(out.Inferred, context.Canceled) {
			t.Errorf("the caller sees %+v", out)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the handler saw %v", err)
		}
		if err := alice.Call(t.Context(), bakery.host.ID(), echo, []byte("other")).Err(); err != nil {
			t.Error("the stream didn't live on:", err)
		}
		if n := streams(alice.host, bakery.host, echo); n != 1 {
			t.Errorf("%d streams", n)
		}
	})
}

func TestHandlersKnowWhoAsks(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, func(ctx context.Context, _ []byte) ([]byte, error) {
			p, ok := Peer(ctx)
			if _, bounded := ctx.Deadline(); !ok || !bounded {
				return nil, errors.New("no peer, or no deadline")
			}
			return []byte(p), nil
		})
		out := alice.Call(t.Context(), bakery.host.ID(), echo, nil)
		if string(out.Resp) != string(alice.host.ID()) {
			t.Errorf("%+v", out)
		}
		if _, ok := Peer(t.Context()); ok {
			t.Error("a peer outside of an exchange")
		}
	})
}

func TestAnExchangeThatMayHaveReachedThePeerIsntAskedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		var asked atomic.Int32
		bakery.handle(t, echo, func(ctx context.Context, _ []byte) ([]byte, error) {
			asked.Add(1)
			_ = bakery.host.Network().ClosePeer(alice.host.ID()) // the bakery's machine restarts
			<-ctx.Done()
			return nil, ctx.Err()
		})
		out := alice.Call(t.Context(), bakery.host.ID(), echo, nil)
		if !errors.Is(out.Inferred, ErrBroken) {
			t.Errorf("%+v, want ErrBroken", out)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestHandleTakesAProtocolOnce(t *testing.T) {
	bakery := newActor(t, newHost(t, transports[0].address))
	bakery.handle(t, echo, echoing)
	if err := bakery.Handle(echo, echoing); !errors.Is(err, ErrHandled) {
		t.Error(err)
	}
}

func TestProtocolsWithoutBoundsArentCarried(t *testing.T) {
	bakery := newActor(t, newHost(t, transports[0].address))
	for name, p := range map[string]Protocol{
		"no id":           {MaxRequest: 1, MaxResponse: 1},
		"no request":      {ID: "/byway/x/1", MaxResponse: 1},
		"no response":     {ID: "/byway/x/1", MaxRequest: 1},
		"a huge request":  {ID: "/byway/x/1", MaxRequest: MaxBody + 1, MaxResponse: 1},
		"a huge response": {ID: "/byway/x/1", MaxRequest: 1, MaxResponse: MaxBody + 1},
		"many at once":    {ID: "/byway/x/1", MaxRequest: 1, MaxResponse: 1, InFlight: MaxInFlight + 1},
		"a rate below 0":  {ID: "/byway/x/1", MaxRequest: 1, MaxResponse: 1, Rate: -1},
	} {
		if err := bakery.Handle(p, echoing); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: Handle: %v", name, err)
		}
		if out := bakery.Call(t.Context(), "bob", p, nil); !errors.Is(out.Inferred, ErrProtocol) {
			t.Errorf("%s: Call: %+v", name, out)
		}
		if _, err := bakery.Speaks(t.Context(), "bob", p); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: Speaks: %v", name, err)
		}
	}
}

func TestARequestOverTheBoundIsntSent(t *testing.T) {
	alice := newActor(t, newHost(t, transports[0].address))
	out := alice.Call(t.Context(), "bob", echo, make([]byte, echo.MaxRequest+1))
	if !errors.Is(out.Inferred, ErrTooLarge) {
		t.Errorf("%+v", out)
	}
}

func TestConcurrentCallersShareOneOpening(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		var opened atomic.Int32
		bakery.handle(t, echo, echoing)
		for range 5 {
			var wg sync.WaitGroup
			for range 32 {
				wg.Go(func() {
					if ok, err := alice.Speaks(t.Context(), bakery.host.ID(), echo); !ok || err != nil {
						t.Errorf("Speaks = %v, %v", ok, err)
					}
				})
			}
			wg.Wait()
			opened.Add(int32(streams(alice.host, bakery.host, echo)))
		}
		if n := opened.Load(); n != 5 {
			t.Errorf("%d streams in 5 rounds", n)
		}
	})
}
