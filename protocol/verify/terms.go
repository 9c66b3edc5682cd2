package verify

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const small, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"

// ref names terms. Comparable: two are the same terms where they are equal.
type ref struct {
	roster, id, version, text string // text: the 32 bytes of its sha256; none where the roster gives none
}

// row is one row of a roster.
type row struct {
	ref                   ref
	name, summary, source string
	clauses               []clause
}

type clause struct {
	rule   int64 // 1 permits, 2 prohibits, 3 obliges
	action string
}

func (r *ref) merge(b []byte) bool {
	text := []byte(r.text)
	ok := decode(b, fields{1: &r.roster, 2: &r.id, 3: &r.version, 4: &text})
	r.text = string(text)
	return ok
}

func (r ref) fits() bool {
	return spelled(r.roster, 32, small+digits+"-.") && spelled(r.id, 32, strings.ToUpper(small)+digits+"-") && spelled(r.version, 16, small+digits+"-.") &&
		(r.text == "" || len(r.text) == 32 && strings.Trim(r.text, "\x00") != "")
}

func (r ref) String() string {
	s := strings.TrimPrefix(r.roster+"/"+r.id+"@"+r.version, "/@") // "" for none
	if r.text != "" {
		s += fmt.Sprintf("#%x", r.text)
	}
	return s
}

// readRoster holds the roster to the page of protocol/terms.
func (e *bundle) readRoster() bool {
	w, name, seen := e.roster, ref{id: "X"}, map[string]bool{} // a roster has a name and a version as a reference has
	ok := w.is("terms.roster", key{}, signer{1, w.author}) && decode(w.payload, fields{1: &name.roster, 2: &name.version, 3: func(b []byte) bool {
		e.rows = append(e.rows, row{})
		return len(e.rows) <= 128 && e.rows[len(e.rows)-1].merge(b)
	}}) && len(e.rows) > 0 && name.fits()
	for _, x := range e.rows {
		ok = ok && x.ref.roster == name.roster && !seen[x.ref.id] && x.fits()
		seen[x.ref.id] = true
	}
	return ok
}

func (x *row) merge(b []byte) bool {
	return decode(b, fields{1: x.ref.merge, 2: &x.name, 3: &x.summary, 4: &x.source, 5: func(b []byte) bool {
		var c clause
		ok := decode(b, fields{1: &c.rule, 2: &c.action})
		c.rule = int64(int32(c.rule)) // an enumeration has 32 bits
		x.clauses = append(x.clauses, c)
		return ok
	}})
}

func (x *row) fits() bool {
	ok := x.ref.fits() && len(x.clauses) <= 32 && shown(x.name, 64) && shown(x.summary, 240) && shown(x.source, 160)
	for i, c := range x.clauses {
		ok = ok && c.rule >= 1 && c.rule <= 3 && spelled(c.action, 32, small+"-") && !slices.Contains(x.clauses[:i], c) && (c.rule != 3 || !x.has(2, c.action))
	}
	return ok && x.has(2, "third-party-analytics") && x.has(2, "third-party-tracking") && x.has(2, "third-party-profiling")
}

func (x *row) has(rule int64, action string) bool {
	return slices.Contains(x.clauses, clause{rule, action})
}

// shown reports whether a text can't disturb where it is shown.
func shown(s string, most int) bool {
	return len(s) >= 1 && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' })
}
