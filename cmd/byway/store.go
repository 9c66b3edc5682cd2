package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) storeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Check what the node keeps, or build its index anew",
		Long: `Store looks after what the node keeps. Its log is the truth: each record and note, in
order, sealed and chained, never rewritten. Its spool holds what is on its way. Its index is
made from both, and can be made again. How full it is and what was found at a start is in
"byway status".`,
		Example: "  byway store check\n  byway store rebuild",
	}
	cmd.AddCommand(a.storeCheckCmd(), a.storeRebuildCmd())
	return a.parent(cmd)
}

func (a *app) storeCheckCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read every byte that the node keeps, and say what is damaged",
		Long: `Check reads every byte of the store, with the node running or not, and compares each
with the checksums that were written with it. It changes nothing. It says of each flaw what
is affected and what to do, and fails where one isn't mended yet. With the node running it also
names those with whom something said isn't here.`,
		Example: "  byway store check\n  byway store check --json",
		Args:    exactly(),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.keeping(cmd.Context(), ".", func(ctx context.Context, _ string, c *localapi.Client) error {
			r, err := a.checkStore(ctx, c)
			if err != nil {
				return err
			}
			a.oursIn(r.GetFlaws())
			if err := a.show(func(p *page) { a.checkPage(p, r) }, r); err != nil || !slices.ContainsFunc(r.GetFlaws(), func(f *localv1.StoreFlaw) bool { return !f.GetMended() }) {
				return err
			}
			return errBad
		})
	}
	return cmd
}

func (a *app) checkStore(ctx context.Context, c *localapi.Client) (*localv1.StoreCheck, error) {
	stream, err := c.Keeping.CheckStore(ctx, &localv1.CheckStoreRequest{})
	if err != nil {
		return nil, err
	}
	return result(a, stream, (*localv1.CheckStoreResponse).GetCheck)
}

func (a *app) checkPage(p *page, r *localv1.StoreCheck) {
	for _, f := range r.GetFlaws() {
		a.flawLines(p, f)
	}
	p.line("read %s: %d entries are whole", size(r.GetBytes()), r.GetEntries())
}

func (a *app) storeRebuildCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Build the index anew from the log, while the node is stopped",
		Long: `Rebuild throws the index away and builds it anew from the log and the spool, which hold
all of it. A node does so by itself where it finds its index damaged; this is for when you
don't want to wait for that. The node must be stopped.`,
		Example: "  byway down && byway store rebuild",
		Args:    exactly(),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := a.folder()
		if err != nil {
			return err
		}
		err = node.Rebuild(cmd.Context(), node.Config{Dir: dir, Passphrase: a.asker("", "")})
		switch {
		case errors.Is(err, node.ErrLocked):
			return &hintedError{err: errors.New("the node is running, and its index is in use"), try: a.line("down") + ", then " + a.line("store rebuild")}
		case errors.Is(err, node.ErrNoNode):
			return &hintedError{err: err, try: a.line("init --person") + ", or another folder with --dir"}
		case err != nil:
			return err
		}
		return a.showOwn(func(p *page) { p.line("the index is made anew from the log") }, rebuilt{dir})
	}
	return cmd
}

// A rebuilt is what rebuild did, as --json prints it.
type rebuilt struct {
	Dir string `json:"dir"`
}
