package node_test

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

// run starts a node of the given configuration, for what needs no control socket.
func run(t *testing.T, c node.Config, before ...func(*node.Node) error) *node.Node {
	t.Helper()
	if c.Dir == "" {
		c.Dir = shortDir(t)
	}
	n, err := node.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range before {
		if err := f(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

var sells = node.Policy{
	Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Accept}, "SD-BASE-DP": {Reply: node.Accept}},
	Otherwise: node.Decline, From: node.Anyone,
}

func TestAnIntentionFindsItsVendorThroughACommunity(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	steward := run(t, node.Config{Organisation: "The Steward", Steward: true})
	invite, err := steward.Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	roaster := run(t, node.Config{Organisation: "The Roaster", Policy: &sells}, func(n *node.Node) error {
		return n.OnAgreement("count", func(context.Context, node.Agreement) error { told.Add(1); return nil })
	})
	list, err := os.Open("../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	if _, err := roaster.Import(ctx, list, node.ImportOptions{Strict: true}, node.Auto); err != nil {
		t.Fatal(err)
	}
	alice := run(t, node.Config{})
	for _, n := range []*node.Node{roaster, alice} {
		if err := n.Join(ctx, invite); err != nil {
			t.Fatal(err)
		}
	}
	beans, err := node.ParseCategory("food/coffee")
	if err != nil {
		t.Fatal(err)
	}
	cast, err := alice.Cast(ctx, node.Wish{Category: beans, Text: "espresso beans", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := alice.Offers(ctx, cast.ID, 1)
	if err != nil {
		t.Fatalf("no offer: %v; deliveries %+v", err, cast.Deliveries)
	}
	a, err := alice.Accept(ctx, offers[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if a.Record == nil || !a.InForce {
		t.Fatalf("the taking is %q", a.Words)
	}
	sameOnBothSides(ctx, t, alice, roaster, 2)
	if got := told.Load(); got < 2 {
		t.Errorf("the roaster's program was told of %d agreements, want 2", got)
	}
}

func TestWhoIsNotAlwaysOnFoundsNoCommunity(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for name, c := range map[string]node.Config{"a shop": {Organisation: "The Bakery"}, "a person": {}} {
		if _, err := run(t, c).Found(ctx, "market"); err == nil || !strings.Contains(err.Error(), "byway up --steward") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sameOnBothSides waits until both hold n agreements, and compares their bytes.
func sameOnBothSides(ctx context.Context, t *testing.T, a, b *node.Node, n int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		hers, theirs := held(ctx, t, a), held(ctx, t, b)
		if len(hers) == n && len(theirs) == n {
			for id, rec := range hers {
				if string(rec) != string(theirs[id]) {
					t.Errorf("%s differs between the two sides", id)
				}
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d and %d agreements, want %d on both sides", len(hers), len(theirs), n)
		}
	}
}

func held(ctx context.Context, t *testing.T, n *node.Node) map[node.ID][]byte {
	t.Helper()
	all, err := n.Agreements(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[node.ID][]byte{}
	for _, a := range all {
		if a.Record != nil {
			out[a.ID] = a.Record
		}
	}
	return out
}
