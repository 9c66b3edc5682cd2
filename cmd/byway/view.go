package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/agreement/views"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

func (a *app) viewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "view FILE",
		Short: "Show a signed record in another vocabulary, without a node",
		Long: `View writes what a record says in the words of others: as JSON-LD with ODRL and DPV, or
with the fields of ISO/IEC TS 27560. It checks every signature first, and needs no node and no
network. FILE can be - for standard input.

A view is not the evidence, and says so: keep the record. It shows the state as of now, or as
of another time that you name.`,
		Example: "  byway view bread.byway --format jsonld\n  byway view bread.byway --format iso27560 --at 2027-03-31",
		Args:    exactly("FILE"),
	}
	format := formatFlag(cmd, string(views.JSONLD))
	var at day
	cmd.Flags().Var(&at, "at", "show the state as of this `DATE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		b, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		if evidence.IsBundle(b) {
			return localapi.Fail(localapi.BadInput, "%s is a bundle, and a view is of one record", args[0]).Hint("byway verify %s; byway agreements export ID", args[0])
		}
		if b, err = a.view(views.Format(*format), b, at); err != nil {
			if failure := viewFailure(err); failure != nil {
				return failure
			}
			return a.refuse(args[0], err)
		}
		return a.write(b)
	}
	return cmd
}

// recordFormat is the record itself, byte for byte: no view.
const recordFormat = "record"

// formatNames are the views' words for --format.
func formatNames() []string {
	var out []string
	for _, f := range views.Formats() {
		out = append(out, string(f))
	}
	return out
}

// formatFlag adds --format, with what is written where it isn't given.
func formatFlag(cmd *cobra.Command, usual string) *string {
	names := formatNames()
	if !slices.Contains(names, usual) {
		names = append([]string{usual}, names...)
	}
	f := cmd.Flags().String("format", usual, "write `"+strings.Join(names, "|")+"`")
	choice(cmd, "format", names...)
	return f
}

// asView makes a view of a record that a node gave, as of now, with how its file's name ends.
func (a *app) asView(b []byte, format string) ([]byte, string, error) {
	f := views.Format(format)
	b, err := a.view(f, b, day{})
	if failure := viewFailure(err); failure != nil {
		err = failure
	}
	return b, f.Ext(), err
}

// view makes a view of a record that nobody has checked yet.
func (a *app) view(f views.Format, b []byte, at day) ([]byte, error) {
	v, err := record.Verify(b, record.Want{At: a.now()})
	if err != nil {
		return nil, err
	}
	when := at.t
	if when.IsZero() {
		when = a.now()
	}
	return views.Make(f, v, views.Options{Roster: terms.Default(), At: when})
}

// viewFailure says what to do where there is no such view; nil where that isn't what is wrong.
func viewFailure(err error) error {
	switch {
	case errors.Is(err, views.ErrFormat):
		return localapi.Fail(localapi.BadInput, "%w", err).Hint("--format %s", strings.Join(formatNames(), "|"))
	case errors.Is(err, views.ErrNothing):
		return localapi.Fail(localapi.BadInput, "%w", err).Hint("the record that it is about: byway agreements export ID")
	}
	return nil
}
