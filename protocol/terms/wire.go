package terms

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
)

func encode(r *Roster) ([]byte, error) {
	m := &bywayv1.Roster{Name: r.name, Version: r.version}
	for _, t := range r.rows {
		row := &bywayv1.Terms{Ref: ToWire(t.Ref), Name: t.Name, Summary: t.Summary, SourceUri: t.Source}
		for _, c := range t.Clauses {
			row.Clauses = append(row.Clauses, &bywayv1.Clause{Rule: bywayv1.Rule(c.Rule), Action: string(c.Action)})
		}
		m.Terms = append(m.Terms, row)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRoster, err)
	}
	return b, nil
}

// decode reads a payload, which record's gate has bounded, and validates all of it.
func decode(b []byte) (*Roster, error) {
	var m bywayv1.Roster
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: not the message of a roster", ErrRoster)
	}
	// Before anything is made of them: a row takes two bytes on the wire.
	if n := len(m.GetTerms()); n > MaxRows {
		return nil, fmt.Errorf("%w: %d rows, want 1 to %d", ErrRoster, n, MaxRows)
	}
	r := &Roster{name: m.GetName(), version: m.GetVersion()}
	for i, row := range m.GetTerms() {
		t, err := rowFromWire(row)
		if err != nil {
			return nil, fmt.Errorf("%w: row %d: %w", ErrRoster, i, err)
		}
		r.rows = append(r.rows, t)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	return r, nil
}

func rowFromWire(m *bywayv1.Terms) (Terms, error) {
	ref, err := FromWire(m.GetRef())
	if err != nil {
		return Terms{}, err
	}
	if n := len(m.GetClauses()); n > MaxClauses {
		return Terms{}, fmt.Errorf("%d clauses, at most %d", n, MaxClauses)
	}
	t := Terms{Ref: ref, Name: m.GetName(), Summary: m.GetSummary(), Source: m.GetSourceUri()}
	for i, c := range m.GetClauses() {
		rule := c.GetRule()
		if rule < bywayv1.Rule_RULE_PERMIT || rule > bywayv1.Rule_RULE_OBLIGE {
			return Terms{}, fmt.Errorf("clause %d has rule %d, which this code doesn't know; a newer one may", i, rule)
		}
		t.Clauses = append(t.Clauses, Clause{Rule: Rule(rule), Action: Action(c.GetAction())})
	}
	return t, nil
}
