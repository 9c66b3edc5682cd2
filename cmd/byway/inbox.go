package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) inboxCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inbox",
		Short: "List what waits for you and what has happened",
		Long: `Inbox lists, oldest first, all that waits for your decision or has happened, each with
the command that answers it. With --watch it goes on, until you press Ctrl-C. A program
gives the cursor of the last item that it has handled, and misses none.`,
		Example: "  byway inbox --waiting\n  byway inbox --watch --json --after 41",
		Args:    exactly(),
	}
	watch := cmd.Flags().Bool("watch", false, "go on with what is new")
	waiting := cmd.Flags().Bool("waiting", false, "only what waits for a decision")
	after := cmd.Flags().Uint64("after", 0, "only what comes after this `CURSOR`")
	limit := cmd.Flags().Uint32("limit", 0, "at most so many `ITEMS`")
	cmd.MarkFlagsMutuallyExclusive("watch", "waiting")
	cmd.MarkFlagsMutuallyExclusive("watch", "limit")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			if *watch {
				return a.watchInbox(ctx, c, *after)
			}
			items, err := a.listInbox(ctx, c, &localv1.InboxRequest{After: *after, Limit: *limit, Waiting: *waiting})
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				for _, i := range items {
					a.itemPage(p, i)
				}
				if len(items) == 0 {
					p.line("nothing here")
				}
			}, messages(items)...)
		})
	}
	return cmd
}

// listInbox asks until nothing more comes, or for one answer where it is limited. What
// waits comes in one.
func (a *app) listInbox(ctx context.Context, c *localapi.Client, req *localv1.InboxRequest) ([]*localv1.Item, error) {
	var all []*localv1.Item
	for {
		r, err := c.Node.Inbox(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, i := range r.GetItems() {
			all = append(all, a.ours(i))
		}
		if req.GetWaiting() || req.GetLimit() > 0 || len(r.GetItems()) == 0 {
			return all, nil
		}
		req.After = r.GetItems()[len(r.GetItems())-1].GetCursor()
	}
}

func (a *app) watchInbox(ctx context.Context, c *localapi.Client, after uint64) error {
	stream, err := c.Node.WatchInbox(ctx, &localv1.WatchInboxRequest{After: after})
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // what it holds ends with the program
	for {
		r, err := stream.Receive()
		switch {
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		i := a.ours(r.GetItem())
		if err := a.show(func(p *page) { a.itemPage(p, i) }, i); err != nil {
			return err
		}
	}
}

// ours returns an item whose commands work on the folder of this run.
func (a *app) ours(i *localv1.Item) *localv1.Item {
	for n, c := range i.GetCommands() {
		i.Commands[n] = a.here(c)
	}
	return i
}

func (a *app) itemPage(p *page, i *localv1.Item) {
	mark := " "
	if i.GetWaiting() {
		mark = "?"
	}
	p.line("%s %s  %s  %s  %s", mark, shortID(i.GetId()), a.when(timeOf(i.GetAt())), i.GetKind(), plain(i.GetWho()))
	if i.GetText() != "" {
		p.line("    %s", plain(i.GetText()))
	}
	for _, c := range i.GetCommands() {
		p.line("    %s", plain(c))
	}
}
