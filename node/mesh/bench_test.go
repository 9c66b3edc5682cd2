package mesh

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

const (
	benchNodes  = 100
	benchDegree = 8 // connections that each node opens to nodes before it
)

// BenchmarkCastToTheLastOf100 measures a cast from its publication to the handler of the
// last of 100 nodes on loopback QUIC, against bare gossipsub between the same hosts, over the same
// connections, with the same options and the same 4 KiB, in turns: once with one Ed25519
// verification in its validator (x/floor), once with none (x/unverified). The ratios are of medians;
// each iteration is one cast in each of the three.
func BenchmarkCastToTheLastOf100(b *testing.B) {
	hosts := benchHosts(b)
	ours := newOurs(b, hosts)
	verified, bare := newFloor(b, hosts, "verified", true), newFloor(b, hosts, "bare", false)
	all := []*field{ours, verified, bare}
	b.StopTimer()
	ready(b, all)
	for i := range 5 {
		for _, f := range all {
			f.round(b, -1-i)
		}
	}
	took := make([][]time.Duration, len(all))
	for i := range b.N {
		for k := range all {
			// In turns, each first as often as the others.
			n := (k + i) % len(all)
			took[n] = append(took[n], all[n].round(b, i))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2])
	}
	o, v, u := median(took[0]), median(took[1]), median(took[2])
	b.ReportMetric(o/v, "x/floor")
	b.ReportMetric(o/u, "x/unverified")
	b.ReportMetric(o/1e6, "ms/cast")
	b.ReportMetric(v/1e6, "floor-ms/cast")
	b.ReportMetric(u/1e6, "unverified-ms/cast")
	b.ReportMetric(0, "ns/op")
}

// field is one system over all hosts.
type field struct {
	make    func(b *testing.B, n int) []byte
	publish func(from int, data []byte) error
	peers   func(node int) int
	arrived chan struct{}
}

// round publishes one message from a node of its own and waits until all have it.
func (f *field) round(b *testing.B, n int) time.Duration {
	b.Helper()
	data := f.make(b, n)
	from := (n + benchNodes) % benchNodes
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	began := time.Now()
	if err := f.publish(from, data); err != nil {
		b.Fatal(err)
	}
	for got := range benchNodes {
		select {
		case <-f.arrived:
		case <-limit.C:
			b.Fatalf("after 10 s %d of %d nodes have it", got, benchNodes)
		}
	}
	return time.Since(began)
}

func benchHosts(b *testing.B) []host.Host {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var hosts []host.Host
	for range benchNodes {
		h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/quic-v1"), libp2p.DisableRelay(), libp2p.DisableMetrics())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = h.Close() })
		for _, i := range random.Perm(len(hosts))[:min(len(hosts), benchDegree)] {
			if err := h.Connect(b.Context(), peer.AddrInfo{ID: hosts[i].ID(), Addrs: hosts[i].Addrs()}); err != nil {
				b.Fatal(err)
			}
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// ready waits until each node of each field has greeted those that it is connected to, and
// some heartbeats more for the meshes to form.
func ready(b *testing.B, all []*field) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	calm := 0
	for calm < 50 {
		select {
		case <-ctx.Done():
			b.Fatal("the nodes don't find each other")
		case <-tick.C:
		}
		calm++
		for _, f := range all {
			for i := range benchNodes {
				if f.peers(i) < benchDegree/2 {
					calm = 0
				}
			}
		}
	}
}

func newOurs(b *testing.B, hosts []host.Host) *field {
	b.Helper()
	f := &field{arrived: make(chan struct{}, benchNodes)}
	town := meshtest.Town(b, "food")
	food := meshtest.Path(b, "food")
	var all []*Mesh
	for _, h := range hosts {
		m, err := New(b.Context(), Config{Host: h})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = m.Close() })
		err = m.Join(b.Context(), Entry{Founding: town, Deliver: func(context.Context, category.Path, intention.Item) error {
			f.arrived <- struct{}{}
			return nil
		}})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, m)
	}
	f.make = func(b *testing.B, n int) []byte {
		by := fmt.Sprint("alice ", n, time.Now())
		return meshtest.Form(b, meshtest.Wish(b, town, "food/bread", by), by)
	}
	f.publish = func(from int, data []byte) error {
		_, err := all[from].Publish(context.Background(), town.ID, food, data)
		return err
	}
	f.peers = func(i int) int { return all[i].Peers(town.ID) }
	return f
}

func newFloor(b *testing.B, hosts []host.Host, name string, verify bool) *field {
	b.Helper()
	f := &field{arrived: make(chan struct{}, benchNodes)}
	id := record.SumID([]byte(name))
	name = community.Topic(id, meshtest.Path(b, "food"))
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	b.Cleanup(wg.Wait)
	var routers []*pubsub.PubSub
	var topics []*pubsub.Topic
	for _, h := range hosts {
		log := slog.New(slog.DiscardHandler)
		ps, err := pubsub.NewGossipSub(b.Context(), h, options(id, []string{name}, log, &drops{log: log})...)
		if err != nil {
			b.Fatal(err)
		}
		check := func(_ context.Context, _ peer.ID, m *pubsub.Message) bool {
			body := m.GetData()[:intention.FormSize-ed25519.SignatureSize]
			return !verify || ed25519.Verify(public, body, m.GetData()[len(body):])
		}
		if err := ps.RegisterTopicValidator(name, check); err != nil {
			b.Fatal(err)
		}
		t, err := ps.Join(name)
		if err != nil {
			b.Fatal(err)
		}
		sub, err := t.Subscribe()
		if err != nil {
			b.Fatal(err)
		}
		wg.Go(func() {
			for {
				if _, err := sub.Next(b.Context()); err != nil {
					return
				}
				f.arrived <- struct{}{}
			}
		})
		routers, topics = append(routers, ps), append(topics, t)
	}
	f.make = func(*testing.B, int) []byte {
		body := make([]byte, intention.FormSize-ed25519.SignatureSize)
		copy(body, fmt.Sprint(time.Now()))
		return append(body, ed25519.Sign(private, body)...)
	}
	f.publish = func(from int, data []byte) error { return topics[from].Publish(context.Background(), data) }
	f.peers = func(i int) int { return len(routers[i].ListPeers(name)) }
	return f
}
