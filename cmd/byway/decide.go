package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) decideCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decide ID accept|decline|alternative [TERMS]",
		Short: "Answer what waits for you",
		Long: `Decide answers a proffer that your shop's policy left to you, or an alternative that a
shop answered to yours. An alternative is a shop's answer alone, once, with other terms of the
roster. ID is as "byway inbox" shows it.`,
		Example:           "  byway decide k3x7m2aa accept\n  byway decide k3x7m2aa alternative SD-BASE\n  byway decide k3x7m2aa decline --text \"we don't ship there\"",
		Args:              between(2, "ID", "accept|decline|alternative", "TERMS"),
		ValidArgsFunction: inOrder(a.completeWaiting(), words("accept", "decline", "alternative"), completeTerms),
	}
	text := cmd.Flags().String("text", "", "say why, in plain `WORDS`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req := &localv1.DecideRequest{Id: args[0], Answer: args[1], Text: *text}
		switch {
		case args[1] != "accept" && args[1] != "decline" && args[1] != "alternative":
			return usagef(cmd, "%q isn't accept, decline or alternative", args[1])
		case args[1] == "alternative" && len(args) < 3:
			return usagef(cmd, "TERMS is missing: an alternative names other terms")
		case args[1] != "alternative" && len(args) > 2:
			return usagef(cmd, "%q is one argument too many", args[2])
		case len(args) > 2:
			req.Terms = args[2]
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Dealing.Decide(ctx, req)
			if err != nil {
				return a.cutShort(ctx, err, "agreements show "+req.GetId())
			}
			return a.show(func(p *page) { a.agreementPage(p, r.GetAgreement()) }, r.GetAgreement())
		})
	}
	return cmd
}
