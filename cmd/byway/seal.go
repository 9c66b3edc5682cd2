package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
)

// passphraseFile names the file whose first line is the passphrase that seals the root.
const passphraseFile = "BYWAY_PASSPHRASE_FILE"

// where is what the flags say about where the root is kept.
type where struct {
	keyring, passphrase, credential, unsealed bool
	file                                      string
}

// safeFlags adds the flags that choose where the root is kept.
func safeFlags(cmd *cobra.Command) *where {
	w := new(where)
	cmd.Flags().BoolVar(&w.keyring, "keyring", false, "keep the root in your session's keyring")
	cmd.Flags().BoolVar(&w.passphrase, "passphrase", false, "seal the root by a passphrase, and ask for it")
	cmd.Flags().StringVar(&w.file, "passphrase-file", "", "seal the root by the passphrase in the first line of `FILE`")
	cmd.Flags().BoolVar(&w.credential, "credential", false, "take the root from the systemd credential byway-root")
	cmd.Flags().BoolVar(&w.unsealed, "unsealed", false, "leave the root to whoever can read your files")
	cmd.MarkFlagsMutuallyExclusive("keyring", "passphrase", "passphrase-file", "credential", "unsealed")
	return w
}

// safe is where the root goes; a passphrase that the environment names was meant to be used.
func (w *where) safe(a *app) node.Safe {
	switch {
	case w.keyring:
		return node.SafeKeyring
	case w.credential:
		return node.SafeCredential
	case w.unsealed:
		return node.SafeUnsealed
	case w.passphrase, w.file != "", a.env(passphraseFile) != "":
		return node.SafePassphrase
	}
	return node.SafeAuto
}

// A sealed says where the root is now, as --json prints it.
type sealed struct {
	Dir  string `json:"dir"`
	Root string `json:"root"`
}

func (a *app) sealCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seal",
		Short: "Change where the root of the node's keys is kept, or its passphrase",
		Long: `Seal keeps the root of the node's keys where a flag says, or in the best place that there
is, and removes it from where it was. The node mustn't run meanwhile. A passphrase that seals it
now is asked for, or read from the file of ` + passphraseFile + `.

With --words-file the root comes from your 24 words: for when the passphrase is forgotten, the
keyring gone or the file damaged, and the rest of the folder is still whole.`,
		Example: "  byway seal --passphrase\n  byway seal --keyring\n  byway seal --words-file words.txt --passphrase",
		Args:    exactly(),
	}
	to := safeFlags(cmd)
	words := cmd.Flags().String("words-file", "", "take the root from the 24 words in `FILE`; - for standard input")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := a.folder()
		if err != nil {
			return err
		}
		text, err := a.wordsOf(*words)
		if err != nil {
			return err
		}
		kept, err := node.Seal(cmd.Context(), node.Config{Dir: dir, Safe: to.safe(a), Passphrase: a.asker(to.file, "")}, text)
		if err != nil {
			return a.rootTrouble(err)
		}
		return a.showOwn(func(p *page) {
			p.line("the root of the node's keys is %s", rootWords[kept])
			p.line("it is kept nowhere else in %s any more", dir)
		}, sealed{dir, string(kept)})
	}
	return cmd
}

// rootTrouble adds what to do about errors of opening a folder that doesn't run.
func (a *app) rootTrouble(err error) error {
	switch {
	case errors.Is(err, node.ErrLocked):
		return &hintedError{err: errors.New("the node runs, or another command has its folder"), try: a.line("down")}
	case errors.Is(err, node.ErrConfig) && strings.Contains(err.Error(), "no node in"):
		return &hintedError{err: err, try: a.line("init --person") + ", or " + a.line("init --shop NAME")}
	}
	return err
}

// asker returns what asks for a passphrase. A new one comes from the file newFile, where
// that is given, the old one from oldFile; else both from the environment's file, else
// from whoever sits at the terminal.
func (a *app) asker(newFile, oldFile string) func(context.Context, bool) (string, error) {
	return func(ctx context.Context, fresh bool) (string, error) {
		file := oldFile
		if fresh {
			file = newFile
		}
		if file == "" {
			file = a.env(passphraseFile)
		}
		if file != "" {
			return a.passphraseIn(file)
		}
		if fresh {
			return a.newPassphrase(ctx)
		}
		return a.oldPassphrase(ctx)
	}
}
