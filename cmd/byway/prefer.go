package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) preferCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prefer [TERMS…]",
		Short: "Say which terms a person proffers and takes (hers)",
		Long: `Prefer sets the terms that you take, the one you like best first: that one is
proffered where you name none. An alternative that a shop answers is taken without asking you
only if it is on this list and --apply says so. Without arguments it shows what holds.

  --apply always         an alternative on the list is taken without asking
  --apply conditionally  you are asked about it
  --apply never          it is declined
  --off-list ask|decline what happens to an alternative that isn't on the list`,
		Example:           "  byway prefer SD-BASE-DP SD-BASE --apply always\n  byway prefer --off-list decline",
		ValidArgsFunction: every(completeTerms),
	}
	apply := cmd.Flags().String("apply", "", "take an alternative on the list: `always|conditionally|never`")
	offList := cmd.Flags().String("off-list", "", "what to do with one that isn't: `ask|decline`")
	choice(cmd, "apply", "always", "conditionally", "never")
	choice(cmd, "off-list", "ask", "decline")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			got, err := c.Dealing.GetPreferences(ctx, &localv1.GetPreferencesRequest{})
			if err != nil {
				return err
			}
			p := got.GetPreferences()
			if len(args) > 0 || *apply != "" || *offList != "" {
				if p, err = a.setPreferences(ctx, c, p, args, *apply, *offList); err != nil {
					return err
				}
			}
			return a.show(func(out *page) {
				out.fields("acceptable", list(p.GetAcceptable()), "apply", p.GetApply(), "off the list", p.GetOffList())
			}, p)
		})
	}
	return cmd
}

func (a *app) setPreferences(ctx context.Context, c *localapi.Client, p *localv1.Preferences, ids []string, apply, offList string) (*localv1.Preferences, error) {
	next := &localv1.Preferences{Acceptable: p.GetAcceptable(), Apply: p.GetApply(), OffList: p.GetOffList()}
	if len(ids) > 0 {
		next.Acceptable = ids
	}
	if apply != "" {
		next.Apply = apply
	}
	if offList != "" {
		next.OffList = offList
	}
	set, err := c.Dealing.SetPreferences(ctx, &localv1.SetPreferencesRequest{Preferences: next})
	return set.GetPreferences(), err
}

// choice completes a flag by the words that it takes. The node says which it takes: one
// list, in one place.
func choice(cmd *cobra.Command, flag string, ws ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return ws, cobra.ShellCompDirectiveNoFileComp
	}) // fails for a flag that isn't there or has one already: a test holds that each is
}
