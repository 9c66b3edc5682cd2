package exchange

import (
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const benchSize = 600

// BenchmarkExchange measures one exchange of 600 bytes each way against a bare echo on
// a long-lived stream between the same hosts, in the same run, in turns. x/floor is
// the ratio of the times.
func BenchmarkExchange(b *testing.B) {
	for _, tr := range transports {
		for _, inFlight := range []int{1, 16, 64} {
			b.Run(tr.name+"/"+map[int]string{1: "one-at-a-time", 16: "16-in-flight", 64: "64-in-flight"}[inFlight], func(b *testing.B) {
				benchExchange(b, tr.address, inFlight)
			})
		}
	}
}

func benchExchange(b *testing.B, address string, inFlight int) {
	alice, bakery := newActor(b, newHost(b, address)), newActor(b, newHost(b, address))
	if err := bakery.Handle(echo, echoing); err != nil {
		b.Fatal(err)
	}
	meet(b, alice.host, bakery.host)
	floor := newFloor(b, alice.host, bakery.host, inFlight)
	req := make([]byte, benchSize)
	call := func() {
		if out := alice.Call(b.Context(), bakery.host.ID(), echo, req); out.Err() != nil {
			b.Error(out.Err())
		}
	}
	call()
	var ours, bare time.Duration
	b.ReportAllocs()
	for left := b.N; left > 0; {
		n := min(left, 2000)
		left -= n
		ours += inParallel(n, inFlight, func(int) { call() })
		b.StopTimer()
		bare += inParallel(n, inFlight, floor)
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(bare), "x/floor")
	b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N), "floor-ns/op")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/op")
	b.ReportMetric(float64(b.N)/ours.Seconds(), "per-s")
}

// inParallel does n calls, at most width at once, and returns how long all took.
func inParallel(n, width int, call func(worker int)) time.Duration {
	runtime.GC()
	var wg sync.WaitGroup
	began := time.Now()
	for w := range width {
		wg.Go(func() {
			for i := w; i < n; i += width {
				call(w)
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// newFloor opens one bare long-lived stream for each worker.
func newFloor(b *testing.B, from, to host.Host, width int) func(worker int) {
	const bare protocol.ID = "/byway/bare/1"
	to.SetStreamHandler(bare, func(s network.Stream) {
		buf := make([]byte, benchSize)
		for {
			if _, err := io.ReadFull(s, buf); err != nil {
				_ = s.Close()
				return
			}
			if _, err := s.Write(buf); err != nil {
				return
			}
		}
	})
	streams, bufs := make([]network.Stream, width), make([][]byte, width)
	for i := range streams {
		s, err := from.NewStream(context.Background(), to.ID(), bare)
		if err != nil {
			b.Fatal(err)
		}
		streams[i], bufs[i] = s, make([]byte, benchSize)
	}
	b.Cleanup(func() {
		for _, s := range streams {
			_ = s.Close()
		}
	})
	call := func(w int) {
		if _, err := streams[w].Write(bufs[w]); err != nil {
			b.Error(err)
		}
		if _, err := io.ReadFull(streams[w], bufs[w]); err != nil {
			b.Error(err)
		}
	}
	for w := range width {
		call(w)
	}
	return call
}
