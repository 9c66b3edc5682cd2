package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
)

// A wordsVerdict is what came of comparing, as --json prints it.
type wordsVerdict struct {
	Dir   string `json:"dir"`
	Match bool   `json:"match"`
}

func (a *app) wordsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "words [FILE]",
		Short: "Check that the 24 words that you wrote down are this node's",
		Long: `Words compares 24 words with the root of the node's keys, and shows neither. Type them,
or give the file that holds them. The exit code is 0 where they are this node's.`,
		Example: "  byway words\n  byway words words.txt --dir ~/bakery",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir, err := a.folder()
		if err != nil {
			return err
		}
		text, err := a.typedWords(cmd, args)
		if err != nil {
			return err
		}
		same, err := node.CheckWords(node.Config{Dir: dir}, text)
		if err != nil {
			return a.rootTrouble(err)
		}
		if !same {
			return errors.New("these are the words of a root, but not of this node's; is it another folder's, with --dir?")
		}
		return a.showOwn(func(p *page) { p.line("right: these are the words of the node in %s", dir) }, wordsVerdict{dir, true})
	}
	return cmd
}

func (a *app) typedWords(cmd *cobra.Command, args []string) (string, error) {
	if len(args) == 1 {
		return a.wordsOf(args[0])
	}
	if tty, ok := a.terminal(); ok {
		return a.secret(cmd.Context(), tty, "The 24 words, in one line, which isn't shown: ")
	}
	text, err := a.wordsOf("-")
	if errors.Is(err, errNoWords) {
		try := a.line("words FILE")
		if cmd.Flags().Lookup("words-file") != nil {
			try = "the same with --words-file FILE, or on a terminal, where they are asked for"
		}
		return "", &hintedError{err: err, try: try}
	}
	return text, err
}
