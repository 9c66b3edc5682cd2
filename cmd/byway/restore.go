package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
)

// A restored is what restore wrote, or with --check would write, as --json prints it.
type restored struct {
	Dir     string    `json:"dir"`
	Written bool      `json:"written"`
	Party   string    `json:"party"`
	Name    string    `json:"name"`
	Key     string    `json:"key"`
	Backup  string    `json:"backup"`
	UpTo    time.Time `json:"up_to"`
	Records uint64    `json:"records"`
	Files   int       `json:"files"`
	Missing []string  `json:"missing"`
}

func (a *app) restoreCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore BACKUPDIR",
		Short: "Bring a node back from its backups and your 24 words",
		Long: `Restore makes the node of a folder of backups again, in the folder of --dir, which has to
be empty, or left by a restore that was cut off: it begins anew there. It asks for the 24 words,
reads all that it needs to the last byte, and only then writes. The restored node takes up what
was under way: at its next "byway up" it tells each counterparty that it was restored, and they
send it what it lacks. Don't run the old one then.`,
		Example: "  byway restore /media/usb/byway --dir ~/byway\n  byway restore /media/usb/byway --check --words-file words.txt",
		Args:    exactly("BACKUPDIR"),
	}
	file := cmd.Flags().String("words-file", "", "read the 24 words from `FILE`, or from standard input for -")
	check := cmd.Flags().Bool("check", false, "only read, and say what would come back")
	partial := cmd.Flags().Bool("partial", false, "where a backup is damaged or missing, restore up to what is whole")
	to := safeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := nonEmpty(args[0]); err != nil {
			return err
		}
		text, err := a.typedWords(cmd, given(*file))
		if err != nil {
			return err
		}
		c := node.Config{Safe: to.safe(a), Passphrase: a.asker(to.file, "")}
		o := node.RestoreOptions{From: args[0], Words: text, CheckOnly: *check, Partial: *partial, Progress: a.tell}
		return a.restore(cmd.Context(), c, o, a.line(inPart(cmd, args[0])))
	}
	return cmd
}

// given is a list of the one file that a flag names, or of none.
func given(file string) []string {
	if file == "" {
		return nil
	}
	return []string{file}
}

// inPart is the restore that was typed, of what is whole. The folder's flag is left to who calls it.
func inPart(cmd *cobra.Command, from string) string {
	words := []string{"restore", quoted(from), "--partial"}
	for _, name := range []string{"check", "words-file", "keyring", "passphrase", "passphrase-file", "credential", "unsealed"} {
		switch f := cmd.Flags().Lookup(name); {
		case !f.Changed:
		case f.Value.Type() == "bool":
			words = append(words, "--"+name)
		default:
			words = append(words, "--"+name, quoted(f.Value.String()))
		}
	}
	return strings.Join(words, " ")
}

// restore restores; partial is the command line that has it take what is whole.
func (a *app) restore(ctx context.Context, c node.Config, o node.RestoreOptions, partial string) (err error) {
	if c.Dir, err = a.folder(); err != nil {
		return err
	}
	r, err := node.Restore(ctx, c, o)
	if err != nil {
		return restoreError(err, partial)
	}
	out := restored{
		Dir: r.Dir, Written: !o.CheckOnly, Party: r.Party, Name: r.Organisation, Backup: r.Backup, UpTo: r.UpTo, Records: r.Records,
		Files: r.Files, Missing: append([]string{}, r.Missing...),
	}
	if !r.Key.IsZero() {
		out.Key = r.Key.String()
	}
	return a.showOwn(func(p *page) { a.restoredPage(p, out) }, out)
}

// restoreError says what to try.
func restoreError(err error, partial string) error {
	_, hint := splitHint(err.Error())
	switch {
	case hint != "": // nothing there is whole, so nothing comes back in part either
	case errors.Is(err, node.ErrOtherWords):
		return &hintedError{err: err, try: "the words of the node that made these backups; is one misspelt, or are they another node's?"}
	case errors.Is(err, node.ErrNoBackup):
		return &hintedError{err: err, try: "the folder that `byway backup` wrote to"}
	case errors.Is(err, node.ErrIncomplete):
		return &hintedError{err: err, try: partial + "; or copy the file from elsewhere"}
	}
	return err
}

func (a *app) restoredPage(p *page, r restored) {
	whose := "a person's node"
	switch {
	case r.Name != "":
		whose = "the node of " + plain(r.Name)
	case r.Party == "organisation":
		whose = "an organisation's node"
	}
	did := "would come back"
	if r.Written {
		did = "is back in " + r.Dir
	}
	p.line("%s %s: %d records, up to %s", whose, did, r.Records, a.when(r.UpTo))
	for _, m := range r.Missing {
		p.line("✗ %s", plain(m))
	}
	if r.Key != "" {
		p.line("its key: %s", r.Key)
	}
	switch {
	case !r.Written && len(r.Missing) > 0:
		p.line("nothing was written; what would come back is whole, and not the newest")
		return
	case !r.Written:
		p.line("nothing was written; the backups are whole")
		return
	}
	p.line("what came after that is asked back from those you deal with, at its next start")
	p.line("never start the old one again: two nodes of one party are taken for a theft")
	p.line("start it: %s", a.line("up"))
}
