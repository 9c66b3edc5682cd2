package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) agreementsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "agreements",
		Short:   "List, show, export and end agreements",
		Long:    "Agreements are what you and others have signed, or might. They end; their records stay.",
		Example: "  byway agreements list\n  byway agreements export k3x7m2aa -o bread.byway && byway verify bread.byway",
	}
	cmd.AddCommand(a.agreementsListCmd(), a.agreementsShowCmd(), a.agreementsExportCmd(), a.agreementsEndCmd())
	return a.parent(cmd)
}

func (a *app) agreementsListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List agreements, and what may become one",
		Long: `List shows all threads of terms, the oldest first. A program that wants a page at a time
gives a limit, and then the cursor of the last line that it had.`,
		Example: "  byway agreements list --state complete --with bakery\n  byway agreements list --newest --limit 50 --json",
		Args:    exactly(),
	}
	req := new(localv1.ListAgreementsRequest)
	cmd.Flags().StringVar(&req.State, "state", "", "only those in a state: `open|answered|complete|ended`")
	cmd.Flags().StringVar(&req.Who, "with", "", "only those with `WHO`")
	cmd.Flags().Uint64Var(&req.After, "after", 0, "only what comes after this `CURSOR` in that order")
	cmd.Flags().BoolVar(&req.Newest, "newest", false, "the newest first")
	limit := cmd.Flags().Uint32("limit", 0, "at most so many `LINES`")
	choice(cmd, "state", "open", "answered", "complete", "ended")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			all, next, err := listAgreements(ctx, c, req, int(*limit))
			if err != nil {
				return err
			}
			return a.show(func(p *page) { a.agreementsPage(p, all, next) }, messages(all)...)
		})
	}
	return cmd
}

// listAgreements asks for pages until there are limit lines, or all for 0. It returns the
// cursor to go on after, 0 where there are no more.
func listAgreements(ctx context.Context, c *localapi.Client, req *localv1.ListAgreementsRequest, limit int) (all []*localv1.Agreement, next uint64, err error) {
	for {
		if limit > 0 {
			req.Limit = uint32(min(limit-len(all), localapi.MaxList))
		}
		r, err := c.Dealing.ListAgreements(ctx, req)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, r.GetAgreements()...)
		if r.GetNext() == 0 || len(all) == limit {
			return all, r.GetNext(), nil
		}
		req.After = r.GetNext()
	}
}

func (a *app) agreementsPage(p *page, all []*localv1.Agreement, next uint64) {
	if len(all) == 0 {
		p.line("none yet; %s makes one", a.line("proffer WHO"))
		return
	}
	var rows [][]string
	for _, g := range all {
		rows = append(rows, []string{shortID(g.GetId()), g.GetTerms(), g.GetWho(), g.GetView(), a.when(timeOf(g.GetMade()))})
	}
	p.table([]string{"ID", "TERMS", "WITH", "STATE", "MADE"}, rows)
	if next > 0 {
		p.line("more: the same with --after %d", next)
	}
}

func (a *app) agreementsShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "show ID",
		Short:             "Show one agreement and its history",
		Long:              "Show says all that is held about one agreement: its terms, its parties, and each record that was sent or came.",
		Example:           "  byway agreements show k3x7m2aa",
		Args:              exactly("ID"),
		ValidArgsFunction: once(a.completeAgreement()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Dealing.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: args[0]})
				if err != nil {
					return err
				}
				return a.show(func(p *page) {
					a.agreementPage(p, r.GetAgreement())
					a.historyPage(p, r.GetHistory())
				}, r)
			})
		},
	}
}

func (a *app) agreementPage(p *page, g *localv1.Agreement) {
	terms := g.GetTerms()
	if g.GetAlternative() && g.GetProffered() != "" {
		terms += ", their alternative to " + g.GetProffered()
	}
	second := g.GetSecondKey()
	if g.GetSecondName() != "" {
		second = "an organisation calling itself " + g.GetSecondName() + ", key " + second
	}
	p.fields(
		"agreement", g.GetId(),
		"state", g.GetView(),
		"with", g.GetWho(),
		"terms", terms,
		"purpose", g.GetPurpose(),
		"data", joined(g.GetData()),
		"law", g.GetLaw(),
		"about", g.GetAbout(),
		"first party", "a person under key "+g.GetFirstKey(),
		"second party", second,
		"made", a.when(timeOf(g.GetMade())),
		"answer by", a.when(timeOf(g.GetAnswerBy())),
		"valid from", a.when(timeOf(g.GetValidFrom())),
		"valid until", a.when(timeOf(g.GetValidUntil())),
		"sha256", g.GetSha256(),
		"receipt", yes(g.GetReceipt(), "the other side holds the same record"),
	)
	if g.GetUnreached() {
		p.line("%s", unreached)
	}
	for _, b := range g.GetBreaches() {
		p.line("✗ %s", plain(b))
	}
	if g.GetWaiting() {
		p.line("to answer: %s", a.line("decide "+shortID(g.GetId())+" accept|decline"))
	}
}

// unreached says what happens to a record that its counterparty didn't get.
const unreached = "signed and kept; not delivered yet: this node goes on trying"

func joined(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return list(words)
}

func (a *app) historyPage(p *page, lines []*localv1.HistoryLine) {
	if len(lines) == 0 {
		return
	}
	var rows [][]string
	for _, h := range lines {
		who := "came"
		switch {
		case h.GetId() == "": // a note has no record
			who = "local"
		case h.GetMine():
			who = "ours"
		}
		rows = append(rows, []string{a.when(timeOf(h.GetAt())), who, h.GetKind(), shortID(h.GetId()), h.GetText()})
	}
	p.line("")
	p.table([]string{"WHEN", "WHOSE", "WHAT", "ID", ""}, rows)
}

func (a *app) agreementsEndCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "end ID",
		Short: "End an agreement, or withdraw a proffer",
		Long: `End signs that an agreement is over from now on, and tells the other side. Of a proffer
that isn't answered yet it is the withdrawal. It can't be undone; the records stay.`,
		Example:           "  byway agreements end k3x7m2aa --text \"moved away\"",
		Args:              exactly("ID"),
		ValidArgsFunction: once(a.completeAgreement()),
	}
	text := cmd.Flags().String("text", "", "say why, in plain `WORDS`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Dealing.End(ctx, &localv1.EndRequest{Id: args[0], Text: *text})
			if err != nil {
				return a.cutShort(ctx, err, "agreements show "+args[0])
			}
			return a.show(func(p *page) {
				p.line("%s: %s", shortID(r.GetAgreement().GetId()), r.GetAgreement().GetView())
				if r.GetAgreement().GetUnreached() {
					p.line("%s", unreached)
				}
			}, r.GetAgreement())
		})
	}
	return cmd
}
