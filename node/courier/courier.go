package courier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// Exchange is what the courier needs of protocol/exchange.
type Exchange interface {
	Call(ctx context.Context, to peer.ID, p exchange.Protocol, req []byte) answer.Outcome
	Speaks(ctx context.Context, to peer.ID, p exchange.Protocol) (bool, error)
}

// maxRoads bounds the roads that are remembered from requests and replies; above it
// an arbitrary one is forgotten, and asked for again when it is needed.
const maxRoads = 1 << 16

// addressTTL is how long the addresses of a road are offered to the dialler.
const addressTTL = time.Hour

// Courier knows the roads. Safe for concurrent use.
type Courier struct {
	host     host.Host
	exchange Exchange
	cards    func(record.Key) []road.Road

	mu    sync.Mutex
	roads map[record.Key]peer.AddrInfo
}

// New returns a courier that dials through h. cards returns the roads on a party's
// newest card, or nil; it is asked where no other road is known.
func New(h host.Host, x Exchange, cards func(record.Key) []road.Road) *Courier {
	return &Courier{host: h, exchange: x, cards: cards, roads: map[record.Key]peer.AddrInfo{}}
}

// Learn remembers roads to a party, such as those of a cast's reply. Roads that this
// node can't read are passed over; an error says that none could be read.
func (c *Courier) Learn(k record.Key, roads []road.Road) error {
	info, err := First(roads)
	if err != nil {
		return err
	}
	c.remember(k, info)
	return nil
}

// Heard remembers that a signed request of the party came from the peer at the other
// end of ctx's exchange; outside an exchange it does nothing.
func (c *Courier) Heard(ctx context.Context, from record.Key) {
	if p, ok := exchange.Peer(ctx); ok {
		c.remember(from, peer.AddrInfo{ID: p})
	}
}

func (c *Courier) remember(k record.Key, info peer.AddrInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.roads) >= maxRoads {
		for old := range c.roads {
			delete(c.roads, old)
			break
		}
	}
	c.roads[k] = info
}

// Peer returns the peer that a call to the party would go to, or answer.ErrNoRoad. An
// organisation's own card goes before what was heard.
func (c *Courier) Peer(k record.Key) (peer.ID, error) {
	info, err := First(c.cards(k))
	if err != nil {
		c.mu.Lock()
		var ok bool
		info, ok = c.roads[k]
		c.mu.Unlock()
		if !ok {
			return "", fmt.Errorf("%w: %s", answer.ErrNoRoad, k.Short())
		}
	}
	if len(info.Addrs) > 0 {
		c.host.Peerstore().AddAddrs(info.ID, info.Addrs, addressTTL)
	}
	return info.ID, nil
}

// First returns the first direct road that this node can read.
func First(roads []road.Road) (peer.AddrInfo, error) {
	for _, r := range roads {
		id, err := peer.IDFromBytes(r.Peer)
		if err != nil {
			continue
		}
		info := peer.AddrInfo{ID: id}
		for _, b := range r.Addresses {
			if a, err := multiaddr.NewMultiaddrBytes(b); err == nil {
				info.Addrs = append(info.Addrs, a)
			}
		}
		return info, nil
	}
	return peer.AddrInfo{}, errors.New("no road that this node can take")
}

// Own returns this node's own direct road, as others may use it; none where it listens nowhere.
func Own(h host.Host) []road.Road {
	r := road.Road{Peer: []byte(h.ID())}
	for _, a := range h.Addrs() {
		if len(r.Addresses) < road.MaxAddresses && len(a.Bytes()) <= road.MaxAddress {
			r.Addresses = append(r.Addresses, a.Bytes())
		}
	}
	if len(r.Addresses) == 0 {
		return nil
	}
	return []road.Road{r}
}

// Addresses writes roads as multiaddrs that end in the peer id.
func Addresses(roads []road.Road) []string {
	var out []string
	for _, r := range roads {
		info, err := First([]road.Road{r})
		if err != nil {
			continue
		}
		for _, a := range info.Addrs {
			out = append(out, a.String()+"/p2p/"+info.ID.String())
		}
	}
	return out
}

// Line is the courier for one protocol: the Caller that each protocol declares.
type Line struct {
	courier  *Courier
	protocol exchange.Protocol
}

// Line returns the caller of one protocol.
func (c *Courier) Line(p exchange.Protocol) *Line { return &Line{courier: c, protocol: p} }

// Call sends one request to the party's node and returns how it ended.
func (l *Line) Call(ctx context.Context, to record.Key, req []byte) answer.Outcome {
	p, err := l.courier.Peer(to)
	if err != nil {
		return answer.Outcome{Inferred: err}
	}
	return l.courier.exchange.Call(ctx, p, l.protocol, req)
}

// Speaks asks the party's node whether it answers the protocol: false only where the
// node itself said so, an error where it couldn't be asked.
func (l *Line) Speaks(ctx context.Context, to record.Key) (bool, error) {
	p, err := l.courier.Peer(to)
	if err != nil {
		return false, err
	}
	return l.courier.exchange.Speaks(ctx, p, l.protocol)
}
