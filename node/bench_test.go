package node_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/store/storetest"
)

// perPerson is how many agreements one person makes: what the vendor's rate lets through
// at once, less what it takes to meet and to acknowledge.
const perPerson = agreement.Burst - 16

// market is a vendor that accepts, and the floor of an agreement with it.
type market struct {
	vendor  *node.Node
	address string
	floor   *floor
	made    uint64 // agreements, on either side of the comparison
}

func newMarket(b *testing.B) *market {
	b.Helper()
	bakery, _ := start(b, node.Config{Organisation: "The Bakery", Policy: &sells, Listen: onQUIC})
	st, err := bakery.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	m := &market{vendor: bakery, address: st.Addresses[0]}
	m.visit(b, func(p *node.Node) { m.floor = newFloor(b, len(agreeOn(b, p).Record)) })
	return m
}

// visit does something with a person's node that knows the vendor, has a key for it and
// a warm stream to it. After it both have acknowledged what was agreed.
func (m *market) visit(b *testing.B, do func(*node.Node)) {
	b.Helper()
	before := entries(b, m.vendor)
	dir := shortDir(b)
	alice, err := node.New(node.Config{Dir: dir, Listen: onQUIC})
	if err != nil {
		b.Fatal(err)
	}
	if err := alice.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := alice.Close(); err != nil {
			b.Error(err)
		}
	}()
	api, err := localapi.Dial(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()
	if _, err := api.Node.Meet(b.Context(), &localv1.MeetRequest{Address: m.address}); err != nil {
		b.Fatal(err)
	}
	agreeOn(b, alice)
	do(alice)
	all, err := alice.Agreements(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	// A proffer, the record that both signed, a receipt.
	waitForEntries(b, alice, 3*uint64(len(all)))
	waitForEntries(b, m.vendor, before+3*uint64(len(all)))
}

// agreeOn makes one agreement; it may be called by many goroutines.
func agreeOn(b *testing.B, alice *node.Node) node.Agreement {
	b.Helper()
	a, err := alice.Proffer(b.Context(), "The Bakery", node.Ask{Terms: "SD-BASE"})
	if err != nil || !a.InForce {
		b.Errorf("%s, %v", a.Words, err)
	}
	return a
}

func entries(b *testing.B, n *node.Node) uint64 {
	b.Helper()
	st, err := n.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return st.Entries
}

func waitForEntries(b *testing.B, n *node.Node, want uint64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		got := entries(b, n)
		if got >= want {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatalf("%d entries, want %d: not all is on both sides, and acknowledged", got, want)
		}
	}
}

// BenchmarkAgreement times one agreement at a time between two nodes on real sockets and
// disks, from the call of Proffer until both hold both signatures, in turns with its
// floor. An op is a whole person's worth of them; x-floor is the ratio of the medians.
func BenchmarkAgreement(b *testing.B) {
	m := newMarket(b)
	var ours, floors []time.Duration
	for b.Loop() {
		m.visit(b, func(alice *node.Node) {
			for range perPerson {
				m.made++
				pair := []func(){
					func() { ours = append(ours, took(func() { agreeOn(b, alice) })) },
					func() {
						floors = append(floors, took(func() {
							if err := m.floor.agreeAlone(m.made); err != nil {
								b.Error(err)
							}
						}))
					},
				}
				// What was synced just before helps or hinders the next.
				pair[m.made%2]()
				pair[1-m.made%2]()
			}
		})
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(ours).Microseconds()), "p50-µs")
	b.ReportMetric(float64(median(floors).Microseconds()), "floor-p50-µs")
	b.ReportMetric(float64(median(ours))/float64(median(floors)), "x-floor")
}

// BenchmarkAgreementsInFlight keeps 64 agreements under way between two nodes, in turns
// with 64 of their floors behind a bare funnel for each Badger. throughput-x-floor is the
// median over the rounds of what fraction of the floor's throughput ours reaches.
func BenchmarkAgreementsInFlight(b *testing.B) {
	m := newMarket(b)
	var bare sync.WaitGroup
	funnels := [2]*funnel{newFunnel(m.floor.badgers[0]), newFunnel(m.floor.badgers[1])}
	bare.Go(m.floor.answer)
	defer func() {
		close(m.floor.waiting)
		bare.Wait()
		funnels[0].close()
		funnels[1].close()
	}()
	var ours, ratios []time.Duration
	round := func(alice *node.Node) {
		first := m.made
		m.made += perPerson
		our := inFlight(func(int) { agreeOn(b, alice) })
		floor := inFlight(func(i int) {
			if err := m.floor.agree(first+uint64(i), m.floor.echoAmong, func(p int, row storetest.KV) error { return funnels[p].put(row) }); err != nil {
				b.Error(err)
			}
		})
		ours, ratios = append(ours, our), append(ratios, our*1000/floor)
	}
	for b.Loop() {
		m.visit(b, round)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perPerson/median(ours).Seconds(), "agreements/s")
	b.ReportMetric(1000/float64(median(ratios)), "throughput-x-floor")
}

// inFlight does perPerson pieces of work, 64 at once, and returns how long all took.
func inFlight(do func(i int)) time.Duration {
	const width = 64
	return took(func() {
		var wg sync.WaitGroup
		for w := range width {
			wg.Go(func() {
				for i := w; i < perPerson; i += width {
					do(i)
				}
			})
		}
		wg.Wait()
	})
}

func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
