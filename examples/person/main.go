// Person looks for something, waits for offers, and takes the cheapest.
//
//	go run ./examples/person -invite INVITE -text "a country loaf" food/bread
//
// Its node casts the intention under a key used for nothing else. Each offer that comes
// is from a vendor already bound by her terms; the one that she takes is agreed to under
// a key made for that vendor alone. The co-signed record is left in a file, which
// "byway verify" reads with no node.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/bywaynet/byway/node"
)

// A search is what is looked for, and how.
type search struct {
	dir    string        // the node's folder
	invite string        // of the community to cast in; needed once
	what   string        // what is looked for, in plain words
	in     string        // the category to look in
	offers int           // take the cheapest of so many,
	wait   time.Duration // or of those that came until then
	proof  string        // the file for the record that both signed
}

func main() {
	var s search
	flag.StringVar(&s.dir, "dir", "person", "the node's `folder`")
	flag.StringVar(&s.invite, "invite", "", "join the community of this `invite`; needed once")
	flag.StringVar(&s.what, "text", "a country loaf", "what to look for, in plain `words`")
	flag.IntVar(&s.offers, "offers", 3, "wait for so `many` offers")
	flag.DurationVar(&s.wait, "wait", 10*time.Second, "but no longer than this `time`")
	flag.StringVar(&s.proof, "proof", "agreement.byway", "the `file` for what both sides signed")
	flag.Parse()
	if s.in = flag.Arg(0); s.in == "" {
		s.in = "food/bread"
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, s, log); err != nil {
		log.Error("the search ends", "error", err)
		os.Exit(1)
	}
}

// errNothing: no offer came in time, or none was agreed to. Look again, or wait longer.
var errNothing = errors.New("nothing was agreed")

// run casts, waits, accepts, and writes the proof. Errors: errNothing, what the node says.
func run(ctx context.Context, s search, log *slog.Logger) (err error) {
	n, err := node.New(node.Config{
		Dir:         s.dir,
		Safe:        node.SafeUnsealed, // an example puts nothing in your keyring; leave this out
		Preferences: &node.Preferences{Acceptable: []string{"SD-BASE", "SD-BASE-DP"}, Apply: node.Always, OffList: node.AskMe},
	})
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if s.invite != "" {
		if err := n.Join(ctx, s.invite); err != nil && !errors.Is(err, node.ErrMember) {
			return err
		}
	}
	best, err := ask(ctx, n, s, log)
	if err != nil {
		return err
	}
	a, err := n.Accept(ctx, best.ID)
	if err != nil {
		return err
	}
	if a.Record == nil {
		return fmt.Errorf("%w: %s", errNothing, a.Words)
	}
	if err := os.WriteFile(s.proof, a.Record, 0o600); err != nil {
		return err
	}
	log.Info("agreed", "with", best.Name, "terms", a.Body.Terms.ID, "state", a.Words, "check it by", "byway verify "+s.proof)
	return nil
}

// ask casts the intention and returns the cheapest of its offers. They may come in any
// currency: only those in that of the first are compared.
func ask(ctx context.Context, n *node.Node, s search, log *slog.Logger) (best node.Offer, err error) {
	in, err := node.ParseCategory(s.in)
	if err != nil {
		return best, err
	}
	cast, err := n.Cast(ctx, node.Wish{Category: in, Text: s.what})
	if err != nil {
		return best, err
	}
	log.Info("cast", "looking for", s.what, "in", in)
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	offers, err := n.Offers(waiting, cast.ID, s.offers)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return best, err
	}
	if len(offers) == 0 {
		return best, fmt.Errorf("%w: no offer within %s", errNothing, s.wait)
	}
	best = offers[0]
	for _, o := range offers {
		log.Info("offered", "by", o.Name, "item", o.Item.Name, "price", o.Price)
		if cheaper, err := o.Price.Compare(best.Price); err == nil && cheaper < 0 {
			best = o
		}
	}
	return best, nil
}
