package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/evidence"
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

// readBundle reads a bundle twice, by two readers that share no code.
func readBundle(b []byte, at time.Time) (evidence.Bundle, verify.Report, error) {
	e, err := evidence.Parse(b, at)
	if err != nil {
		return e, verify.Report{}, err
	}
	r, err := verify.Bundle(b, at)
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
	return a.showOwn(func(p *page) { bundlePage(p, name, e, v) }, v)
}

func bundlePage(p *page, file string, e evidence.Bundle, v bundleVerdict) {
	p.line("%s is genuine: every signature in its %d records fits every byte.", file, len(e.Records()))
	p.line("")
	for _, s := range v.Says {
		p.line("%s", plain(s))
	}
	p.line("")
	for _, s := range v.Faults {
		p.line("! %s", plain(s))
	}
	switch {
	case v.RosterID == "":
		p.line("! no roster goes along: read the terms where they are kept")
	case !v.RosterKnown:
		p.line("! the roster that goes along isn't the one that ships with this program")
	}
	sum := e.Sum()
	p.fields("agreement", v.AgreementID, "record", v.RecordID, "its sha256", v.Sha256, "file's sha256", hex.EncodeToString(sum[:]))
	p.line("")
	p.line("A file shows what was signed, not what came after: ask the other side for its copy, and compare")
	p.line("them with --against. The clocks of those who signed may have been wrong, and a name is a claim.")
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
