package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) acceptCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accept OFFER",
		Short: "Take an offer, under terms that it names",
		Long: `Accept proffers the offer's service terms under a key made for this shop alone, and
links it to the key that you cast under. A shop that refuses now stands against its own signature.`,
		Example:           "  byway accept k3x7m2aa\n  byway accept k3x7m2aa --terms SD-BASE-DP",
		Args:              exactly("OFFER"),
		ValidArgsFunction: once(a.completeOffer()),
	}
	terms := cmd.Flags().String("terms", "", "which of the offer's `TERMS` (default: the first that you prefer)")
	wait := lapseFlag(cmd, "wait", "10s", "wait up to `TIME` for the shop's signature")
	choice(cmd, "terms", rosterIDs()...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req := &localv1.AcceptRequest{OfferId: args[0], Terms: *terms, WaitMs: wait.ms()}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			before := newestThread(ctx, c, "")
			r, err := c.Casting.Accept(ctx, req)
			if err != nil {
				return a.proffered(ctx, c, err, "", before)
			}
			return a.showTaken(r)
		})
	}
	return cmd
}

func (a *app) showTaken(r *localv1.AcceptResponse) error {
	err := a.show(func(p *page) {
		a.offerPage(p, r.GetOffer(), "by")
		p.line("agreement %s: %s", r.GetAgreementId(), r.GetAgreementView())
		p.line("keep the proof: %s", a.line("agreements export "+shortID(r.GetAgreementId())))
	}, r)
	if err == nil && r.GetRefused() {
		return errRefused
	}
	return err
}
