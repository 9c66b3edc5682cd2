package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/commitment"
)

// A fieldLine is one personal field, as --json prints it.
type fieldLine struct {
	Category string `json:"category"`
	Value    string `json:"value,omitempty"`
}

func (a *app) meCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "me",
		Short: "List what your node holds about you",
		Long: `Me lists the categories of your personal fields, and their values with --show. Each value is
sealed under a key of its own, on this machine alone. A proffer that names a category as data
commits to its value without showing it: "byway prove" opens that to whom you choose, and
"byway forget" makes it impossible for ever.`,
		Example: "  byway me\n  byway me set address\n  byway me show address",
		Args:    cobra.ArbitraryArgs,
	}
	show := cmd.Flags().Bool("show", false, "show the values, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			fields, err := listFields(ctx, c, *show)
			if err != nil {
				return err
			}
			return a.showOwn(func(p *page) { fieldsPage(p, fields) }, anyOf(fields)...)
		})
	}
	cmd.AddCommand(a.meSetCmd(), a.meShowCmd())
	return cmd
}

func listFields(ctx context.Context, c *localapi.Client, values bool) ([]fieldLine, error) {
	r, err := c.Vault.ListFields(ctx, &localv1.ListFieldsRequest{})
	if err != nil {
		return nil, err
	}
	var out []fieldLine
	for _, category := range r.GetCategories() {
		f := fieldLine{Category: category}
		if values {
			v, err := c.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: category})
			if err != nil {
				return nil, err
			}
			f.Value = v.GetValue()
		}
		out = append(out, f)
	}
	return out, nil
}

func fieldsPage(p *page, fields []fieldLine) {
	if len(fields) == 0 {
		p.line("nothing here")
		p.line("to keep something: byway me set address")
		return
	}
	rows := make([][]string, 0, len(fields))
	for _, f := range fields {
		rows = append(rows, []string{f.Category, f.Value})
	}
	p.table(nil, rows)
}

func anyOf[T any](ts []T) []any {
	out := make([]any, len(ts))
	for i, t := range ts {
		out[i] = t
	}
	return out
}

func (a *app) meSetCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "set CATEGORY [VALUE|-]",
		Short: "Keep a value about you",
		Long: `Set keeps a value of a category such as name, address, email, phone or birthday; any word that
agreements use for data will do. Without VALUE, or for -, it is read from standard input: so it
doesn't stay in the history of your shell, nor shows in the list of processes.

A value that takes the place of another is a new one: what an agreement committed to before
can't be proven any more.`,
		Example:           "  byway me set address\n  byway me set email - < email.txt",
		Args:              between(1, "CATEGORY", "VALUE"),
		ValidArgsFunction: inOrder(a.completeField(), nothing),
		RunE: func(cmd *cobra.Command, args []string) error {
			value, err := a.valueOf(args)
			if err != nil {
				return err
			}
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				if _, err := c.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: args[0], Value: value}); err != nil {
					return err
				}
				return a.showOwn(func(p *page) { p.line("%s is kept", plain(args[0])) }, fieldLine{Category: args[0]})
			})
		},
	}
}

// valueOf returns the value that was typed or is read: one line from a terminal, else all
// of standard input but the end of its last line.
func (a *app) valueOf(args []string) (string, error) {
	if len(args) > 1 && args[1] != "-" {
		return args[1], nil
	}
	if _, ok := a.terminal(); ok {
		if _, err := fmt.Fprintf(a.errs, "%s: ", plain(args[0])); err != nil {
			return "", err
		}
		line, err := bufio.NewReader(io.LimitReader(a.in, commitment.MaxValue+2)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	b, err := io.ReadAll(io.LimitReader(a.in, commitment.MaxValue+3))
	if err != nil {
		return "", fmt.Errorf("read the value: %w", err)
	}
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), "\r\n", "\n"), nil
}

func (a *app) meShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "show CATEGORY",
		Short:             "Show a value about you",
		Long:              "Show prints the value that is held of one category.",
		Example:           "  byway me show address",
		Args:              exactly("CATEGORY"),
		ValidArgsFunction: once(a.completeField()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
				r, err := c.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: args[0]})
				if err != nil {
					return err
				}
				return a.showOwn(func(p *page) { p.line("%s", lines(r.GetValue())) }, fieldLine{args[0], r.GetValue()})
			})
		},
	}
}

// lines is plain for a text that may have several lines.
func lines(s string) string {
	ls := strings.Split(s, "\n")
	for i, l := range ls {
		ls[i] = plain(l)
	}
	return strings.Join(ls, "\n")
}

func (a *app) completeField() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Vault.ListFields(ctx, &localv1.ListFieldsRequest{})
		return r.GetCategories(), err
	})
}
