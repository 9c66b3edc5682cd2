package courier

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/store"
)

// Exchange is what the courier needs of protocol/exchange.
type Exchange interface {
	Call(ctx context.Context, to peer.ID, p exchange.Protocol, req []byte) answer.Outcome
	Speaks(ctx context.Context, to peer.ID, p exchange.Protocol) (bool, error)
}

// Tables is where roads to those who have no card are kept.
type Tables interface {
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

const tableRoads store.Table = "roads" // key → multiaddrs with the peer id, space between

const (
	page = 512 // rows read at once
	// maxRoads bounds the roads that are remembered from requests and replies; above it
	// an arbitrary one is forgotten, and asked for again when it is needed.
	maxRoads = 1 << 16
	// addressTTL is how long the addresses of a road are offered to the dialler.
	addressTTL = time.Hour
)

// Config is what a Courier works with; all but Log must be set.
type Config struct {
	Host     host.Host
	Exchange Exchange
	Tables   Tables
	// Card returns the roads on a party's newest card and the protocols that it
	// speaks, or nothing. The card's road goes before what was heard.
	Card func(k record.Key) (roads []road.Road, speaks []string)
	Log  *slog.Logger
}

// Courier knows the roads. Safe for concurrent use.
type Courier struct {
	Config

	mu    sync.Mutex
	roads map[record.Key]*way
}

// way is how a party is reached. A second road takes the place of the first only once
// that has failed: who replays an old request must not draw answers away.
type way struct {
	first, second peer.AddrInfo
}

// Open returns a courier that knows the roads that were kept.
func Open(ctx context.Context, c Config) (*Courier, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	out := &Courier{Config: c, roads: map[record.Key]*way{}}
	var after []byte
	for {
		rows, err := c.Tables.Scan(ctx, tableRoads, nil, after, page)
		if err != nil {
			return nil, fmt.Errorf("read roads: %w", err)
		}
		for _, r := range rows {
			after = r.Key
			k, err := record.ParseKey(r.Key)
			info, ok := parse(string(r.Value))
			if err == nil && ok {
				out.roads[k] = &way{first: info}
			}
		}
		if len(rows) < page {
			return out, nil
		}
	}
}

// parse reads what text wrote.
func parse(s string) (peer.AddrInfo, bool) {
	var out peer.AddrInfo
	for _, a := range strings.Fields(s) {
		info, err := peer.AddrInfoFromString(a)
		if err != nil || out.ID != "" && info.ID != out.ID {
			return peer.AddrInfo{}, false
		}
		out.ID, out.Addrs = info.ID, append(out.Addrs, info.Addrs...)
	}
	return out, out.ID != ""
}

func text(info peer.AddrInfo) string {
	var out []string
	for _, a := range info.Addrs {
		out = append(out, a.String()+"/p2p/"+info.ID.String())
	}
	return strings.Join(out, " ")
}

// Learn remembers roads to a party that said so itself, such as those of a cast's
// reply. Roads that this node can't read are passed over; an error says that none could be read.
func (c *Courier) Learn(k record.Key, roads []road.Road) error {
	info, err := First(roads)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room()
	c.roads[k] = &way{first: info}
	return nil
}

// Heard remembers that a signed request of the party came from the peer at the other
// end of ctx's exchange, and keeps that where it is the first road to it; outside an
// exchange it does nothing.
func (c *Courier) Heard(ctx context.Context, from record.Key) {
	p, ok := exchange.Peer(ctx)
	if !ok {
		return
	}
	info := peer.AddrInfo{ID: p, Addrs: c.Host.Peerstore().Addrs(p)}
	info.Addrs = info.Addrs[:min(len(info.Addrs), road.MaxAddresses)]
	c.mu.Lock()
	known, ok := c.roads[from]
	switch {
	case !ok:
		c.room()
		c.roads[from] = &way{first: info}
	case known.first.ID != p:
		known.second = info
		c.mu.Unlock()
		return
	case len(info.Addrs) == 0 || text(known.first) == text(info):
		c.mu.Unlock()
		return
	default:
		known.first = info
	}
	c.mu.Unlock()
	c.keep(ctx, from, info)
}

// keep writes a road down. It is a hint: where that fails the party is heard again.
func (c *Courier) keep(ctx context.Context, k record.Key, info peer.AddrInfo) {
	if len(info.Addrs) == 0 {
		return
	}
	if err := c.Tables.Put(ctx, tableRoads, k[:], []byte(text(info))); err != nil {
		c.Log.Warn("a road couldn't be kept", "party", k.Short(), "error", err)
	}
}

// room forgets a road where there are too many. The caller holds mu.
func (c *Courier) room() {
	if len(c.roads) < maxRoads {
		return
	}
	for old := range c.roads {
		delete(c.roads, old)
		return
	}
}

// failed has the next call take the second road, where there is one.
func (c *Courier) failed(ctx context.Context, k record.Key, p peer.ID) {
	c.mu.Lock()
	w, ok := c.roads[k]
	if !ok || w.first.ID != p || w.second.ID == "" {
		c.mu.Unlock()
		return
	}
	w.first, w.second = w.second, peer.AddrInfo{}
	info := w.first
	c.mu.Unlock()
	c.keep(ctx, k, info)
}

// Peer returns the peer that a call to the party would go to, or answer.ErrNoRoad. An
// organisation's own card goes before what was heard.
func (c *Courier) Peer(k record.Key) (peer.ID, error) {
	roads, _ := c.Card(k)
	info, err := First(roads)
	if err != nil {
		c.mu.Lock()
		w, ok := c.roads[k]
		if ok {
			info = w.first
		}
		c.mu.Unlock()
		if !ok {
			return "", fmt.Errorf("%w: %s", answer.ErrNoRoad, k.Short())
		}
	}
	if len(info.Addrs) > 0 {
		c.Host.Peerstore().AddAddrs(info.ID, info.Addrs, addressTTL)
	}
	return info.ID, nil
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
	out := l.courier.Exchange.Call(ctx, p, l.protocol, req)
	if out.Inferred != nil {
		l.courier.failed(ctx, to, p)
	}
	return out
}

// Speaks reports whether the party speaks the protocol: by its card, which it signed,
// else by its node's own word. False only where the node itself said so, an error
// where it couldn't be asked.
func (l *Line) Speaks(ctx context.Context, to record.Key) (bool, error) {
	if _, speaks := l.courier.Card(to); slices.Contains(speaks, string(l.protocol.ID)) {
		return true, nil
	}
	p, err := l.courier.Peer(to)
	if err != nil {
		return false, err
	}
	return l.courier.Exchange.Speaks(ctx, p, l.protocol)
}
