package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// A listedBackup is a backup as far as its name tells, as --json prints it.
type listedBackup struct {
	File  string    `json:"file"`
	Made  time.Time `json:"made"`
	Full  bool      `json:"full"`
	Bytes int64     `json:"bytes"`
}

// errBad is returned where what was looked at isn't whole, which was printed.
var errBad = errors.New("not all of it is whole")

func (a *app) backupVerifyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Read every backup in a folder to its last byte",
		Long: `Verify opens each backup with the words of the node in --dir, or with those of
--words-file where there is no node, reads it to its last byte, and says which of them can't be
used. It writes nothing. It fails where the newest backup can't be restored.`,
		Example: "  byway backup verify /media/usb/byway\n  byway backup verify --words-file words.txt /media/usb/byway",
		Args:    exactly("DIR"),
	}
	file := cmd.Flags().String("words-file", "", "read the 24 words from `FILE`, or from standard input for -")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := a.verifyBackups(cmd.Context(), args[0], *file)
		if err != nil {
			return err
		}
		if err := a.show(func(p *page) { a.verifiedPage(p, v) }, v); err != nil || v.GetRestorable() {
			return err
		}
		return &hintedError{err: errBad, try: a.afterBad(args[0], *file)}
	}
	return cmd
}

// afterBad says what helps where the newest backup isn't whole: a new one, or where there is no
// node to make it of, what is whole.
func (a *app) afterBad(from, words string) string {
	if dir, err := a.folder(); words == "" || err == nil && node.Initialised(dir) {
		return a.line("backup --full " + quoted(from))
	}
	return a.line("restore " + quoted(from) + " --partial --words-file " + quoted(words))
}

func (a *app) verifyBackups(ctx context.Context, dir, file string) (v *localv1.VerifiedBackups, err error) {
	if file != "" {
		if err := nonEmpty(dir); err != nil {
			return nil, err
		}
		words, err := a.wordsOf(file)
		if err != nil {
			return nil, err
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return nil, err
		}
		found, err := node.VerifyBackups(ctx, dir, words, a.tell)
		if err != nil {
			return nil, restoreError(err, "")
		}
		return localapi.VerifiedToWire(found), nil
	}
	err = a.keeping(ctx, dir, func(ctx context.Context, dir string, c *localapi.Client) error {
		stream, err := c.Keeping.VerifyBackups(ctx, &localv1.VerifyBackupsRequest{Folder: dir})
		if err != nil {
			return err
		}
		v, err = result(a, stream, (*localv1.VerifyBackupsResponse).GetVerified)
		return err
	})
	return v, err
}

func (a *app) verifiedPage(p *page, v *localv1.VerifiedBackups) {
	for _, b := range v.GetWhole() {
		p.line("✓ %s  %d records", b.GetFile(), b.GetEntries())
	}
	for _, b := range v.GetBad() {
		p.line("✗ %s %s", b.GetFile(), b.GetText())
	}
	if !v.GetRestorable() {
		p.line("the newest backup can't be restored")
		return
	}
	last := v.GetWhole()[len(v.GetWhole())-1]
	p.line("it can be restored, up to %s", a.when(timeOf(last.GetMade())))
}
