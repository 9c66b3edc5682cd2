package exchange

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// echo is the protocol that most tests carry.
var echo = Protocol{
	ID: "/byway/echo/1", MaxRequest: 64 << 10, MaxResponse: 64 << 10, Rate: rate.Inf, InFlight: 64,
}

func echoing(_ context.Context, req []byte) ([]byte, error) { return req, nil }

// transports are what a node listens on.
var transports = []struct{ name, address string }{
	{"quic", "/ip4/127.0.0.1/udp/0/quic-v1"},
	{"tcp", "/ip4/127.0.0.1/tcp/0"},
}

// newHost returns a real host on loopback, closed with the test.
func newHost(t testing.TB, address string) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings(address), libp2p.DisableRelay(), libp2p.DisableMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// actor is a host with an Exchange.
type actor struct {
	host host.Host
	*Exchange
}

func newActor(t testing.TB, h host.Host) actor {
	t.Helper()
	x := New(h, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = x.Close() })
	return actor{h, x}
}

// meet lets a know b's addresses, and connects them.
func meet(t testing.TB, a, b host.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.Connect(ctx, peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
}
