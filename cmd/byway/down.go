package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// downFor bounds how long a node takes to close: its own bounds are shorter.
const downFor = 20 * time.Second

func (a *app) downCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop the node",
		Long: `Down asks the running node to close, and waits until it has. What was under way is
taken up again by the next "byway up".`,
		Example: "  byway down",
		Args:    exactly(),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.withNode(cmd.Context(), a.down) }
	return cmd
}

func (a *app) down(ctx context.Context, c *localapi.Client) error {
	s, err := c.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		return err
	}
	resp, err := c.Node.Shutdown(ctx, &localv1.ShutdownRequest{})
	if err != nil {
		return err
	}
	dir, err := a.folder()
	if err != nil {
		return err
	}
	gone, err := poll(ctx, downFor, func(ctx context.Context) bool {
		c, err := localapi.Dial(ctx, dir)
		if err == nil {
			c.Close()
		}
		return errors.Is(err, localapi.ErrNotRunning) && !alive(int(s.GetPid()))
	})
	switch {
	case err != nil:
		return err
	case !gone:
		return localapi.Fail(localapi.Failed, "the node (pid %d) hasn't ended after %s", s.GetPid(), span(downFor)).Hint("look at what it logs")
	}
	return a.show(func(p *page) { p.line("stopped: pid %d", s.GetPid()) }, resp)
}
