package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) contactsShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show [WHO]",
		Short: "Show the chain of statements with each party",
		Long: `Show lists, for each key of yours and each party it deals with, how far both sides of the
chain of statements are known: what is missing, what contradicts itself, and how far
resuming after a loss is. WHO is a name or key; without one, all are shown. With --json,
the records that prove a contradiction come along, in base64.`,
		Example: "  byway contacts show\n  byway contacts show bread",
		Args:    between(0, "WHO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				req := &localv1.ListRelationsRequest{Them: strings.Join(args, "")}
				var all []*localv1.Relation
				for {
					r, err := c.Relations.ListRelations(ctx, req)
					if err != nil {
						return err
					}
					all = append(all, r.GetRelations()...)
					if req.After = r.GetNext(); len(req.After) == 0 {
						break
					}
				}
				return a.show(func(p *page) {
					if len(all) == 0 {
						p.line("%s", a.here("nothing was said to anybody yet"))
					}
					for _, r := range all {
						relationPage(p, r)
					}
				}, messages(all)...)
			})
		},
	}
}

// relationPage writes one relationship.
func relationPage(p *page, r *localv1.Relation) {
	name := r.GetPetname()
	if name == "" {
		name = "somebody"
	}
	p.line("%s  %s, met under %s", shortKey(r.GetThem()), plain(name), shortKey(r.GetMe()))
	p.fields(
		"  sent", chainWords(r.GetSent(), r.GetMissingSent()),
		"  held", chainWords(r.GetHeld(), r.GetMissingHeld()),
		"  resuming", r.GetResuming(),
	)
	for _, f := range r.GetFaults() {
		p.line("  ! %s", plain(f.GetText()))
	}
}

func chainWords(last *localv1.ChainPlace, missing []*localv1.PlaceRange) string {
	if last.GetCount() == 0 {
		return "nothing"
	}
	out := "to " + placeWords(last)
	var gaps []string
	for _, m := range missing {
		if m.GetFirst().GetCount() == m.GetLast().GetCount() && m.GetFirst().GetEpoch() == m.GetLast().GetEpoch() {
			gaps = append(gaps, placeWords(m.GetFirst()))
		} else {
			gaps = append(gaps, placeWords(m.GetFirst())+" to "+placeWords(m.GetLast()))
		}
	}
	if len(gaps) > 0 {
		out += "; missing " + strings.Join(gaps, ", ")
	}
	return out
}

func placeWords(p *localv1.ChainPlace) string {
	if p.GetEpoch() == 0 {
		return fmt.Sprint(p.GetCount())
	}
	return fmt.Sprintf("%d of epoch %d", p.GetCount(), p.GetEpoch())
}
