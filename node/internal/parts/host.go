package parts

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/x/rate"
	"github.com/multiformats/go-multiaddr"
)

// Profile is how much a host takes upon itself.
type Profile uint8

// The profiles. The limits of each are in limits.
const (
	Home   Profile = iota // a person's machine, among other programs
	Vendor                // an organisation or a steward: a server that strangers connect to
)

// UserAgent is what identify tells of a host. It names no version: that would tell
// more of a person's node than others need.
const UserAgent = "byway/1"

// HostConfig says what a host is to be.
type HostConfig struct {
	Profile Profile
	// Listen has NewHost listen there at once, for who has no handlers to register.
	Listen []string
	// Seed makes the host's key; the same seed gives the same peer id.
	Seed [32]byte
	// PortMap asks the router, by UPnP or NAT-PMP, to let others in.
	PortMap bool
}

// ErrListen says that a host can't listen where it was told to. Try another port.
var ErrListen = errors.New("can't listen")

// NewHost returns a host that listens on c.Listen, or nowhere until Listen. It speaks
// QUIC and TCP with noise and yamux, and answers identify. It neither serves nor uses
// relays, and answers no ping. The caller closes it.
func NewHost(c HostConfig) (host.Host, error) {
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(c.Seed[:]))
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	l := limits[c.Profile]
	resources, err := l.manager()
	if err != nil {
		return nil, fmt.Errorf("resource limits: %w", err)
	}
	conns, err := connmgr.NewConnManager(l.connsLow, l.connsHigh, connmgr.WithGracePeriod(30*time.Second))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connection manager: %w", err), resources.Close())
	}
	opts := []libp2p.Option{
		libp2p.Identity(key), libp2p.UserAgent(UserAgent), libp2p.NoListenAddrs,
		libp2p.Transport(quic.NewTransport),
		// Sharing a port would hide that another program has it.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Security(noise.ID, noise.New), libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.ResourceManager(resources), libp2p.ConnectionManager(conns),
		libp2p.Ping(false), libp2p.DisableRelay(), libp2p.DisableMetrics(),
	}
	if c.PortMap {
		opts = append(opts, libp2p.NATPortMap())
	}
	h, err := libp2p.New(opts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a host: %w", err), conns.Close(), resources.Close())
	}
	if len(c.Listen) == 0 {
		return h, nil
	}
	if err := Listen(h, c.Listen); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Listen has h take connections on every address, QUIC or TCP, such as
// "/ip4/127.0.0.1/udp/0/quic-v1"; after ErrListen it may on some. A host listens last:
// who connects before the handlers are there is told that they never will be.
func Listen(h host.Host, addresses []string) error {
	listen := make([]multiaddr.Multiaddr, len(addresses))
	for i, s := range addresses {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return fmt.Errorf("%w on %q: %w", ErrListen, s, err)
		}
		if !spoken(a) {
			return fmt.Errorf("%w on %s: give /ip4/…/udp/PORT/quic-v1 or /ip4/…/tcp/PORT, or the same with ip6", ErrListen, s)
		}
		listen[i] = a
	}
	if err := h.Network().Listen(listen...); err != nil {
		return fmt.Errorf("%w on %s: %w", ErrListen, strings.Join(addresses, ", "), err)
	}
	return listensOn(h, addresses)
}

// spoken reports whether an address is of a transport that hosts here have.
func spoken(a multiaddr.Multiaddr) bool {
	var codes []int
	for _, p := range a.Protocols() {
		codes = append(codes, p.Code)
	}
	if len(codes) == 0 || codes[0] != multiaddr.P_IP4 && codes[0] != multiaddr.P_IP6 {
		return false
	}
	return slices.Equal(codes[1:], []int{multiaddr.P_TCP}) || slices.Equal(codes[1:], []int{multiaddr.P_UDP, multiaddr.P_QUIC_V1})
}

// listensOn returns ErrListen for an address on which h doesn't listen: libp2p is
// content with any one of them.
func listensOn(h host.Host, want []string) error {
	for _, w := range want {
		parts := strings.Split(w, "/")
		if !slices.ContainsFunc(h.Network().ListenAddresses(), func(got multiaddr.Multiaddr) bool {
			return slices.EqualFunc(parts, strings.Split(got.String(), "/"), func(w, g string) bool { return w == g || w == "0" })
		}) {
			return fmt.Errorf("%w on %s: is another program there? give another port, or 0 for any", ErrListen, w)
		}
	}
	return nil
}

// limit is what a profile allows. Counts of streams and of connections per peer hold in
// each direction.
type limit struct {
	connsIn, conns      int
	connsLow, connsHigh int // the connection manager closes the least used above high, down to low
	peerConnsIn         int
	dials               int // peers dialled at once
	streams             int
	peerStreams         int
	memory, peerMemory  int64 // bytes
	fromOneIP           int   // connections; 0 for libp2p's default of 8, one new in 5 s after 16
}

// dialAddresses is how many addresses of one peer are dialled at once: QUIC and TCP, each
// on IPv4 and IPv6, inside and outside of its network.
const dialAddresses = 8

var limits = map[Profile]limit{
	Home: {
		connsIn: 48, conns: 96, connsLow: 32, connsHigh: 64, peerConnsIn: 2, dials: 8,
		streams: 512, peerStreams: 16, memory: 128 << 20, peerMemory: 32 << 20,
	},
	Vendor: {
		connsIn: 4096, conns: 6144, connsLow: 2000, connsHigh: 3500, peerConnsIn: 4, dials: 64,
		streams: 16384, peerStreams: 32, memory: 1 << 30, peerMemory: 64 << 20,
		fromOneIP: 512, // an office or a carrier's NAT has one address for many
	},
}

// manager returns a resource manager with these limits. A field left at zero would take
// libp2p's default, which grows with the machine.
func (l limit) manager() (network.ResourceManager, error) {
	system := rcmgr.ResourceLimits{
		Conns: rcmgr.LimitVal(l.conns), ConnsInbound: rcmgr.LimitVal(l.connsIn), ConnsOutbound: rcmgr.LimitVal(l.conns),
		FD: rcmgr.LimitVal(l.conns), Memory: rcmgr.LimitVal64(l.memory),
		Streams: rcmgr.LimitVal(l.streams), StreamsInbound: rcmgr.LimitVal(l.streams), StreamsOutbound: rcmgr.LimitVal(l.streams),
	}
	// What isn't attributed to a peer or a protocol yet.
	transient := system
	transient.ConnsInbound, transient.ConnsOutbound = rcmgr.LimitVal(l.connsIn/2), rcmgr.LimitVal(l.dials*dialAddresses)
	transient.Conns = transient.ConnsInbound + transient.ConnsOutbound
	transient.Memory = rcmgr.LimitVal64(l.memory / 4)
	perPeer := rcmgr.ResourceLimits{
		Conns: rcmgr.LimitVal(l.peerConnsIn + dialAddresses), ConnsInbound: rcmgr.LimitVal(l.peerConnsIn), ConnsOutbound: dialAddresses,
		FD: rcmgr.LimitVal(l.peerConnsIn + dialAddresses), Memory: rcmgr.LimitVal64(l.peerMemory),
		Streams: rcmgr.LimitVal(2 * l.peerStreams), StreamsInbound: rcmgr.LimitVal(l.peerStreams), StreamsOutbound: rcmgr.LimitVal(l.peerStreams),
	}
	concrete := rcmgr.PartialLimitConfig{
		System: system, Transient: transient, AllowlistedSystem: system, AllowlistedTransient: transient,
		ServiceDefault: system, ServicePeerDefault: perPeer, ProtocolDefault: system, ProtocolPeerDefault: perPeer, PeerDefault: perPeer,
		Stream: rcmgr.ResourceLimits{Streams: 1, StreamsInbound: 1, StreamsOutbound: 1, Memory: rcmgr.LimitVal64(l.peerMemory)},
	}.Build(rcmgr.DefaultLimits.Scale(l.memory, l.conns))
	opts := []rcmgr.Option{rcmgr.WithMetricsDisabled()}
	if n := l.fromOneIP; n > 0 {
		opts = append(opts,
			rcmgr.WithLimitPerSubnet(
				[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: n}},
				[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: n}, {PrefixLength: 48, ConnCount: 4 * n}}),
			rcmgr.WithConnRateLimiters(connRate(n)))
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(concrete), opts...)
}

// connRate lets in burst new connections from one network at once, and then a tenth of
// that each second. Loopback is exempt, as in libp2p's default.
func connRate(burst int) *rate.Limiter {
	one := rate.Limit{RPS: float64(burst) / 10, Burst: burst}
	site := rate.Limit{RPS: 4 * one.RPS, Burst: 4 * burst}
	return &rate.Limiter{
		NetworkPrefixLimits: []rate.PrefixLimit{
			{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")},
		},
		SubnetRateLimiter: rate.SubnetLimiter{
			IPv4SubnetLimits: []rate.SubnetLimit{{PrefixLength: 32, Limit: one}},
			IPv6SubnetLimits: []rate.SubnetLimit{{PrefixLength: 56, Limit: one}, {PrefixLength: 48, Limit: site}},
			GracePeriod:      time.Minute,
		},
	}
}
