package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/verify"
)

func (a *app) verifyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check a signed record or a bundle of evidence, without a node",
		Long: `Verify checks every signature in a file that "byway agreements export" wrote, and says
in plain words who agreed to what. It needs no node, no store and no network: anybody can run
it. A file that was changed in any byte is refused. FILE can be - for standard input.

With --against it says where two copies of one agreement differ, records or bundles, and ends
with exit code 1 where they do. A bundle is read by a second program as well, which shares no code with
the first: protocol/verify, also there as byway-verify.

A name in it is how an organisation calls itself: the key is what the signature proves.`,
		Example: "  byway verify bread.byway\n  byway verify --json bread.evidence\n  byway verify hers.evidence --against theirs.evidence\n  byway verify bread.byway --opening address.opening",
		Args:    exactly("FILE"),
	}
	against := cmd.Flags().String("against", "", "say where another copy, in `FILE`, differs")
	opening := cmd.Flags().String("opening", "", "say which value the opening in `FILE`, by \"byway prove\", shows that the person meant")
	cmd.MarkFlagsMutuallyExclusive("against", "opening")
	when := cmd.Flags().String("at", "", "judge who was allowed to sign for others at a `TIME`, such as 2026-11-24T12:00:00Z (default now)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		at, err := a.judgedAt(*when)
		if err != nil {
			return err
		}
		b, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		if *opening != "" {
			return a.verifyOpening(args[0], b, *opening, at)
		}
		if *against != "" {
			return a.compare(args[0], b, *against, at)
		}
		if evidence.IsBundle(b) {
			return a.verifyBundle(args[0], b, at)
		}
		f, err := readRecord(b, at)
		if err != nil {
			return a.refuse(args[0], err)
		}
		return a.showOwn(func(p *page) { a.verdictPage(p, args[0], f) }, verdictOf(f))
	}
	return cmd
}

// judgedAt reads --at; without it, the time is now.
func (a *app) judgedAt(s string) (time.Time, error) {
	if s == "" {
		return a.now(), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, &usageError{err: fmt.Errorf("--at %q isn't a time", s), try: "a time such as 2026-11-24T12:00:00Z"}
	}
	return at, nil
}

// readRecord reads a record of the agreement protocol by the gate, and by the reader that
// shares no code with it: where they disagree, one of them is wrong, and the file isn't trusted.
func readRecord(b []byte, at time.Time) (agreement.Facts, error) {
	v, err := record.Verify(b, record.Want{At: at})
	if err != nil {
		return agreement.Facts{}, err
	}
	f, err := agreement.Describe(v)
	if err != nil {
		return agreement.Facts{}, err
	}
	if _, err := verify.Record(b, at); err != nil {
		return agreement.Facts{}, fmt.Errorf("%w: %w", errSecond, err)
	}
	return f, nil
}

// verify reads a record, judged now.
func (a *app) verify(b []byte) (agreement.Facts, error) { return readRecord(b, a.now()) }

var errSecond = errors.New("the second reader refuses it; report this")

// readFile reads a file, up to just more than a bundle may have.
func (a *app) readFile(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, &hintedError{err: err, try: "byway agreements export ID, which writes such a file"}
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, evidence.MaxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

// refuse says why a file isn't what it pretends to be, to programs also on standard output.
func (a *app) refuse(name string, err error) error {
	reason := refusal(err)
	if a.json {
		if err := a.showOwn(nil, refused{Reason: reason}); err != nil {
			return err
		}
	}
	return &hintedError{err: fmt.Errorf("%s is refused: %s", name, reason), try: "ask for the file again: the other side can export the same one"}
}

// refused is the verdict on a file that doesn't verify.
type refused struct {
	Verified bool   `json:"verified"`
	Reason   string `json:"reason"`
}

// refusal says in plain words what is wrong with a record.
func refusal(err error) string {
	for _, w := range []struct {
		is   error
		says string
	}{
		{record.ErrSignature, "a signature doesn't fit what is said; it was changed, or never signed by that key"},
		{record.ErrSigner, "it is signed by somebody whom it doesn't list"},
		{record.ErrKey, "it holds a key that proves nothing"},
		{record.ErrDelegation, "who signed for the organisation wasn't allowed to"},
		{record.ErrTooLarge, "it is larger than any record"},
		{agreement.ErrContradiction, "it holds records that contradict each other"},
		{evidence.ErrStrange, "it holds a record that doesn't belong in"},
		{evidence.ErrTooLarge, "it is larger than any bundle"},
		{evidence.ErrVersion, "it is of a newer kind than this program knows"},
		{evidence.ErrMalformed, "it isn't a whole, unchanged bundle"},
		{verify.ErrConflict, "it holds records that don't belong together"},
		{record.ErrVersion, "it is of a newer kind than this program knows"},
		{agreement.ErrVersion, "it is of a newer kind than this program knows"},
		{agreement.ErrType, "it is no record about an agreement"},
	} {
		if errors.Is(err, w.is) {
			return w.says + " (" + err.Error() + ")"
		}
	}
	return "it isn't a whole, unchanged record (" + err.Error() + ")"
}

// A verdict is what verify says of a record, as --json prints it. Times are RFC 3339;
// what isn't there is empty.
type verdict struct {
	Verified     bool     `json:"verified"`
	Kind         string   `json:"kind"`
	Complete     bool     `json:"complete"`
	RecordID     string   `json:"record_id"`
	AgreementID  string   `json:"agreement_id"`
	Sha256       string   `json:"sha256"`
	FirstKey     string   `json:"first_key"`
	SecondKey    string   `json:"second_key"`
	SecondName   string   `json:"second_name"`
	FirstSigned  bool     `json:"first_signed"`
	SecondSigned bool     `json:"second_signed"`
	Terms        string   `json:"terms"`
	TermsRef     string   `json:"terms_ref"`
	TermsKnown   bool     `json:"terms_known"`
	Purpose      string   `json:"purpose"`
	Data         []string `json:"data"`
	Law          string   `json:"law"`
	About        string   `json:"about"`
	AnswerBy     string   `json:"answer_by"`
	ValidFrom    string   `json:"valid_from"`
	ValidUntil   string   `json:"valid_until"`
	Reason       string   `json:"reason"`
	Text         string   `json:"text"`
}

func verdictOf(f agreement.Facts) verdict {
	v := verdict{
		Verified: true, Kind: f.Kind.String(), Complete: f.Complete, RecordID: f.ID.String(), AgreementID: idText(f.Thread),
		Sha256: hex.EncodeToString(f.Sum[:]), FirstKey: f.First.String(), SecondKey: f.Second.String(), SecondName: f.Body.SecondName,
		FirstSigned: f.SignedFirst, SecondSigned: f.SignedSecond, Terms: f.Body.Terms.ID, TermsRef: f.Body.Terms.String(),
		Purpose: f.Body.Purpose, Data: append([]string{}, f.Body.Data...), Law: f.Body.Law, About: idText(subjectOf(f)),
		AnswerBy: stamp(f.Body.AnswerBy), ValidFrom: stamp(f.Body.ValidFrom), ValidUntil: stamp(f.Body.ValidUntil), Text: f.Text,
	}
	_, v.TermsKnown = resolve(f.Body.Terms)
	if f.Kind == agreement.KindDecline || f.Kind == agreement.KindEnd {
		v.Reason = f.Reason.String()
	}
	return v
}
