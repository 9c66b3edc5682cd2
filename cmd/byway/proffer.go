package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) profferCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "proffer WHO",
		Short: "Proffer your terms to a shop",
		Long: `Proffer signs terms of yours under a key made for this shop alone, and sends them. The
shop accepts, answers with one alternative, or declines: then the exit code is 4. WHO is a
petname, else a name that one contact alone has, else at least 8 letters of its key.

Where your node holds a value of a category of data, the proffer commits to it without showing
it: see "byway me". The shop learns that you hold one.`,
		Example:           "  byway proffer bakery\n  byway proffer bakery --terms SD-BASE --purpose \"weekly bread\" --data name --data address",
		Args:              exactly("WHO"),
		ValidArgsFunction: once(a.completeWho()),
	}
	req := new(localv1.ProfferRequest)
	f := cmd.Flags()
	f.StringVar(&req.Terms, "terms", "", "the `TERMS` (default: the first that you prefer)")
	f.StringVar(&req.Purpose, "purpose", "", "what for, in plain `WORDS`")
	f.StringArrayVar(&req.Data, "data", nil, "a `CATEGORY` of data that may be disclosed under it; give the flag once for each")
	f.StringVar(&req.Law, "law", "", "the `PLACE` of law, such as EU")
	by := lapseFlag(cmd, "answer-by", "24h", "the `TIME` they have to answer")
	wait := lapseFlag(cmd, "wait", "10s", "wait up to `TIME` for an answer; 0s for the first try alone")
	f.BoolVar(&req.NoCommit, "no-commit", false, "don't commit to what \"byway me\" holds of the data")
	choice(cmd, "terms", rosterIDs()...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Who, req.AnswerBySeconds, req.WaitMs = args[0], by.seconds(), wait.ms()
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			before := newestThread(ctx, c, req.GetWho())
			r, err := c.Dealing.Proffer(ctx, req)
			if err != nil {
				return a.proffered(ctx, c, err, req.GetWho(), before)
			}
			return a.showSettled(r.GetAgreement())
		})
	}
	return cmd
}

// showSettled prints how a thread stands, and fails with errRefused where the other side said no.
func (a *app) showSettled(g *localv1.Agreement) error {
	if err := a.show(func(p *page) { a.agreementPage(p, g) }, g); err != nil {
		return err
	}
	if g.GetRefused() {
		return &hintedError{err: errRefused, try: "byway contacts, for the terms that they accept"}
	}
	return nil
}
