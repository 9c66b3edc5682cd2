package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/evidence"
)

// A proven is what prove did, as --json prints it.
type proven struct {
	AgreementID string `json:"agreement_id"`
	Category    string `json:"category"`
	File        string `json:"file"`
}

func (a *app) proveCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prove AGREEMENT CATEGORY",
		Short: "Write what shows which value you meant",
		Long: `Prove writes an opening: the value that you held of a category when you proffered, with what
ties it to that agreement. Whoever has the agreement's file and this one can check it by
"byway verify FILE --opening OPENING", without a node. It shows the value to whoever gets it, so give it
to those alone who should know. It says nothing about any other agreement.`,
		Example:           "  byway prove k3x7m2aa address\n  byway prove k3x7m2aa address -o address.opening",
		Args:              exactly("AGREEMENT", "CATEGORY"),
		ValidArgsFunction: inOrder(a.completeAgreement(), a.completeField()),
	}
	out := cmd.Flags().StringP("out", "o", "", "write to `FILE` (default AGREEMENT.opening here); - for standard output")
	force := cmd.Flags().Bool("force", false, "replace a file that is there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Vault.ProveField(ctx, &localv1.ProveFieldRequest{Agreement: args[0], Category: args[1]})
			if err != nil {
				return err
			}
			if *out == "-" {
				return a.write(r.GetOpening())
			}
			name := *out
			if name == "" {
				name = shortID(r.GetAgreement()) + ".opening"
			}
			if err := writeNew(name, r.GetOpening(), *force); err != nil {
				return err
			}
			return a.showOwn(func(p *page) {
				p.line("wrote %s, which shows your %s to whoever gets it", name, plain(args[1]))
				p.line("check it: byway verify FILE --opening %s, with the agreement's FILE by byway agreements export %s", name, shortID(r.GetAgreement()))
			}, proven{r.GetAgreement(), args[1], name})
		})
	}
	return cmd
}

// An opened is what verify says of an opening, as --json prints it.
type opened struct {
	Verified    bool   `json:"verified"`
	AgreementID string `json:"agreement_id"`
	FirstKey    string `json:"first_key"`
	Category    string `json:"category"`
	Value       string `json:"value"`
}

// verifyOpening says which value the person meant, where the opening in a file fits what she signed.
func (a *app) verifyOpening(name string, b []byte, with string, at time.Time) error {
	body, id, first, err := committing(b, at)
	if err != nil {
		return a.refuse(name, err)
	}
	o, err := readOpening(with)
	if err != nil {
		return err
	}
	c := body.Commitment(o.Category)
	switch err := commitment.Check(c, o); {
	case c.IsZero():
		return a.misfit(fmt.Sprintf("%s commits to no %q", name, o.Category), "byway verify "+name+", for the data that it names")
	case err != nil:
		return a.misfit(fmt.Sprintf("%s isn't what %s commits to for %q", with, name, o.Category), "byway prove, over there, with this agreement")
	}
	return a.showOwn(func(p *page) {
		p.line("%s is genuine, and %s fits it: a person under key %s meant, when she signed,", name, with, first)
		p.line("")
		p.line("%s", plain(o.Category))
		p.line("  %s", plain(o.Value))
		p.line("")
		p.line("That she meant it is proven, not that it is true.")
	}, opened{true, id, first, o.Category, o.Value})
}

// misfit says that an opening proves nothing, to programs also on standard output.
func (a *app) misfit(reason, try string) error {
	if a.json {
		if err := a.showOwn(nil, refused{Reason: reason}); err != nil {
			return err
		}
	}
	return &hintedError{err: errors.New(reason), try: try}
}

// committing returns the body that a record or a bundle holds, with the agreement's id and the person's key.
func committing(b []byte, at time.Time) (agreement.Body, string, string, error) {
	if !evidence.IsBundle(b) {
		f, err := readRecord(b, at)
		return f.Body, idText(f.Thread), f.First.String(), err
	}
	e, _, err := readBundle(b, at)
	if err != nil {
		return agreement.Body{}, "", "", err
	}
	v := e.Agreement().View(at)
	return v.Body, v.ID.String(), v.First.String(), nil
}

func readOpening(name string) (commitment.Opening, error) {
	f, err := os.Open(name)
	if err != nil {
		return commitment.Opening{}, &hintedError{err: err, try: "byway prove AGREEMENT CATEGORY, which writes such a file"}
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, commitment.MaxText+1))
	if err != nil {
		return commitment.Opening{}, fmt.Errorf("read %s: %w", name, err)
	}
	o, err := commitment.ParseText(b)
	if err != nil {
		return o, &hintedError{err: fmt.Errorf("%s: %w", name, err), try: "ask for the file again"}
	}
	return o, nil
}
