package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) meetCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "meet ADDRESS",
		Short: "Connect to an address and keep who answers as a contact",
		Long: `Meet connects to an address that a shop gave you, fetches its card and keeps it. The
name on the card is a claim; the name that you give it with --as is yours, and bound to its key.`,
		Example: "  byway meet /ip4/127.0.0.1/tcp/4001/p2p/12D3KooW… --as bakery",
		Args:    exactly("ADDRESS"),
	}
	as := cmd.Flags().String("as", "", "your own `NAME` for it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Node.Meet(ctx, &localv1.MeetRequest{Address: args[0], Petname: *as})
			if err != nil {
				return err
			}
			return a.show(func(p *page) { a.contactPage(p, r.GetContact()) }, r.GetContact())
		})
	}
	return cmd
}

func (a *app) contactPage(p *page, k *localv1.Contact) {
	speaks := "it doesn't speak terms: nothing can be proffered"
	if k.GetSpeaksAgreement() {
		speaks = a.line("proffer " + handle(k))
	}
	p.fields(
		"key", k.GetKey(),
		"your name", k.GetPetname(),
		"calls itself", k.GetName(),
		"says", k.GetDescription(),
		"page", k.GetUrl(),
		"under", joined(k.GetCategories()),
		"accepts", joined(k.GetAccepts()),
		"addresses", joined(k.GetAddresses()),
		"card of", a.when(timeOf(k.GetCardIssued())),
		"terms", speaks,
	)
}

// handle is a WHO that means this contact and no other.
func handle(k *localv1.Contact) string {
	if n := k.GetPetname(); n != "" && !strings.ContainsFunc(n, func(r rune) bool { return r == ' ' || r == '\'' || r == '"' }) {
		return n
	}
	return shortKey(k.GetKey())
}
