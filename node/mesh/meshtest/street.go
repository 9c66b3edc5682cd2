package meshtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
)

// Street is a simulated network in simulated time: 5 ms between any two hosts, 50 Mb/s each.
type Street struct {
	t      *testing.T
	router *simnet.Simnet
	n      int
}

// Simulated runs a test on a Street, inside a synctest bubble, and fails it where anything
// that the test started outlives it.
func Simulated(t *testing.T, test func(t *testing.T, s *Street)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &Street{t: t, router: &simnet.Simnet{LatencyFunc: simnet.StaticLatency(5 * time.Millisecond)}}
		s.router.Start()
		// Cleanups run last first: the router ends after the hosts.
		t.Cleanup(s.router.Close)
		test(t, s)
	})
}

// Host returns a new host, closed with the test. It has a key of its own.
func (s *Street) Host() host.Host {
	s.t.Helper()
	k, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.HostOf(k)
}

// HostOf returns a new host with a given key, at an address that nobody had before.
func (s *Street) HostOf(k crypto.PrivKey) host.Host {
	s.t.Helper()
	s.n++
	link := simnet.LinkSettings{BitsPerSecond: 50 * simlibp2p.OneMbps}
	h, err := libp2p.New(
		libp2p.Identity(k), libp2p.ListenAddrStrings(fmt.Sprintf("/ip4/1.0.%d.%d/udp/8000/quic-v1", s.n/250, s.n%250+1)),
		libp2p.DisableIdentifyAddressDiscovery(), libp2p.DisableMetrics(), libp2p.DisableRelay(),
		simlibp2p.QUICSimnet(s.router, simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}),
	)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = h.Close() })
	return h
}

// Meet connects a to b.
func Meet(t testing.TB, a, b host.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.Connect(ctx, peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
}
