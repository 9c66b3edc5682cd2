package views

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// Format names a view.
type Format string

// The views.
const (
	// JSONLD is an ODRL policy in the words of W3C's Data Privacy Vocabulary 2.3 and its
	// extension for IEEE 7012, with its context inside, so that nothing is fetched to read it.
	JSONLD Format = "jsonld"
	// ISO27560 has the fields of ISO/IEC TS 27560:2023, as a record of processing on the basis of a contract.
	ISO27560 Format = "iso27560"
)

// Ext returns how the name of a file with such a view ends.
func (f Format) Ext() string {
	if f == JSONLD {
		return ".jsonld"
	}
	return "." + string(f) + ".json"
}

// Formats returns all views.
func Formats() []Format { return []Format{JSONLD, ISO27560} }

// What can't be shown. Match with errors.Is.
var (
	// ErrFormat: no view has that name. Formats lists those there are.
	ErrFormat = errors.New("no such view")
	// ErrNothing: the record ends, declines or acknowledges something, so it has no terms to
	// show. View the record that it is about.
	ErrNothing = errors.New("the record has no terms to show")
)

// Options say how a view is made.
type Options struct {
	// Roster has the clauses of the terms; nil, or without them: the view has no clauses, and says so.
	Roster *terms.Roster
	// At is the time as of which the state is shown, to the second; needed.
	At time.Time
}

// Make returns the view of a record of the agreement protocol, in JSON with a line's end.
// The caller verified the record, for nobody in particular. Errors: ErrFormat, ErrNothing,
// those of agreement.Read.
func Make(f Format, v record.Verified, o Options) ([]byte, error) {
	m, err := read(v, o)
	if err != nil {
		return nil, err
	}
	switch f {
	case JSONLD:
		return encode(m.jsonLD())
	case ISO27560:
		return encode(m.iso27560())
	}
	return nil, fmt.Errorf("%w: %q, want one of %v", ErrFormat, f, Formats())
}

// material is what all views are made from.
type material struct {
	agreement.Facts
	at time.Time
	// clauses are the roster's for the terms that the body names; known tells whether it has them.
	clauses []terms.Clause
	source  string
	roster  record.ID
	known   bool
}

func read(v record.Verified, o Options) (material, error) {
	f, err := agreement.Describe(v)
	if err != nil {
		return material{}, err
	}
	if f.Body.Terms.IsZero() {
		return material{}, fmt.Errorf("%w: it is a %s", ErrNothing, f.Kind)
	}
	m := material{Facts: f, at: o.At.UTC().Truncate(time.Second)}
	if o.Roster != nil {
		if t, ok := o.Roster.Resolve(f.Body.Terms); ok {
			m.clauses, m.source, m.roster, m.known = t.Clauses, t.Source, o.Roster.ID(), true
		}
	}
	return m, nil
}

// encode writes v with its fields in their own order, and < > & as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write a view: %w", err)
	}
	return b.Bytes(), nil
}

// notice is what every view says of itself.
const notice = "This is a view, not the evidence. The evidence is the signed record with this id and sha256: byway verify checks it."

// stamp returns t as RFC 3339 to the millisecond; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func sum(b [32]byte) string {
	if b == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(b[:])
}

// phase is where the record stands at the time asked for, as far as it alone can tell: an
// end or a decline that came later is another record.
type phase struct {
	status string // of IEEE 7012, as DPV has it
	words  string
	active bool // agreed, and within its time
}

func (m material) phase() phase {
	b := m.Body
	switch {
	case !m.Complete && m.at.After(b.AnswerBy):
		return phase{"AgreementNegotiationExpired", "not agreed in this record, and its time to answer is over", false}
	case m.Kind == agreement.KindAlternative:
		return phase{"AgreementNegotiationCounterOfferMade", "other terms, named by the organisation; not agreed in this record", false}
	case !m.Complete:
		return phase{"AgreementNegotiationPendingResponse", "proffered by the person; not agreed in this record", false}
	case m.at.Before(b.ValidFrom):
		return phase{"AgreementAccepted", "agreed; not valid yet", false}
	case !b.ValidUntil.IsZero() && !m.at.Before(b.ValidUntil):
		return phase{"AgreementAccepted", "agreed; its time is over", false}
	}
	return phase{"AgreementAccepted", "agreed by both, as far as this record shows: an end would be another record", true}
}
