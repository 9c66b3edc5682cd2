package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) backupCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Write a backup that your 24 words open",
		Long: `Backup writes one file into DIR: all that the node keeps, or what came since the backup
before, sealed so that your 24 words open it. It is read back to its last byte before it counts.
DIR can be a USB stick or a folder that another program copies elsewhere; nothing in it is
overwritten. The node may run meanwhile. "byway restore" brings it back on a bare machine.`,
		Example: "  byway backup /media/usb/byway\n  byway backup --full /media/usb/byway\n  byway backup verify /media/usb/byway",
		Args:    exactly("DIR"),
	}
	full := cmd.Flags().Bool("full", false, "write all of it, also where what is new would do")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.keeping(cmd.Context(), args[0], func(ctx context.Context, dir string, c *localapi.Client) error {
			b, err := a.backUp(ctx, c, dir, *full)
			if err != nil {
				return err
			}
			return a.show(func(p *page) { a.backupPage(p, b) }, b)
		})
	}
	cmd.AddCommand(a.backupListCmd(), a.backupVerifyCmd(), a.backupPruneCmd())
	return cmd
}

// keeping calls f with a client of the node, whether it runs or not, and dir made absolute.
func (a *app) keeping(ctx context.Context, dir string, f func(ctx context.Context, dir string, c *localapi.Client) error) error {
	if err := nonEmpty(dir); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	err = a.withNode(ctx, func(ctx context.Context, c *localapi.Client) error { return f(ctx, dir, c) })
	if !errors.Is(err, localapi.ErrNotRunning) {
		return err
	}
	return a.withFolder(ctx, func(c *localapi.Client) error { return f(ctx, dir, c) })
}

// nonEmpty refuses "", which would be the folder that the command is typed in: mostly a variable that isn't set.
func nonEmpty(dir string) error {
	if dir != "" {
		return nil
	}
	return &usageError{err: errors.New("the folder's name is empty"), try: "the name of the folder, or . for the one that you are in"}
}

// withFolder calls f with a client of the folder itself, in which no node runs.
func (a *app) withFolder(ctx context.Context, f func(*localapi.Client) error) (err error) {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	k, err := node.Keep(ctx, node.Config{Dir: dir, Passphrase: a.asker("", "")})
	if errors.Is(err, node.ErrNoNode) {
		return &hintedError{err: err, try: a.line("init --person") + ", or another folder with --dir"}
	}
	if err != nil {
		return err
	}
	c := k.Client()
	defer func() {
		c.Close()
		err = errors.Join(err, k.Close())
	}()
	if err = f(c); err == nil || errors.Is(err, errBad) {
		return err
	}
	return localapi.FailureOf(err)
}

func (a *app) backUp(ctx context.Context, c *localapi.Client, dir string, full bool) (*localv1.Backup, error) {
	stream, err := c.Keeping.Backup(ctx, &localv1.BackupRequest{Folder: dir, Full: full})
	if err != nil {
		return nil, err
	}
	return result(a, stream, (*localv1.BackupResponse).GetBackup)
}

func (a *app) backupPage(p *page, b *localv1.Backup) {
	what := fmt.Sprintf("%d of %d records, what came since the last backup", b.GetAdded(), b.GetEntries())
	switch {
	case b.GetFull() && b.GetEntries() == 0:
		what = "all of a node that has no records yet"
	case b.GetFull():
		what = fmt.Sprintf("all %d records", b.GetEntries())
	}
	p.line("backed up %s, %s: read back and whole", what, size(b.GetBytes()))
	p.line("%s", filepath.Join(b.GetFolder(), b.GetFile()))
	if b.GetWhy() != "" {
		p.line("it is a full one: %s", b.GetWhy())
	}
}

func (a *app) backupListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list DIR",
		Short: "List the backups in a folder, without opening them",
		Long: `List shows what the names of the files tell: when each was made, and whether it is full or
has only what came since the one before. To see whether they are whole: "byway backup verify".`,
		Example: "  byway backup list /media/usb/byway",
		Args:    exactly("DIR"),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := nonEmpty(args[0]); err != nil {
			return err
		}
		files, err := node.Backups(args[0])
		if errors.Is(err, node.ErrNoBackup) {
			return &hintedError{err: err, try: a.line("backup " + args[0])}
		}
		if err != nil {
			return err
		}
		lines := make([]any, len(files))
		rows := make([][]string, len(files))
		for i, f := range files {
			kind := "part"
			if f.Full {
				kind = "full"
			}
			lines[i] = listedBackup{File: f.Name(), Made: f.At, Full: f.Full, Bytes: f.Size}
			rows[i] = []string{a.when(f.At), kind, size(f.Size), f.Name()}
		}
		return a.showOwn(func(p *page) { p.table([]string{"MADE", "KIND", "SIZE", "FILE"}, rows) }, lines...)
	}
	return cmd
}

func (a *app) backupPruneCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prune DIR",
		Short: "Delete the backups in a folder that a restore doesn't need",
		Long: `Prune keeps the newest full backups and what builds on them, and deletes what is older.
It deletes nothing where the newest backup isn't whole.`,
		Example: "  byway backup prune --keep 2 /media/usb/byway",
		Args:    exactly("DIR"),
	}
	keep := cmd.Flags().Uint32("keep", 2, "keep so many full `BACKUPS`, at least 1")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *keep == 0 {
			return usagef(cmd, "at least one backup is kept")
		}
		return a.keeping(cmd.Context(), args[0], func(ctx context.Context, dir string, c *localapi.Client) error {
			r, err := c.Keeping.PruneBackups(ctx, &localv1.PruneBackupsRequest{Folder: dir, Keep: *keep})
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				for _, name := range r.GetDeleted() {
					p.line("deleted %s", name)
				}
				if len(r.GetDeleted()) == 0 {
					p.line("nothing to delete")
				}
			}, r)
		})
	}
	return cmd
}
