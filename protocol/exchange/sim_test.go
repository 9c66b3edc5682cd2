package exchange

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"

	"github.com/bywaynet/byway/protocol/answer"
)

// simulated runs a test in simulated time, on a simulated network.
func simulated(t *testing.T, test func(t *testing.T, alice, bakery actor)) {
	synctest.Test(t, func(t *testing.T) {
		router := &simnet.Simnet{LatencyFunc: simnet.StaticLatency(5 * time.Millisecond)}
		link := simnet.LinkSettings{BitsPerSecond: 50 * simlibp2p.OneMbps}
		join := func(address string) host.Host {
			h, err := libp2p.New(
				libp2p.ListenAddrStrings(address), libp2p.DisableIdentifyAddressDiscovery(), libp2p.DisableMetrics(),
				libp2p.DisableRelay(), simlibp2p.QUICSimnet(router, simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}),
			)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		a, b := join("/ip4/1.0.0.1/udp/8000/quic-v1"), join("/ip4/1.0.0.2/udp/8000/quic-v1")
		router.Start()
		defer router.Close()
		defer func() { _, _ = a.Close(), b.Close() }()
		alice, bakery := actor{a, New(a, nil)}, actor{b, New(b, nil)}
		defer func() { _, _ = alice.Close(), bakery.Close() }()
		meet(t, a, b)
		test(t, alice, bakery)
	})
}

// deaf answers the hello, and nothing more.
func deaf(s network.Stream) {
	_, _ = io.ReadFull(s, make([]byte, len(hello)))
	_, _ = s.Write([]byte(helloAck))
	_, _ = io.Copy(io.Discard, s)
	_ = s.Reset()
}

func TestASilentPeerEndsWithTheDeadline(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.host.SetStreamHandler(echo.ID, deaf)
		began := time.Now()
		out := alice.Call(t.Context(), bakery.host.ID(), echo, []byte("bread"))
		if !errors.Is(out.Inferred, context.DeadlineExceeded) {
			t.Errorf("%+v", out)
		}
		if took := time.Since(began); took < DefaultTimeout || took > DefaultTimeout+time.Second {
			t.Errorf("it took %s", took)
		}
		time.Sleep(time.Second)
		if n := streams(alice.host, bakery.host, echo); n != 0 {
			t.Errorf("%d streams to a peer that was silent on it", n)
		}
	})
}

func TestACallEndsWithItsOwnContext(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.host.SetStreamHandler(echo.ID, deaf)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		out := alice.Call(ctx, bakery.host.ID(), echo, []byte("bread"))
		if !errors.Is(out.Inferred, context.DeadlineExceeded) || time.Since(began) > 1500*time.Millisecond {
			t.Errorf("after %s: %+v", time.Since(began), out)
		}
		if n := streams(alice.host, bakery.host, echo); n != 1 {
			t.Errorf("%d streams: the caller's impatience says nothing of the peer", n)
		}
	})
}

func TestAnUnansweredHelloEndsTheOpening(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.host.SetStreamHandler(echo.ID, func(s network.Stream) { _, _ = io.Copy(io.Discard, s); _ = s.Reset() })
		began := time.Now()
		_, err := alice.Speaks(t.Context(), bakery.host.ID(), echo)
		if !errors.Is(err, errSlow) || time.Since(began) > DefaultFirstByte+time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if out := alice.Call(ctx, bakery.host.ID(), echo, nil); !errors.Is(out.Inferred, context.DeadlineExceeded) {
			t.Errorf("a caller with less patience: %+v", out)
		}
	})
}

func TestAnAskerThatStallsIsReset(t *testing.T) {
	request := frame(kindRequest, 1, "bread")
	for name, sends := range map[string]string{
		"before the hello":   hello[:0],
		"within the hello":   hello[:4],
		"within a header":    hello + request[:4],
		"within a body":      hello + request[:headerSize+2],
		"within a skip":      hello + raw(100, 200, 1, "xy"),
		"within a big frame": hello + raw(echo.MaxRequest, kindRequest, 1, "xy"),
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, alice, bakery actor) {
				bakery.handle(t, echo, echoing)
				s := mallory(t, alice.host, bakery.host, sends)
				began := time.Now()
				_, err := io.Copy(io.Discard, s)
				if code := turnedBy(err); code != answer.TimedOut {
					t.Errorf("the stream ended with %v (%s), want %s", err, code, answer.TimedOut)
				}
				if took := time.Since(began); took > DefaultFirstByte+time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestAHandlerOutOfTimeIsTurnedAway(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		patient, hasty := echo, echo
		patient.Timeout, hasty.Timeout = time.Minute, time.Second
		bakery.handle(t, hasty, func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if out := alice.Call(t.Context(), bakery.host.ID(), patient, nil); out.Turned != answer.TimedOut {
			t.Errorf("%+v", out)
		}
	})
}

func TestAnIdleStreamIsClosedAndOpenedAgain(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, echoing)
		for i := range 3 {
			if err := alice.Call(t.Context(), bakery.host.ID(), echo, nil).Err(); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
			time.Sleep(DefaultIdle - time.Second)
			if n := streams(bakery.host, alice.host, echo); n != 1 {
				t.Fatalf("round %d: %d streams before it is idle", i, n)
			}
			time.Sleep(2 * time.Second)
			if n := streams(bakery.host, alice.host, echo) + streams(alice.host, bakery.host, echo); n != 0 {
				t.Fatalf("round %d: %d streams when idle", i, n)
			}
		}
	})
}

func TestAStreamInUseIsntIdle(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		long := echo
		long.Timeout, long.Idle = time.Hour, time.Second
		bakery.handle(t, long, func(_ context.Context, req []byte) ([]byte, error) {
			time.Sleep(time.Minute)
			return req, nil
		})
		if err := alice.Call(t.Context(), bakery.host.ID(), long, nil).Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAnswererClosesWhatTheAskerForgot(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, echoing)
		s := mallory(t, alice.host, bakery.host, hello)
		_ = s.SetDeadline(time.Time{})
		began := time.Now()
		if got, err := io.ReadAll(s); err != nil || string(got) != helloAck+frame(kindBye, 0, "") {
			t.Errorf("%q, %v", got, err)
		}
		if took := time.Since(began); took < 2*DefaultIdle || took > 2*DefaultIdle+time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestAStreamThatBrokeIsReplaced(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		bakery.handle(t, echo, echoing)
		for i := range 5 {
			if err := alice.Call(t.Context(), bakery.host.ID(), echo, nil).Err(); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
			_ = bakery.host.Network().ClosePeer(alice.host.ID())
			time.Sleep(time.Second)
		}
	})
}

// A peer that asks for much and reads nothing holds a bounded share, and not for ever.
func TestAStalledReaderIsReset(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		big := echo
		big.MaxResponse = 1 << 20
		var mu sync.Mutex
		asked := 0
		bakery.handle(t, big, func(context.Context, []byte) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return make([]byte, big.MaxResponse), nil
		})
		s := mallory(t, alice.host, bakery.host, hello)
		_ = s.SetDeadline(time.Time{})
		go func() {
			for n := uint32(1); ; n++ {
				if _, err := s.Write([]byte(frame(kindRequest, n, ""))); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		time.Sleep(time.Minute)
		mu.Lock()
		n := asked
		mu.Unlock()
		if most := 2*echo.InFlight + 16; n > most {
			t.Errorf("%d responses of %d bytes made for who reads none, want at most %d", n, big.MaxResponse, most)
		}
		if n := streams(bakery.host, alice.host, echo); n != 0 {
			t.Errorf("%d streams to who doesn't read", n)
		}
		_ = s.Reset()
	})
}

// What waits for a peer that doesn't read ends with the caller's context, too.
func TestACallerDoesntWaitForAStalledAnswerer(t *testing.T) {
	simulated(t, func(t *testing.T, alice, bakery actor) {
		big := echo
		big.MaxRequest = 1 << 20
		stop := make(chan struct{})
		bakery.host.SetStreamHandler(echo.ID, func(s network.Stream) {
			_, _ = io.ReadFull(s, make([]byte, len(hello)))
			_, _ = s.Write([]byte(helloAck))
			<-stop
			_ = s.Reset()
		})
		defer close(stop)
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				out := alice.Call(ctx, bakery.host.ID(), big, make([]byte, big.MaxRequest))
				if !errors.Is(out.Inferred, context.DeadlineExceeded) || time.Since(began) > 2*time.Second {
					t.Errorf("after %s: %v", time.Since(began), out.Inferred)
				}
			})
		}
		wg.Wait()
	})
}
