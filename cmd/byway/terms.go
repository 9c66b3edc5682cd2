package main

import (
	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/protocol/terms"
)

// termsRow is a row of the roster as --json prints it.
type termsRow struct {
	ID      string        `json:"id"`
	Roster  string        `json:"roster"`
	Version string        `json:"version"`
	Ref     string        `json:"ref"`
	Name    string        `json:"name"`
	Summary string        `json:"summary"`
	Source  string        `json:"source"`
	Clauses []termsClause `json:"clauses"`
}

type termsClause struct {
	Rule   string `json:"rule"`
	Action string `json:"action"`
}

func (a *app) termsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "terms [TERMS]",
		Short: "Show the roster of terms in plain words",
		Long: `Terms lists the standard-form terms that you can proffer, or says in plain words what
one of them lets the other side do. What isn't named there is prohibited. Needs no running node.`,
		Example:           "  byway terms\n  byway terms SD-BASE",
		Args:              between(0, "TERMS"),
		ValidArgsFunction: once(completeTerms),
		RunE: func(_ *cobra.Command, args []string) error {
			roster := terms.Default()
			if len(args) == 0 {
				return a.listTerms(roster)
			}
			t, ok := roster.Lookup(args[0])
			if !ok {
				return &usageError{err: errNoTerms(args[0]), try: "byway terms"}
			}
			return a.showOwn(func(p *page) {
				p.WriteString(terms.Plain(t))
			}, rowOf(t))
		},
	}
}

func (a *app) listTerms(roster *terms.Roster) error {
	var results []any
	var rows [][]string
	for _, t := range roster.All() {
		results = append(results, rowOf(t))
		rows = append(rows, []string{t.Ref.ID, t.Summary})
	}
	return a.showOwn(func(p *page) {
		p.table([]string{"TERMS", "IN A LINE"}, rows)
	}, results...)
}

func rowOf(t terms.Terms) termsRow {
	r := termsRow{
		ID: t.Ref.ID, Roster: t.Ref.Roster, Version: t.Ref.Version, Ref: t.Ref.String(),
		Name: t.Name, Summary: t.Summary, Source: t.Source, Clauses: []termsClause{},
	}
	for _, c := range t.Clauses {
		r.Clauses = append(r.Clauses, termsClause{ruleWord(c.Rule), string(c.Action)})
	}
	return r
}

func ruleWord(r terms.Rule) string {
	switch r {
	case terms.Permit:
		return "permit"
	case terms.Oblige:
		return "oblige"
	}
	return "prohibit"
}
