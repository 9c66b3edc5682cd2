package nodetest

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	"github.com/multiformats/go-multiaddr"

	"github.com/bywaynet/byway/node/internal/parts"
)

// latency is between any two hosts; each has a link of linkRate.
const (
	latency  = 5 * time.Millisecond
	linkRate = 50 * simlibp2p.OneMbps // bits a second
)

// Net is a network of its own, with those that a test puts on it. Its methods belong to
// the test's goroutine, but for Cut, Heal and those of a Party that say so.
type Net struct {
	t      *testing.T
	router *simnet.Simnet
	hosts  int

	mu  sync.Mutex
	cut map[[2]string]bool // IP addresses between which nothing passes
	off map[string]bool    // IP addresses that nothing reaches or leaves
}

// New returns a network that ends with the test. Call it inside a synctest bubble.
func New(t *testing.T) *Net {
	n := &Net{t: t, cut: map[[2]string]bool{}, off: map[string]bool{}}
	n.router = &simnet.Simnet{LatencyFunc: n.pass, Logger: slog.New(slog.DiscardHandler)}
	n.router.Start()
	// Cleanups run last first: the router ends after the nodes.
	t.Cleanup(n.router.Close)
	return n
}

// Cut lets nothing pass between two parties until Heal; what is on its way arrives. It may
// be called from anywhere.
func (n *Net) Cut(a, b *Party) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[[2]string{a.ip, b.ip}], n.cut[[2]string{b.ip, a.ip}] = true, true
}

// Heal undoes every Cut. It may be called from anywhere.
func (n *Net) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.cut)
}

func (n *Net) plug(ip string, in bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.off[ip] = !in
}

// pass says how long a packet takes. The router can't drop any but those to nobody, so
// what doesn't pass is addressed to nobody.
func (n *Net) pass(p *simnet.Packet) time.Duration {
	from, to := ipOf(p.From), ipOf(p.To)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut[[2]string{from, to}] || n.off[from] || n.off[to] {
		p.To = &net.UDPAddr{IP: net.IPv4zero}
	}
	return latency
}

func ipOf(a net.Addr) string {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.IP.String()
	}
	return a.String()
}

// address returns an IP address that nobody had before.
func (n *Net) address() string {
	n.hosts++
	return fmt.Sprintf("1.0.%d.%d", n.hosts/250, n.hosts%250+1)
}

// Each host has one port that others know, and one to dial from before it listens there.
const (
	port     = 8000
	dialPort = 8001
)

func listen(ip string, port int) string { return fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", ip, port) }

// host is parts.NewHost on this network, without limits of its own.
func (n *Net) host(ip string, c parts.HostConfig) (host.Host, error) {
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(c.Seed[:]))
	if err != nil {
		return nil, err
	}
	known := func(all []multiaddr.Multiaddr) []multiaddr.Multiaddr {
		return slices.DeleteFunc(slices.Clone(all), func(a multiaddr.Multiaddr) bool { return a.String() == listen(ip, dialPort) })
	}
	link := simnet.LinkSettings{BitsPerSecond: linkRate}
	return libp2p.New(
		libp2p.Identity(key), libp2p.ListenAddrStrings(listen(ip, dialPort)), libp2p.AddrsFactory(known),
		libp2p.DisableIdentifyAddressDiscovery(), libp2p.DisableMetrics(), libp2p.DisableRelay(), libp2p.Ping(false),
		simlibp2p.QUICSimnet(n.router, simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}),
	)
}

// Within waits until it is so, asking once a second, and fails the test where it isn't
// within limit; both in simulated time.
func (n *Net) Within(limit time.Duration, what string, so func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(limit); !so(); time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			n.t.Fatalf("within %s it isn't so that %s", limit, what)
		}
	}
}
