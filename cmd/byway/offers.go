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
On a shop's node, --sent lists what it offered. A program that wants a page at a time gives a
limit, and then the cursor of the last line that it had.`,
		Example:           "  byway offers\n  byway offers --sent",
		Args:              between(0, "CAST"),
		ValidArgsFunction: once(a.completeCast()),
	}
	req := new(localv1.ListOffersRequest)
	cmd.Flags().BoolVar(&req.Sent, "sent", false, "what your shop offered")
	cmd.Flags().Uint64Var(&req.After, "after", 0, "only what comes after this `CURSOR` in that order")
	cmd.Flags().BoolVar(&req.Newest, "newest", false, "the newest first, as with --sent in any case")
	limit := cmd.Flags().Uint32("limit", 0, "at most so many `LINES`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			req.CastId = args[0]
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			all, next, err := listOffers(ctx, c, req, int(*limit))
			if err != nil {
				return err
			}
			return a.show(func(p *page) { a.offersPage(p, all, req.GetSent(), next) }, messages(all)...)
		})
	}
	return cmd
}

// listOffers asks for pages until there are limit lines, or all for 0. It returns the
// cursor to go on after, 0 where there are no more.
func listOffers(ctx context.Context, c *localapi.Client, req *localv1.ListOffersRequest, limit int) (all []*localv1.Offer, next uint64, err error) {
	for {
		if limit > 0 {
			req.Limit = uint32(min(limit-len(all), localapi.MaxList))
		}
		r, err := c.Casting.ListOffers(ctx, req)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, r.GetOffers()...)
		if r.GetNext() == 0 || len(all) == limit {
			return all, r.GetNext(), nil
		}
		req.After = r.GetNext()
	}
}

func (a *app) offersPage(p *page, all []*localv1.Offer, sent bool, next uint64) {
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
	if next > 0 {
		p.line("more: the same with --after %d", next)
	}
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
