package main

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) preferCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prefer [TERMS…]",
		Short: "Say which terms a person proffers and takes (hers)",
		Long: `Prefer sets the terms that you take, the one you like best first: that one is
proffered where you name none. A shop may answer with other terms, an alternative: it is taken
without asking you only if it is on this list and --apply says so. Without arguments it shows
what holds.

  --apply never          you are asked about each alternative, by the inbox
  --apply conditionally  one on the list is taken unasked from a shop that you have an
                         agreement with, ended or not; else you are asked
  --apply always         one on the list is taken unasked
  --off-list ask|decline one that isn't on the list: you are asked, or it is declined`,
		Example:           "  byway prefer SD-BASE-DP SD-BASE --apply always\n  byway prefer --off-list decline",
		ValidArgsFunction: every(completeTerms),
	}
	apply := cmd.Flags().String("apply", "", "take an alternative on the list: `always|conditionally|never`")
	offList := cmd.Flags().String("off-list", "", "what to do with one that isn't: `ask|decline`")
	choice(cmd, "apply", "always", "conditionally", "never")
	choice(cmd, "off-list", "ask", "decline")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			p, err := setPreferences(ctx, c, &localv1.Preferences{Acceptable: args, Apply: *apply, OffList: *offList})
			if err != nil {
				return err
			}
			return a.show(func(out *page) {
				out.fields("acceptable", list(p.GetAcceptable()), "apply", p.GetApply(), "off the list", p.GetOffList())
			}, p)
		})
	}
	return cmd
}

// setPreferences has the node change what p names, and returns all that holds.
func setPreferences(ctx context.Context, c *localapi.Client, p *localv1.Preferences) (*localv1.Preferences, error) {
	if proto.Equal(p, &localv1.Preferences{}) {
		got, err := c.Dealing.GetPreferences(ctx, &localv1.GetPreferencesRequest{})
		return got.GetPreferences(), err
	}
	set, err := c.Dealing.SetPreferences(ctx, &localv1.SetPreferencesRequest{Preferences: p})
	return set.GetPreferences(), err
}

// choice completes a flag by the words that it takes. The node says which it takes: one
// list, in one place.
func choice(cmd *cobra.Command, flag string, ws ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return ws, cobra.ShellCompDirectiveNoFileComp
	}) // fails for a flag that isn't there or has one already: a test holds that each is
}
