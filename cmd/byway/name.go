package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) nameCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "name WHO PETNAME",
		Short:             "Give a contact a name of your own",
		Long:              "Name binds a name of your own to the key of one contact. Others never see it.",
		Example:           "  byway name k7mz2a4q bakery",
		Args:              exactly("WHO", "PETNAME"),
		ValidArgsFunction: inOrder(a.completeWho(), nothing),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Node.Name(ctx, &localv1.NameRequest{Who: args[0], Petname: args[1]})
				if err != nil {
					return err
				}
				return a.show(func(p *page) {
					p.line("%s is %s now", shortKey(r.GetContact().GetKey()), r.GetContact().GetPetname())
				}, r.GetContact())
			})
		},
	}
}
