package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) communityCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "community",
		Short: "Found, join and list communities",
		Long: `A community is a founding record, and stewards that are always on for it. Shops are
found in it, and intentions are cast in it.`,
		Example: "  byway community create \"Market Street\"\n  byway community join INVITE",
	}
	cmd.AddCommand(a.communityCreateCmd(), a.communityInviteCmd(), a.communityJoinCmd(), a.communityListCmd())
	return a.parent(cmd)
}

func (a *app) communityCreateCmd() *cobra.Command {
	req := new(localv1.CreateCommunityRequest)
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Found a community, with this node as its first steward",
		Long: `Create signs a founding record and prints the invite by which others join. The node has
to run as a steward: "byway up --steward".`,
		Example: "  byway community create \"Market Street\" --category food --category bicycles",
		Args:    exactly("NAME"),
	}
	cmd.Flags().StringArrayVar(&req.Categories, "category", nil, "a top `CATEGORY`; give the flag once for each (default: 24 that are usual)")
	cmd.Flags().StringVar(&req.Description, "description", "", "what it is for, in plain `WORDS`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Name = args[0]
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Finding.CreateCommunity(ctx, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				p.line("founded %s (%s)", plain(r.GetCommunity().GetName()), shortID(r.GetCommunity().GetId()))
				p.line("others join by: byway community join %s", r.GetInvite())
			}, r)
		})
	}
	return cmd
}

func (a *app) communityInviteCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "invite [COMMUNITY]",
		Short:   "Print the invite by which others join",
		Long:    "Invite prints a community's id and the addresses of its stewards, as one word to pass on.\nWithout COMMUNITY it is the one that the node is in.",
		Example: "  byway community invite",
		Args:    between(0, "COMMUNITY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := new(localv1.InviteRequest)
			if len(args) > 0 {
				req.Community = args[0]
			}
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Finding.Invite(ctx, req)
				if err != nil {
					return err
				}
				return a.show(func(p *page) { p.line("%s", r.GetInvite()) }, r)
			})
		},
	}
}

func (a *app) communityJoinCmd() *cobra.Command {
	req := new(localv1.JoinCommunityRequest)
	cmd := &cobra.Command{
		Use:   "join INVITE",
		Short: "Join a community by its invite",
		Long: `Join fetches the founding record and checks it against the invite. A person's node casts
through a steward and joins no mesh, unless --mesh: then vendors and others in it see her address.`,
		Example: "  byway community join \"$(cat invite.txt)\" --category food/bread",
		Args:    exactly("INVITE"),
	}
	cmd.Flags().BoolVar(&req.Mesh, "mesh", false, "take part in the mesh, seen by all in it")
	cmd.Flags().StringArrayVar(&req.Categories, "category", nil, "a `CATEGORY` that your shop is found under; give the flag once for each (default: its catalog's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Invite = args[0]
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Finding.JoinCommunity(ctx, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) { communitiesPage(p, []*localv1.Community{r.GetCommunity()}) }, r.GetCommunity())
		})
	}
	return cmd
}

func (a *app) communityListCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the communities that the node is in",
		Long:    "List shows each community with the node's role in it: member, mesh or steward.",
		Example: "  byway community list",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Finding.ListCommunities(ctx, &localv1.ListCommunitiesRequest{})
				if err != nil {
					return err
				}
				return a.show(func(p *page) {
					if len(r.GetCommunities()) == 0 {
						p.line("%s", a.here("none; byway community join INVITE, or byway community create NAME"))
						return
					}
					communitiesPage(p, r.GetCommunities())
				}, messages(r.GetCommunities())...)
			})
		},
	}
}

func communitiesPage(p *page, all []*localv1.Community) {
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{shortID(c.GetId()), c.GetName(), c.GetRole(), c.GetDescription()})
	}
	p.table([]string{"ID", "NAME", "ROLE", "FOR"}, rows)
}
