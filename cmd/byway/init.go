package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
)

// A made is what init made, as --json prints it.
type made struct {
	Dir   string `json:"dir"`
	Party string `json:"party"`
	Name  string `json:"name"`
	Key   string `json:"key"`
	Root  string `json:"root"` // where it is kept
	// Words are shown this once.
	Words string `json:"words"`
}

func (a *app) initCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init --person | --shop NAME",
		Short: "Make a node's folder and keys, and show their 24 words",
		Long: `Init makes the folder of a node and the root that all its keys come from: for a person,
who meets every shop under another key, or for an organisation, which has one key and signs
under a name. A folder that has a node already is left as it is.

It shows the root as 24 words, once: write them down. With them and a backup all comes back on
another machine; whoever else reads them can sign as you. The root itself is kept in the systemd
credential byway-root, else in your session's keyring, else sealed by a passphrase that init
asks for: the first of these that there is, or what a flag says.`,
		Example: "  byway init --person\n  byway init --shop \"The Bakery\" --dir ~/bakery --passphrase-file ~/secret.txt",
		Args:    exactly(),
	}
	person := cmd.Flags().Bool("person", false, "for a person")
	shop := cmd.Flags().String("shop", "", "for an organisation that calls itself `NAME`")
	cmd.MarkFlagsMutuallyExclusive("person", "shop")
	cmd.MarkFlagsOneRequired("person", "shop")
	kept := safeFlags(cmd)
	words := cmd.Flags().String("words-file", "", "begin with the root of the 24 words in `FILE`, or from standard input for -, where there is no backup to restore")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*person && *shop == "" {
			return usagef(cmd, "an organisation has a name: --shop NAME")
		}
		dir, err := a.folder()
		if err != nil {
			return err
		}
		m, err := a.initNode(cmd.Context(), node.Config{
			Dir: dir, Organisation: *shop, Safe: kept.safe(a), Passphrase: a.asker(kept.file, ""),
		}, *words)
		if errors.Is(err, node.ErrInitialised) {
			return &hintedError{err: err, try: a.line("up") + ", or another folder with --dir"}
		}
		if err != nil {
			return err
		}
		out := made{Dir: m.Dir, Party: "person", Root: string(m.Safe), Words: m.Words}
		if *shop != "" {
			out.Party, out.Name, out.Key = "organisation", *shop, m.Key.String()
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
	p.line("the root of its keys is %s", rootWords[node.Safe(m.Root)])
	if m.Words != "" {
		p.line("")
		p.line("Write these 24 words down on paper, in this order. They are the root of your keys:")
		p.line("")
		p.wordTable(strings.Fields(m.Words))
		p.line("")
		p.line("They are shown this once, and no command shows them again. With them and a backup")
		p.line("you have everything back on another machine. Whoever else reads them can sign as you.")
		p.line("Without them nobody can bring back what this machine loses.")
		p.line("")
		p.line("check what you wrote down: %s", a.line("words"))
	}
	p.line("start the node: %s", a.line("up"))
}

// rootWords say where a root is kept.
var rootWords = map[node.Safe]string{
	node.SafeKeyring:    "kept in your session's keyring",
	node.SafePassphrase: "sealed by your passphrase, in root.age",
	node.SafeCredential: "the systemd credential byway-root",
	node.SafeUnsealed:   "in root.key, unsealed: whoever can read your files can sign as you",
}

// wordTable numbers the words of a root, four in a row.
func (p *page) wordTable(words []string) {
	var rows [][]string
	for i, w := range words {
		if i%4 == 0 {
			rows = append(rows, []string{""})
		}
		last := len(rows) - 1
		rows[last] = append(rows[last], fmt.Sprintf("%2d %s", i+1, w))
	}
	p.table(nil, rows)
}
