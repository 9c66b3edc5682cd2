package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) forgetCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget CATEGORY...",
		Short: "Forget something about you, for good",
		Long: `Forget removes the keys of the named values: the sealed bytes that are left open to nobody. Then
it makes a full backup in each folder that has backups of this node, and deletes the older ones
that it reaches there; where it doesn't reach them, the next backup there does that. Agreements
that committed to a value still verify, and so does what you opened to others; but you can't open
it to anybody any more.

It asks before it does so, but for --yes. It can't reach a copy of a backup that lies elsewhere:
that one still opens with your 24 words. Nor what you told others.`,
		Example:           "  byway forget address\n  byway forget phone email --yes",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: every(a.completeField()),
	}
	all := cmd.Flags().Bool("all", false, "forget everything that \"byway me\" lists, also where it is damaged")
	sure := cmd.Flags().Bool("yes", false, "don't ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *all == (len(args) > 0) {
			return &usageError{err: errors.New("name what to forget, or --all, not both"), try: a.line("me")}
		}
		if !*sure {
			if err := a.sureTo(args); err != nil {
				return err
			}
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: args, All: *all})
			if err != nil {
				return err
			}
			return a.show(func(p *page) { forgottenPage(p, r) }, r)
		})
	}
	return cmd
}

// sureTo asks whoever sits at the terminal, and fails unless the answer is yes.
func (a *app) sureTo(categories []string) error {
	what := strings.Join(categories, ", ")
	if what == "" {
		what = "everything"
	}
	if _, ok := a.terminal(); !ok {
		return &usageError{err: errors.New("nothing is forgotten unasked, and there is no terminal to ask on"), try: "the same with --yes"}
	}
	if _, err := fmt.Fprintf(a.errs, "Forget %s for good? This node can't bring it back then; an older backup that lies elsewhere still can, with your words. [y/N] ", plain(what)); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(a.in, 64)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if y := strings.ToLower(strings.TrimSpace(answer)); y != "y" && y != "yes" {
		return errors.New("nothing was forgotten")
	}
	return nil
}

func forgottenPage(p *page, r *localv1.ForgetFieldsResponse) {
	if len(r.GetCategories()) > 0 {
		p.line("forgotten for good: %s", plain(strings.Join(r.GetCategories(), ", ")))
	} else {
		p.line("forgotten for good: all that there was")
	}
	if r.GetKept() != "" {
		p.line("%s", plain(r.GetKept()))
	}
	for _, b := range r.GetBackups() {
		if b.GetMade() != "" {
			p.line("backed up anew: %s", filepath.Join(b.GetFolder(), b.GetMade()))
		}
		for _, name := range b.GetDeleted() {
			p.line("deleted: %s", filepath.Join(b.GetFolder(), name))
		}
		if b.GetFailed() != "" {
			p.line("! the backups in %s still have it: %s", b.GetFolder(), plain(b.GetFailed()))
			p.line("  the next \"byway backup %s\" makes a new one there and deletes them; \"byway status\" says so until then", b.GetFolder())
		}
	}
	p.line("")
	p.line("Copies of older backups elsewhere still open with your 24 words, and have it: delete them too.")
	p.line("Agreements that committed to it still verify, as does what you proved before; nothing new can be proven.")
}
