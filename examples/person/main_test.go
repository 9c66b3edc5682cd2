package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

// open starts a node on loopback, until the test ends; each of ready is called before.
func open(t *testing.T, c node.Config, ready ...func(*node.Node) error) *node.Node {
	t.Helper()
	c.Dir = folder(t)
	n, err := node.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ready {
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

// folder is one whose control socket's path is short enough.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "byway") //nolint:usetesting // the path of a test's own folder may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func market(ctx context.Context, t *testing.T) (invite string) {
	t.Helper()
	invite, err := open(t, node.Config{Organisation: "The Steward", Steward: true}).Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	return invite
}

// bakes is a node that offers a loaf at a price to whoever looks for bread.
func bakes(ctx context.Context, t *testing.T, invite, name, price string) *node.Node {
	t.Helper()
	bread, err := node.ParseCategory("food/bread")
	if err != nil {
		t.Fatal(err)
	}
	policy := &node.Policy{Rules: map[string]node.Rule{"SD-BASE": {Reply: node.Accept}}, Otherwise: node.Decline, From: node.Anyone}
	n := open(t, node.Config{Organisation: name, Policy: policy}, func(n *node.Node) error {
		return n.OnIntention(node.Interest{Categories: []node.Category{bread}}, func(context.Context, node.Intention) (*node.Quote, error) {
			loaf, err := node.ParseAmount(price, "EUR")
			return &node.Quote{Item: "a loaf", Price: loaf}, err
		})
	})
	if err := n.Join(ctx, invite); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThePersonTakesTheCheapestOffer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	invite := market(ctx, t)
	bakes(ctx, t, invite, "The Dear Bakery", "5.00")
	cheap := bakes(ctx, t, invite, "The Bakery", "4.20")

	dir := folder(t)
	proof := filepath.Join(dir, "agreement.byway")
	s := search{dir: dir, invite: invite, what: "a loaf", in: "food/bread", offers: 2, wait: 20 * time.Second, proof: proof}
	if err := run(ctx, s, slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		t.Fatal(err)
	}
	hers, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	all, err := cheap.Agreements(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if bytes.Equal(a.Record, hers) && a.Body.Terms.ID == "SD-BASE" {
			return
		}
	}
	t.Errorf("of the %d agreements of the cheapest none is the record that she keeps", len(all))
}

func TestASearchWithoutOffersSaysSo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := folder(t)
	proof := filepath.Join(dir, "agreement.byway")
	s := search{dir: dir, invite: market(ctx, t), what: "a loaf", in: "food/bread", offers: 1, wait: time.Millisecond, proof: proof}
	if err := run(ctx, s, slog.New(slog.DiscardHandler)); !errors.Is(err, errNothing) {
		t.Errorf("it ends with %v, want %v", err, errNothing)
	}
	if _, err := os.Stat(proof); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the proof of nothing is there: %v", err)
	}
}
