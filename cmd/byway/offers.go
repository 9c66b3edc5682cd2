package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) offersCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "offers [CAST]",
		Short: "List the offers that came, or that your shop sent",
		Long: `Offers lists what came back for your intentions. Each is signed by a shop that has
agreed to your terms for the intention already. A price above your own highest is marked with !.
On a shop's node, --sent lists what it offered.`,
		Example:           "  byway offers\n  byway offers --sent",
		Args:              between(0, "CAST"),
		ValidArgsFunction: once(a.completeCast()),
	}
	sent := cmd.Flags().Bool("sent", false, "what your shop offered")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req := &localv1.ListOffersRequest{Sent: *sent}
		if len(args) > 0 {
			req.CastId = args[0]
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.ListOffers(ctx, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) { a.offersPage(p, r.GetOffers(), *sent) }, messages(r.GetOffers())...)
		})
	}
	return cmd
}

func (a *app) offersPage(p *page, all []*localv1.Offer, sent bool) {
	if len(all) == 0 {
		p.line("none yet")
		return
	}
	var rows [][]string
	for _, o := range all {
		rows = append(rows, []string{
			shortID(o.GetId()), o.GetItem(), o.GetPrice() + yes(o.GetOverHighest(), " !"), o.GetWho(),
			list(o.GetServiceTerms()), o.GetState(), a.when(timeOf(o.GetGoodUntil())),
		})
	}
	with := "BY"
	if sent {
		with = "TO"
	}
	p.table([]string{"ID", "ITEM", "PRICE", with, "TERMS", "STATE", "GOOD UNTIL"}, rows)
	if !sent && slices.ContainsFunc(all, func(o *localv1.Offer) bool { return o.GetState() == "open" }) {
		p.line("to take one: %s", a.line("accept ID"))
	}
}

// offerPage shows one offer; way is "by" where it came from a shop, "to" where it went to a person.
func (a *app) offerPage(p *page, o *localv1.Offer, way string) {
	p.fields(
		"offer", o.GetId(),
		"state", o.GetState(),
		"item", o.GetItem(),
		"sku", o.GetSku(),
		"says", o.GetDescription(),
		"condition", o.GetCondition(),
		"price", o.GetPrice(),
		"how many", amount(o.GetQuantity(), ""),
		way, o.GetWho(),
		"terms", joined(o.GetServiceTerms()),
		"good until", a.when(timeOf(o.GetGoodUntil())),
		"note", o.GetNote(),
		"agreement", o.GetAgreementId(),
	)
	if o.GetUnreached() {
		p.line("%s", unreached)
	}
}
