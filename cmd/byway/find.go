package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) findCmd() *cobra.Command {
	req := new(localv1.FindRequest)
	cmd := &cobra.Command{
		Use:   "find CATEGORY",
		Short: "List the shops under a category, with the terms they accept",
		Long: `Find searches the community's directory of cards. A person's node has it at home, so
nobody learns what she looks for. CATEGORY is a path of words, and finds all below it.`,
		Example: "  byway find food/coffee\n  byway find bicycles --refresh",
		Args:    exactly("CATEGORY"),
	}
	cmd.Flags().StringVar(&req.Community, "community", "", "in this `COMMUNITY` (default: the one that the node is in)")
	cmd.Flags().BoolVar(&req.Refresh, "refresh", false, "fetch what changed first")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Category = args[0]
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Finding.Find(ctx, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				if len(r.GetVendors()) == 0 {
					p.line("no shop under %s", req.GetCategory())
					return
				}
				contactsPage(p, r.GetVendors())
			}, messages(r.GetVendors())...)
		})
	}
	return cmd
}
