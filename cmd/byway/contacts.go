package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) contactsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "contacts",
		Short:   "List whom you know",
		Long:    "Contacts lists whom your node knows: your own name for each, the name that it gives itself,\nwhich is a claim, and the terms that its card says it accepts.",
		Example: "  byway contacts",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Node.Contacts(ctx, &localv1.ContactsRequest{})
				if err != nil {
					return err
				}
				return a.show(func(p *page) {
					if len(r.GetContacts()) == 0 {
						p.line("%s", a.here("nobody yet; byway meet ADDRESS, or byway find CATEGORY"))
						return
					}
					contactsPage(p, r.GetContacts())
				}, messages(r.GetContacts())...)
			})
		},
	}
	cmd.AddCommand(a.contactsShowCmd())
	return cmd
}

func contactsPage(p *page, all []*localv1.Contact) {
	var rows [][]string
	for _, k := range all {
		rows = append(rows, []string{shortKey(k.GetKey()), k.GetPetname(), k.GetName(), list(k.GetAccepts()), joined(k.GetCategories())})
	}
	p.table([]string{"KEY", "YOUR NAME", "CALLS ITSELF", "ACCEPTS", "UNDER"}, rows)
}
