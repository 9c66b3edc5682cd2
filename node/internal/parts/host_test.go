package parts

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multiaddr"
)

var both = []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"}

func newHost(t *testing.T, c HostConfig) host.Host {
	t.Helper()
	h, err := NewHost(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func seed(b byte) (s [32]byte) { s[0] = b; return s }

func connect(t *testing.T, from, to host.Host, addresses ...multiaddr.Multiaddr) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return from.Connect(ctx, peer.AddrInfo{ID: to.ID(), Addrs: addresses})
}

func TestASeedGivesOnePeerID(t *testing.T) {
	a, again, other := newHost(t, HostConfig{Seed: seed(1)}), newHost(t, HostConfig{Seed: seed(1)}), newHost(t, HostConfig{Seed: seed(2)})
	if a.ID() != again.ID() || a.ID() == other.ID() {
		t.Error(a.ID(), again.ID(), other.ID())
	}
	if n := len(a.Network().ListenAddresses()); n != 0 {
		t.Errorf("listens on %d addresses, was told none", n)
	}
}

func TestHostsMeetByEachTransport(t *testing.T) {
	for _, profile := range []Profile{Home, Vendor} {
		shop := newHost(t, HostConfig{Profile: profile, Listen: both, Seed: seed(1)})
		if n := len(shop.Network().ListenAddresses()); n != len(both) {
			t.Fatalf("listens on %v", shop.Network().ListenAddresses())
		}
		const hail protocol.ID = "/byway/hail/1"
		shop.SetStreamHandler(hail, func(s network.Stream) { _, _ = io.Copy(s, s); _ = s.Close() })
		for i, a := range shop.Network().ListenAddresses() {
			alice := newHost(t, HostConfig{Seed: seed(byte(10 + i))})
			if err := connect(t, alice, shop, a); err != nil {
				t.Fatalf("%s: %v", a, err)
			}
			s, err := alice.NewStream(t.Context(), shop.ID(), hail)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = s.Write([]byte("hail"))
			_ = s.CloseWrite()
			if b, err := io.ReadAll(s); string(b) != "hail" {
				t.Errorf("%s: %q, %v", a, b, err)
			}
			if agent, err := alice.Peerstore().Get(shop.ID(), "AgentVersion"); agent != UserAgent {
				t.Errorf("%s: user agent %v, %v", a, agent, err)
			}
		}
	}
}

func TestAHostOffersNothingThatWasntAskedFor(t *testing.T) {
	h := newHost(t, HostConfig{Profile: Vendor, Listen: both})
	for _, id := range h.Mux().Protocols() {
		if !strings.HasPrefix(string(id), "/ipfs/id/") {
			t.Errorf("serves %s", id)
		}
	}
}

func TestAnAddressThatCantBeListenedOnIsAnError(t *testing.T) {
	taken := newHost(t, HostConfig{Listen: both})
	for name, listen := range map[string][]string{
		"no multiaddr":              {"127.0.0.1:4001"},
		"a name":                    {"/dns4/localhost/tcp/0"},
		"no transport":              {"/ip4/127.0.0.1"},
		"a relay":                   {"/p2p-circuit"},
		"WebSocket":                 {"/ip4/127.0.0.1/tcp/0/ws"},
		"WebTransport":              {"/ip4/127.0.0.1/udp/0/quic-v1/webtransport"},
		"WebRTC":                    {"/ip4/127.0.0.1/udp/0/webrtc-direct"},
		"a good one and a bad one":  {both[0], "/ip4/127.0.0.1/tcp/0/ws"},
		"a port of another program": {both[0], taken.Network().ListenAddresses()[1].String(), taken.Network().ListenAddresses()[0].String()},
	} {
		h, err := NewHost(HostConfig{Listen: listen, Seed: seed(9)})
		if !errors.Is(err, ErrListen) {
			t.Errorf("%s: %v", name, err)
		}
		if h != nil {
			_ = h.Close()
		}
	}
}

func TestAPeerIsHeldToItsConnectionsAndStreams(t *testing.T) {
	shop := newHost(t, HostConfig{Profile: Home, Listen: both[:1], Seed: seed(1)})
	alice := newHost(t, HostConfig{Profile: Vendor, Seed: seed(2)})
	const wait protocol.ID = "/byway/wait/1"
	shop.SetStreamHandler(wait, func(s network.Stream) { _, _ = s.Write([]byte{1}); _, _ = io.Copy(io.Discard, s); _ = s.Reset() })
	if err := connect(t, alice, shop, shop.Addrs()...); err != nil {
		t.Fatal(err)
	}
	served := 0
	for range 2 * limits[Home].peerStreams {
		s, err := alice.NewStream(t.Context(), shop.ID(), wait)
		if err != nil {
			break
		}
		defer func() { _ = s.Reset() }()
		_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(s, make([]byte, 1)); err == nil {
			served++
		}
	}
	if most := limits[Home].peerStreams; served == 0 || served > most {
		t.Errorf("%d streams served, want 1 to %d", served, most)
	}
}

func TestEveryLimitOfAProfileIsSet(t *testing.T) {
	for _, p := range []Profile{Home, Vendor} {
		l := limits[p]
		for name, n := range map[string]int{
			"connsIn": l.connsIn, "conns": l.conns, "connsLow": l.connsLow, "connsHigh": l.connsHigh, "peerConnsIn": l.peerConnsIn,
			"dials": l.dials, "streams": l.streams, "peerStreams": l.peerStreams, "memory": int(l.memory), "peerMemory": int(l.peerMemory),
		} {
			if n <= 0 {
				t.Errorf("profile %d: %s is %d", p, name, n)
			}
		}
		if l.connsLow >= l.connsHigh || l.connsHigh > l.conns || l.connsIn > l.conns {
			t.Errorf("profile %d: %+v", p, l)
		}
	}
}
