package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
)

// A made is what init made, as --json prints it.
type made struct {
	Dir   string `json:"dir"`
	Party string `json:"party"`
	Name  string `json:"name"`
	Key   string `json:"key"`
}

func (a *app) initCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init --person | --shop NAME",
		Short: "Make a node's folder and keys",
		Long: `Init makes the folder of a node, and in it the secret that all its keys come from: for a
person, who meets every shop under another key, or for an organisation, which has one key and
signs under a name. A folder that has a node already is left as it is.`,
		Example: "  byway init --person\n  byway init --shop \"The Bakery\" --dir ~/bakery",
		Args:    exactly(),
	}
	person := cmd.Flags().Bool("person", false, "for a person")
	shop := cmd.Flags().String("shop", "", "for an organisation that calls itself `NAME`")
	cmd.MarkFlagsMutuallyExclusive("person", "shop")
	cmd.MarkFlagsOneRequired("person", "shop")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*person && *shop == "" {
			return usagef(cmd, "an organisation has a name: --shop NAME")
		}
		dir, err := a.folder()
		if err != nil {
			return err
		}
		m, err := node.Init(cmd.Context(), node.Config{Dir: dir, Organisation: *shop})
		if errors.Is(err, node.ErrInitialised) {
			return &hintedError{err: err, try: a.line("up") + ", or another folder with --dir"}
		}
		if err != nil {
			return err
		}
		out := made{Dir: m.Dir, Party: "person"}
		if *shop != "" {
			out = made{Dir: m.Dir, Party: "organisation", Name: *shop, Key: m.Key.String()}
		}
		return a.showOwn(func(p *page) { a.madePage(p, out) }, out)
	}
	return cmd
}

func (a *app) madePage(p *page, m made) {
	if m.Key == "" {
		p.line("made a person's node in %s", m.Dir)
	} else {
		p.line("made the node of %s in %s", plain(m.Name), m.Dir)
		p.line("its key: %s", m.Key)
	}
	p.line("keep root.key in it safe: who has it can sign as you, and nobody can make it again")
	p.line("start it: %s", a.line("up"))
}
