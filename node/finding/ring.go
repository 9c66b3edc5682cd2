package finding

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	dhtrecord "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/routing"
	"github.com/multiformats/go-multihash"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
)

// The contract of a community's DHT.
const (
	// provideEvery is how often cards and categories are published again: values and provider
	// records last 48 h.
	provideEvery = 20 * time.Hour
	// maxProviders is how many nodes of one category are followed up in one search.
	maxProviders = 64
	// lookTimeout bounds one look-up: a hostile DHT costs no more.
	lookTimeout = 10 * time.Second
)

// ring is this node's part in the DHT of one community.
type ring struct{ dht *dht.IpfsDHT }

// newRing joins the DHT of a community: as a server, or as a client that only asks.
func newRing(h host.Host, id record.ID, server bool, bootstrap func() []peer.AddrInfo, v *cards) (*ring, error) {
	mode := dht.ModeClient
	if server {
		mode = dht.ModeServer
	}
	d, err := dht.New(h,
		dht.ProtocolPrefix(protocol.ID(community.Prefix(id))),
		dht.Mode(mode),
		dht.Validator(dhtrecord.NamespacedValidator{cardSpace: v}),
		dht.Datastore(newShelf()),
		dht.BootstrapPeersFunc(bootstrap),
	)
	if err != nil {
		return nil, fmt.Errorf("join the DHT: %w", err)
	}
	return &ring{dht: d}, nil
}

func (r *ring) close() error { return r.dht.Close() }

// putCard publishes a card under the hash of its key.
func (r *ring) putCard(ctx context.Context, k record.Key, card []byte) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return r.dht.PutValue(ctx, cardKey(k), card)
}

// card looks up the newest card of an organisation; nil where none is found.
func (r *ring) card(ctx context.Context, k record.Key) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	b, err := r.dht.GetValue(ctx, cardKey(k))
	if errors.Is(err, routing.ErrNotFound) {
		return nil, nil
	}
	return b, err
}

// provide makes this node a provider of a category.
func (r *ring) provide(ctx context.Context, p category.Path) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return r.dht.Provide(ctx, categoryID(p), true)
}

// alone reports whether no other node of the DHT is known.
func (r *ring) alone() bool { return r.dht.RoutingTable().Size() == 0 }

// providers returns nodes that say that they deal in a category or below it, then those of
// each category above it, for some name no more than that: hints, at most maxProviders.
func (r *ring) providers(ctx context.Context, p category.Path) []peer.AddrInfo {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	above := p.Prefixes()
	slices.Reverse(above)
	found := make([][]peer.AddrInfo, len(above))
	var wg sync.WaitGroup
	for i, q := range above {
		wg.Go(func() {
			for info := range r.dht.FindProvidersAsync(ctx, categoryID(q), maxProviders) {
				found[i] = append(found[i], info)
			}
		})
	}
	wg.Wait()
	seen := map[peer.ID]bool{}
	return slices.DeleteFunc(slices.Concat(found...), func(info peer.AddrInfo) bool {
		again := seen[info.ID] || len(seen) == maxProviders
		seen[info.ID] = seen[info.ID] || !again
		return again
	})
}

// categoryID names a category in the DHT: the sha256 of "byway-category", a zero byte, and the path.
func categoryID(p category.Path) cid.Cid {
	sum := sha256.Sum256([]byte("byway-category\x00" + p.String()))
	// A digest of 32 bytes always has a multihash.
	h, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		return cid.Undef
	}
	return cid.NewCidV1(cid.Raw, h)
}
