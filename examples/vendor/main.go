// Vendor is a bakery whose own program answers intentions.
//
//	go run ./examples/vendor -invite INVITE
//
// It runs a node, joins the community of the invite, and prices each wish for bread in a
// function: no price list has to be kept. Whoever takes an offer made so holds the
// bakery's signature, and the bakery holds hers.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/bywaynet/byway/node"
)

func main() {
	dir := flag.String("dir", "bakery", "the node's `folder`")
	invite := flag.String("invite", "", "join the community of this `invite`; needed once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, *dir, *invite, log); err != nil {
		log.Error("the bakery closes", "error", err)
		os.Exit(1)
	}
}

// run is the bakery's node, from its start until ctx ends or its owner types
// "byway down". Where invite is empty it stays in the communities that it joined before.
func run(ctx context.Context, dir, invite string, log *slog.Logger) (err error) {
	bread, err := node.ParseCategory("food/bread")
	if err != nil {
		return err
	}
	n, err := node.New(node.Config{
		Dir: dir, Organisation: "The Bakery", Log: log,
		Safe: node.SafeUnsealed, // an example puts nothing in your keyring; leave this out
		Policy: &node.Policy{
			Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Accept}},
			Otherwise: node.Decline, From: node.Anyone,
		},
	})
	if err != nil {
		return err
	}
	if err := n.OnIntention(node.Interest{Name: "bread", Categories: []node.Category{bread}}, quote); err != nil {
		return err
	}
	if err := n.OnAgreement("log", func(_ context.Context, a node.Agreement) error {
		log.Info("agreed", "terms", a.Body.Terms.ID, "with", a.First.Short(), "agreement", a.ID.Short())
		return nil
	}); err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if invite != "" {
		if err := n.Join(ctx, invite); err != nil && !errors.Is(err, node.ErrMember) {
			return err
		}
	}
	log.Info("the bakery is open", "folder", dir)
	select {
	case <-ctx.Done():
	case <-n.Asked():
	}
	return nil
}

// oven is how many loaves one night's baking has.
const oven = 40

// quote prices as many loaves as are wanted. It says nothing to what the bakery can't
// do: a vendor that stays silent has agreed to nothing, and the person learns nothing
// about it. The node signs what is returned, keeps it, and sends it until it arrives.
func quote(_ context.Context, i node.Intention) (*node.Quote, error) {
	loaf, err := node.ParseAmount("4.20", "EUR")
	if err != nil {
		return nil, err
	}
	loaves := max(i.Quantity, 1)
	if loaves > oven || i.Currency != "" && i.Currency != loaf.Currency {
		return nil, nil
	}
	total, err := loaf.Times(int(loaves))
	if err != nil {
		return nil, err
	}
	return &node.Quote{
		Item: "country loaf, 1 kg", Price: total, Quantity: loaves, GoodFor: 12 * time.Hour,
		Note: "baked the night before you fetch it",
	}, nil
}
