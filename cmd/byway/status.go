package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) statusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what the node is, where it is reached, and what is wrong",
		Long: `Status shows the running node: whose it is, the addresses that others can give to
"byway meet", its communities, what waits for you, and notes on what your node shows to whom.
✓ stands before what is well, ! before what you should know, ✗ before what is wrong.`,
		Example: "  byway status\n  byway status --wait 10s   # until a node that is starting answers",
		Args:    exactly(),
	}
	wait := lapseFlag(cmd, "wait", "", "wait up to `TIME` for the node to answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if *wait > 0 {
			if err := a.awaitNode(ctx, time.Duration(*wait)); err != nil {
				return err
			}
		}
		return a.withNode(ctx, func(ctx context.Context, c *localapi.Client) error {
			s, err := c.Node.Status(ctx, &localv1.StatusRequest{})
			if err != nil {
				return err
			}
			a.oursIn(s.GetKeeping().GetFlaws())
			return a.show(func(p *page) { a.statusPage(p, s) }, s)
		})
	}
	return cmd
}

func (a *app) statusPage(p *page, s *localv1.StatusResponse) {
	whose := "a person's: every counterparty meets her under another key"
	if s.GetParty() == "organisation" {
		whose = fmt.Sprintf("%s, an organisation under key %s", s.GetName(), s.GetKey())
	}
	p.fields(
		"node", whose,
		"folder", s.GetDir(),
		"running", fmt.Sprintf("pid %d since %s, version %s", s.GetPid(), a.when(timeOf(s.GetStarted())), s.GetVersion()),
		"peers", fmt.Sprint(s.GetPeers()),
		"waiting", a.here(waitingWords(s.GetWaiting())),
		"stored", fmt.Sprintf("%d records, %s", s.GetStore().GetEntries(), size(s.GetStore().GetBytes())),
	)
	for _, addr := range s.GetAddresses() {
		p.line("address  %s", addr)
	}
	for _, c := range s.GetCommunities() {
		p.line("in       %s (%s), %s: %d peers, %d cards", plain(c.GetName()), shortID(c.GetId()), c.GetRole(), c.GetPeers(), c.GetCards())
	}
	a.keepingPage(p, s.GetKeeping())
	for _, n := range s.GetNotes() {
		p.line("%s %s", noteMark(n.GetLevel()), n.GetText())
	}
}

func waitingWords(n uint32) string {
	if n == 0 {
		return "nothing waits for you"
	}
	return fmt.Sprintf("%d for your decision: byway inbox --waiting", n)
}

func noteMark(l localv1.Level) string {
	switch l {
	case localv1.Level_LEVEL_OK:
		return "✓"
	case localv1.Level_LEVEL_PROBLEM:
		return "✗"
	}
	return "!"
}

// size writes a number of bytes in its unit.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	if n < 1<<30 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// lookEvery is how often awaitNode and awaitGone look again.
const lookEvery = 20 * time.Millisecond

// awaitNode returns once a node answers in the folder, or has had its time.
func (a *app) awaitNode(ctx context.Context, most time.Duration) error {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	_, err = poll(ctx, most, func(ctx context.Context) bool {
		c, err := localapi.Dial(ctx, dir)
		if err == nil {
			c.Close()
		}
		return !errors.Is(err, localapi.ErrNotRunning)
	})
	return err
}

// poll asks done until it says so, for at most the given time, and returns its last word.
func poll(ctx context.Context, most time.Duration, done func(context.Context) bool) (bool, error) {
	over := time.NewTimer(most)
	defer over.Stop()
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-over.C:
			return false, nil
		case <-again.C:
		}
	}
	return true, nil
}

// list joins words for a sentence; "none" for nothing.
func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
