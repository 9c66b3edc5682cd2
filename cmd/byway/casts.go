package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) castsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "casts",
		Short:   "List what you look for, and how many offers came",
		Long:    "Casts lists the intentions that are live; with --all also those that are over.",
		Example: "  byway casts --all",
		Args:    exactly(),
	}
	all := cmd.Flags().Bool("all", false, "also those that were withdrawn, taken or have expired")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.ListCasts(ctx, &localv1.ListCastsRequest{All: *all})
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				if len(r.GetCasts()) == 0 {
					p.line("%s", a.here("none; byway cast CATEGORY --text WHAT"))
					return
				}
				var rows [][]string
				for _, i := range r.GetCasts() {
					rows = append(rows, []string{shortID(i.GetId()), i.GetCategory(), i.GetText(), i.GetState(), fmt.Sprint(i.GetOffers()), a.when(timeOf(i.GetExpires()))})
				}
				p.table([]string{"ID", "CATEGORY", "WHAT", "STATE", "OFFERS", "EXPIRES"}, rows)
			}, messages(r.GetCasts())...)
		})
	}
	return cmd
}
