package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) intentionsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "intentions",
		Short:   "List what people look for under your categories",
		Long:    "Intentions lists the live intentions that your shop has heard, and whether it has answered.",
		Example: "  byway intentions",
		Args:    exactly(),
	}
	all := cmd.Flags().Bool("all", false, "also those that are over")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.ListIntentions(ctx, &localv1.ListIntentionsRequest{All: *all})
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				if len(r.GetIntentions()) == 0 {
					p.line("none heard")
					return
				}
				var rows [][]string
				for _, i := range r.GetIntentions() {
					rows = append(rows, []string{
						shortID(i.GetId()), i.GetCategory(), i.GetText(), amount(i.GetQuantity(), i.GetUnit()), i.GetPlace(),
						i.GetState(), yes(i.GetAnswered(), "yes"), a.when(timeOf(i.GetExpires())),
					})
				}
				p.table([]string{"ID", "CATEGORY", "WHAT", "HOW MANY", "WHERE", "STATE", "ANSWERED", "EXPIRES"}, rows)
				p.line("to answer one: %s", a.line("offer ID --item SKU"))
			}, messages(r.GetIntentions())...)
		})
	}
	return cmd
}
