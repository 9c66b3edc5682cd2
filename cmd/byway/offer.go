package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) offerCmd() *cobra.Command {
	req := new(localv1.OfferRequest)
	cmd := &cobra.Command{
		Use:   "offer INTENTION",
		Short: "Answer an intention with an item and a price",
		Long: `Offer signs an offer, and with it the terms that the person set for her intention. The
item is a SKU of your catalog, whose price holds then, or a name in plain words with a price.
The service terms are what you will countersign when she takes it (default: what your policy accepts).`,
		Example: "  byway offer k3x7m2aa --item BEANS-1KG\n" +
			"  byway offer k3x7m2aa --item \"city bike, 54 cm\" --price \"180 EUR\" --terms SD-BASE --good-for 2d",
		Args:              exactly("INTENTION"),
		ValidArgsFunction: once(a.completeIntention()),
	}
	f := cmd.Flags()
	f.StringVar(&req.Item, "item", "", "a `SKU` of the catalog, or a name in plain words")
	f.StringVar(&req.Price, "price", "", "the `PRICE` with its currency, such as \"12.50 EUR\" (default: the catalog's)")
	f.Uint32Var(&req.Quantity, "quantity", 0, "how `MANY` (default: as asked for)")
	goodFor := lapseFlag(cmd, "good-for", "", "it holds for `TIME` (default: the node's)")
	f.StringArrayVar(&req.ServiceTerms, "terms", nil, "`TERMS` that you will countersign; give the flag once for each")
	f.StringVar(&req.Note, "note", "", "a word to the person, in plain `WORDS`")
	choice(cmd, "terms", rosterIDs()...)
	_ = cmd.MarkFlagRequired("item") // fails for a flag that isn't there: it stands above
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.IntentionId, req.GoodForSeconds = args[0], goodFor.seconds()
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.Offer(ctx, req)
			if err != nil {
				return a.cutShort(ctx, err, "offers")
			}
			return a.show(func(p *page) { a.offerPage(p, r.GetOffer(), "to") }, r.GetOffer())
		})
	}
	return cmd
}
