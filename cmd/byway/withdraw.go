package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) withdrawCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "withdraw ID",
		Short:             "Withdraw an intention before it expires",
		Long:              "Withdraw tells all who heard an intention that it is over. What was agreed to about it stays agreed.",
		Example:           "  byway withdraw k3x7m2aa",
		Args:              exactly("ID"),
		ValidArgsFunction: once(a.completeCast()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Casting.Withdraw(ctx, &localv1.WithdrawRequest{Id: args[0]})
				if err != nil {
					return a.cutShort(ctx, err, "casts --all")
				}
				return a.show(func(p *page) {
					p.line("%s: %s", shortID(r.GetIntention().GetId()), r.GetIntention().GetState())
				}, r.GetIntention())
			})
		},
	}
}
