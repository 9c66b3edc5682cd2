package node_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/bywaynet/byway/node"
)

// A node runs from Start until Close, in a folder that holds its keys and all that it
// signed. Started again there, it is the same party.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "byway")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	n, err := node.New(node.Config{Dir: dir, Organisation: "Corner Coffee"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	s, err := n.Status(ctx)
	fmt.Println(s.Organisation, "runs:", err == nil)
	fmt.Println("closed:", n.Close() == nil)
	// Output:
	// Corner Coffee runs: true
	// closed: true
}

// A shop answers from a function of its own; a person casts, waits for offers, takes the
// first, and holds the same record as the shop. All three nodes run in this process,
// and reach each other over loopback.
func ExampleNode_OnIntention() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := sellBeans(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Corner Coffee offers filter roast, 1 kg for 18.50 EUR
	// SD-BASE in force: true
}

func sellBeans(ctx context.Context) (err error) {
	beans, err := node.ParseCategory("food/coffee")
	if err != nil {
		return err
	}
	steward, stop, err := exampleNode(ctx, node.Config{Organisation: "The Steward", Steward: true}, nil)
	if err != nil {
		return err
	}
	defer stop()
	invite, err := steward.Found(ctx, "market")
	if err != nil {
		return err
	}

	policy := &node.Policy{Rules: map[string]node.Rule{"SD-BASE": {Reply: node.Accept}}, Otherwise: node.Decline, From: node.Anyone}
	shop, stop, err := exampleNode(ctx, node.Config{Organisation: "Corner Coffee", Policy: policy}, func(n *node.Node) error {
		return n.OnIntention(node.Interest{Categories: []node.Category{beans}}, func(_ context.Context, i node.Intention) (*node.Quote, error) {
			price, err := node.ParseAmount("18.50", "EUR")
			return &node.Quote{Item: "filter roast, 1 kg", Price: price}, err
		})
	})
	if err != nil {
		return err
	}
	defer stop()

	alice, stop, err := exampleNode(ctx, node.Config{}, nil)
	if err != nil {
		return err
	}
	defer stop()
	if err := errors.Join(shop.Join(ctx, invite), alice.Join(ctx, invite)); err != nil {
		return err
	}
	cast, err := alice.Cast(ctx, node.Wish{Category: beans, Text: "beans for filter"})
	if err != nil {
		return err
	}
	offers, err := alice.Offers(ctx, cast.ID, 1)
	if err != nil {
		return err
	}
	o := offers[0]
	fmt.Println(o.Name, "offers", o.Item.Name, "for", o.Price)
	a, err := alice.Accept(ctx, o.ID)
	fmt.Println(a.Body.Terms.ID, "in force:", a.InForce)
	return err
}

// exampleNode starts a node in a folder of its own; ready sets its handlers before, where it has any.
func exampleNode(ctx context.Context, c node.Config, ready func(*node.Node) error) (n *node.Node, stop func(), err error) {
	if c.Dir, err = os.MkdirTemp("", "byway"); err != nil {
		return nil, nil, err
	}
	stop = func() { _ = os.RemoveAll(c.Dir) }
	n, err = node.New(c)
	if err == nil && ready != nil {
		err = ready(n)
	}
	if err == nil {
		err = n.Start(ctx)
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	return n, func() { _ = n.Close(); _ = os.RemoveAll(c.Dir) }, nil
}

// A price is exact: so many minor units of a currency.
func ExampleParseAmount() {
	loaf, err := node.ParseAmount("4.20", "EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	three, err := loaf.Times(3)
	fmt.Println(three, err)
	// Output: 12.60 EUR <nil>
}
