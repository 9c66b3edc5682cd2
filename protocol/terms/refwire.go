package terms

import (
	"fmt"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
)

// ToWire returns r as it travels, or nil for the zero Ref. It and FromWire are the
// one place where a generated type is exported: every protocol's messages hold refs.
func ToWire(r Ref) *bywayv1.TermsRef {
	if r.IsZero() {
		return nil
	}
	m := &bywayv1.TermsRef{Roster: r.Roster, Id: r.ID, Version: r.Version}
	if r.Text != [32]byte{} {
		m.TextSha256 = r.Text[:]
	}
	return m
}

// FromWire reads a Ref that has to be there. Errors: ErrRef, for nil also.
func FromWire(m *bywayv1.TermsRef) (Ref, error) {
	if m == nil {
		return Ref{}, fmt.Errorf("%w: none given", ErrRef)
	}
	r := Ref{Roster: m.GetRoster(), ID: m.GetId(), Version: m.GetVersion()}
	switch text := m.GetTextSha256(); len(text) {
	case 0:
	case len(r.Text):
		if r.Text = [32]byte(text); r.Text == [32]byte{} {
			return Ref{}, fmt.Errorf("%w: a hash of zeros; leave it out where there is none", ErrRef)
		}
	default:
		return Ref{}, fmt.Errorf("%w: a text's hash of %d bytes, want none or %d", ErrRef, len(text), len(r.Text))
	}
	if err := r.Validate(); err != nil {
		return Ref{}, err
	}
	return r, nil
}
