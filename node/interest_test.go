package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

func TestAnOrganisationIsFoundUnderWhatItsHandlersAreFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	invite, err := run(t, node.Config{Organisation: "The Steward", Steward: true}).Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	bread, err := node.ParseCategory("food/bread")
	if err != nil {
		t.Fatal(err)
	}
	bakery := run(t, node.Config{Organisation: "The Bakery", Policy: &sells}, func(n *node.Node) error {
		return n.OnIntention(node.Interest{Categories: []node.Category{bread}}, func(context.Context, node.Intention) (*node.Quote, error) {
			return nil, nil
		})
	})
	alice := run(t, node.Config{})
	for _, n := range []*node.Node{bakery, alice} {
		if err := n.Join(ctx, invite); err != nil {
			t.Fatal(err)
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := alice.Find(ctx, bread)
		if err != nil {
			t.Fatalf("find: %v", err)
		}
		if len(found) == 1 && found[0].Card.Name == "The Bakery" {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("found %d under %s, want the bakery", len(found), bread)
		}
	}
}
