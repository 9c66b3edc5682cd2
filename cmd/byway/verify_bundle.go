package main

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/protocol/verify"
)

// A bundleVerdict is what verify says of a bundle, as --json prints it. What isn't there is empty.
type bundleVerdict struct {
	Verified    bool     `json:"verified"`
	Kind        string   `json:"kind"`
	State       string   `json:"state"`
	AgreementID string   `json:"agreement_id"`
	RecordID    string   `json:"record_id"`
	Sha256      string   `json:"sha256"`
	FirstKey    string   `json:"first_key"`
	SecondKey   string   `json:"second_key"`
	TermsRef    string   `json:"terms_ref"`
	RosterID    string   `json:"roster_id"`
	RosterKnown bool     `json:"roster_known"`
	Says        []string `json:"says"`
	Faults      []string `json:"faults"`
}

// readBundle reads a bundle twice, by two readers that share no code. Where they come to
// another state, or find another number of faults, one of them is wrong, and the file isn't trusted.
func readBundle(b []byte, at time.Time) (evidence.Bundle, verify.Report, error) {
	e, err := evidence.Parse(b, at)
	if err != nil {
		return e, verify.Report{}, err
	}
	r, err := verify.Bundle(b, at)
	held, faults := e.Agreement(), e.Faults()
	if err == nil && (r.State != held.State().String() || r.Thread != held.ID().String() || len(r.Faults) != len(faults)) {
		err = fmt.Errorf("it finds %s %s with %d faults, not %s %s with %d", r.State, r.Thread, len(r.Faults), held.State(), held.ID(), len(faults))
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errSecond, err)
	}
	return e, r, err
}

func (a *app) verifyBundle(name string, b []byte, at time.Time) error {
	e, r, err := readBundle(b, at)
	if err != nil {
		return a.refuse(name, err)
	}
	v := bundleVerdict{
		Verified: true, Kind: r.Kind, State: r.State, AgreementID: r.Thread, RecordID: r.Record, Sha256: r.Sum, FirstKey: r.First, SecondKey: r.Second,
		TermsRef: r.Terms, Says: append([]string{}, r.Says...), Faults: append([]string{}, r.Faults...),
	}
	if roster := e.Roster(); roster != nil {
		v.RosterID, v.RosterKnown = roster.ID().String(), roster.ID() == terms.Default().ID()
	}
	return a.showOwn(func(p *page) { a.bundlePage(p, name, e, v) }, v)
}

// bundlePage says in plain words what a bundle proves, and what it can't.
func (a *app) bundlePage(p *page, file string, e evidence.Bundle, v bundleVerdict) {
	p.line("%s is genuine: every signature in its %d records fits every byte.", file, len(e.Records()))
	p.line("")
	f := a.saidOf(p, e)
	p.line("")
	p.line("As far as this file shows it is %s.", v.State)
	for _, s := range v.Faults {
		p.line("! %s", plain(s))
	}
	if o := e.Offer(); !o.IsZero() {
		p.line("It took the offer %s,", o.ID())
		p.line("which the organisation made to the cast's key %s.", o.Statement().Recipient())
	}
	sum := e.Sum()
	p.line("")
	p.fields(
		"purpose", f.Body.Purpose, "data", joined(f.Body.Data), "law", f.Body.Law, "to be signed by", a.date(f.Body.AnswerBy),
		"valid from", a.date(f.Body.ValidFrom), "valid until", a.date(f.Body.ValidUntil), "agreement", v.AgreementID,
		"record", v.RecordID, "its sha256", v.Sha256, "file's sha256", hex.EncodeToString(sum[:]),
	)
	p.line("")
	rosterPage(p, e, f.Body.Terms, v.RosterKnown)
	p.line("")
	chainPage(p, e)
	p.line("")
	p.line("A file shows what was signed, not what came after: ask the other side for its copy, and compare")
	p.line("them with --against. The clocks of those who signed may have been wrong, and a name is a claim.")
}

// saidOf says what was agreed, or proffered, and who declined or ended it, and returns the first of these.
func (a *app) saidOf(p *page, e evidence.Bundle) (first agreement.Facts) {
	agreed, ok := e.Agreement().Agreed()
	for _, v := range e.Records() {
		f, err := agreement.Describe(v)
		if err != nil || f.Thread != e.Thread() {
			continue
		}
		switch refusal := f.Kind == agreement.KindDecline || f.Kind == agreement.KindEnd; {
		case refusal:
		case ok && string(v.Bytes()) == string(agreed.Bytes()), !ok && first.ID.IsZero():
			first = f
		}
	}
	a.sentence(p, first)
	for _, v := range e.Records() {
		f, err := agreement.Describe(v)
		if err != nil || f.Thread != e.Thread() || f.Kind != agreement.KindDecline && f.Kind != agreement.KindEnd {
			continue
		}
		a.sentence(p, f)
		if f.Text != "" {
			p.line("It says: %s", plain(f.Text))
		}
	}
	return first
}

// rosterPage says what the terms are, by the roster that goes along.
func rosterPage(p *page, e evidence.Bundle, ref terms.Ref, known bool) {
	if e.Roster() == nil {
		p.line("No roster goes along that lists %s: read those terms where they are kept.", ref)
		return
	}
	if t, ok := e.Roster().Resolve(ref); ok {
		p.WriteString(terms.Plain(t))
	} else {
		p.line("! the roster that goes along doesn't list exactly %s", ref)
	}
	if !known {
		p.line("! the roster that goes along isn't the one that ships with this program: its keeper is %s", e.Roster().Keeper())
	}
}

// chainPage lists what the two said to each other.
func chainPage(p *page, e evidence.Bundle) {
	var rows [][]string
	turns := map[record.ID]int{}
	for i, v := range e.Records() {
		turns[v.ID()] = i
	}
	said := slices.Clone(e.Records())
	slices.SortStableFunc(said, func(x, y record.Verified) int { // a proffer was said before it was accepted
		return cmp.Or(turns[x.ID()]-turns[y.ID()], len(x.Record().Signatures())-len(y.Record().Signatures()))
	})
	for _, v := range said {
		who, what := "the person", string(v.Statement().Type())
		if v.Statement().Author() != e.First() {
			who = "the organisation"
		}
		side := who // whose place it is: who accepts stands at the other's
		if m, err := agreement.Read(v); err == nil {
			who, what = m.By.String(), m.Kind.String()
		}
		place := fmt.Sprint(v.Statement().Link().Count())
		if epoch := v.Statement().Link().Epoch(); epoch > 0 {
			place += fmt.Sprintf(" of epoch %d", epoch)
		}
		if who != side {
			place += " of " + side
		}
		rows = append(rows, []string{who, place, what, v.ID().String()})
	}
	p.table([]string{"WHO", "PLACE", "SAID", "RECORD"}, rows)
}

var errDiffer = errors.New("the copies differ")

// A comparison is what --against says, as --json prints it.
type comparison struct {
	Same        bool     `json:"same"`
	Differences []string `json:"differences"`
}

// compare says where two copies differ. Each has to be genuine.
func (a *app) compare(name string, b []byte, other string, at time.Time) error {
	second, err := a.readFile(other)
	if err != nil {
		return err
	}
	var copies [2]evidence.Copy
	for i, f := range []struct {
		name  string
		bytes []byte
	}{{name, b}, {other, second}} {
		if evidence.IsBundle(f.bytes) {
			_, _, err = readBundle(f.bytes, at)
		} else {
			_, err = readRecord(f.bytes, at)
		}
		if err != nil {
			return a.refuse(f.name, err)
		}
		if copies[i], err = evidence.ReadCopy(f.bytes, at); err != nil {
			return a.refuse(f.name, err)
		}
	}
	differences := evidence.Difference(copies[0], copies[1])
	err = a.showOwn(func(p *page) {
		p.line("first:  %s", name)
		p.line("second: %s", other)
		p.line("")
		for _, d := range differences {
			p.line("%s", plain(d))
		}
		if len(differences) == 0 {
			p.line("They are the same%s.", map[bool]string{true: ", byte for byte", false: " in all that they say"}[string(b) == string(second)])
		}
	}, comparison{len(differences) == 0, append([]string{}, differences...)})
	if err == nil && len(differences) > 0 {
		return &hintedError{err: fmt.Errorf("%w in %d places", errDiffer, len(differences)), try: "ask both sides for all that they hold: byway agreements export ID --bundle"}
	}
	return err
}
