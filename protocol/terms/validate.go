package terms

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// validate holds a row to its bounds and to the rules that every row keeps.
func (t Terms) validate() error {
	if err := t.Ref.Validate(); err != nil {
		return err
	}
	for _, text := range []struct {
		what, s string
		max     int
	}{{"name", t.Name, MaxName}, {"summary", t.Summary, MaxSummary}, {"source", t.Source, MaxSource}} {
		if !plainText(text.s, text.max) {
			return fmt.Errorf("its %s isn't 1 to %d bytes of text without control characters", text.what, text.max)
		}
	}
	if n := len(t.Clauses); n > MaxClauses {
		return fmt.Errorf("%d clauses, at most %d", n, MaxClauses)
	}
	for i, c := range t.Clauses {
		if c.Rule < Permit || c.Rule > Oblige {
			return fmt.Errorf("clause %d has rule %d, which this code doesn't know; a newer one may", i, c.Rule)
		}
		if !c.Action.valid() {
			return fmt.Errorf("clause %d has the action %q, want 1 to %d of a–z and '-'", i, c.Action, MaxAction)
		}
		if slices.Contains(t.Clauses[:i], c) {
			return fmt.Errorf("clause %d, on %s, is doubled", i, c.Action)
		}
		if c.Rule == Oblige && t.has(Prohibit, c.Action) {
			return fmt.Errorf("it obliges and prohibits %s: nobody could keep that", c.Action)
		}
	}
	for _, a := range barred {
		if !t.has(Prohibit, a) {
			return fmt.Errorf("it doesn't prohibit %s, as every row must", a)
		}
	}
	return nil
}

func (a Action) valid() bool {
	for _, c := range []byte(a) {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return len(a) >= 1 && len(a) <= MaxAction
}

// plainText refuses what could hide or forge lines where it is shown.
func plainText(s string, most int) bool {
	if len(s) < 1 || len(s) > most || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}
