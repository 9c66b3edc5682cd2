package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what a file proves. Ids, sums and keys are in text; what isn't there is "".
type Report struct {
	Kind          string   // "bundle", a kind of message ("accept", "end"), or the type of another record
	Thread        string   // the agreement: the id of its proffer or acceptance
	Record, Sum   string   // id and sha256 of the whole; in a bundle, of what both agreed to
	State         string   // of a bundle: "open", "answered", "complete" or "ended", as far as it shows
	First, Second string   // the keys of the person and of the organisation
	Terms         string   // the reference of what was agreed, or proffered
	Says          []string // all of it in plain words
	Faults        []string // what contradicts itself, and what is missing: breaches, forks, rewrites, gaps
}

// Record reads one record, judged at a time, which matters to delegations alone.
func Record(b []byte, at time.Time) (r Report, err error) {
	m, err := open(b, at)
	if err == nil {
		r = m.report()
	}
	return r, err
}

// Bundle reads a bundle of evidence, judged at a time.
func Bundle(b []byte, at time.Time) (Report, error) {
	e, err := parseBundle(b, at)
	if err != nil {
		return Report{}, err
	}
	t, r := e.thread, cmp.Or(e.thread.agreed, e.thread.head).report()
	r.Kind, r.State, r.Faults = "bundle", t.state(), slices.Concat(t.breaches, e.unlike(), e.chain(person), e.chain(organisation))
	for _, x := range slices.Concat(t.declines[:], t.ends[:]) {
		if x != nil {
			r.Says = append(r.Says, x.says())
		}
	}
	r.Says = append(r.Says, "as far as this file shows it is "+r.State, e.listed(cmp.Or(t.agreed, t.head).body.terms))
	if e.offer != nil {
		r.Says = append(r.Says, fmt.Sprintf("it took the offer %s, made for the cast key %s", e.offer.id, e.offer.to))
	}
	for _, m := range e.all {
		by, of := cmp.Or(int(m.by), e.side(m)), " of "+sides[e.side(m)] // who accepts stands at the other's place
		r.Says = append(r.Says, fmt.Sprintf("%s, %s%s: %s %s", sides[by], place(m.n), map[bool]string{true: of}[by != e.side(m)], m.kind, m.id))
	}
	return r, nil
}

// listed says what the terms are on the roster in the bundle.
func (e *bundle) listed(terms ref) string {
	i := slices.IndexFunc(e.rows, func(x row) bool { return x.ref == terms })
	if i < 0 {
		return fmt.Sprintf("no roster in this file lists exactly %s: read those terms where they are kept", terms)
	}
	x, words := e.rows[i], [...]string{"", "it may", "it must not", "it must, when asked,"}
	s := fmt.Sprintf("%s is %q: %q, by the roster %s of key %s", terms, x.name, x.summary, e.roster.id, e.roster.author)
	for _, c := range x.clauses {
		if c.rule != 1 || !x.has(2, c.action) {
			s += fmt.Sprintf("; %s %q", words[c.rule], c.action)
		}
	}
	return s + "; it must not do anything else"
}

// unlike says which records a receipt names by another sum than they have here.
func (e *bundle) unlike() (out []string) {
	here, of := map[string][]digest{}, func(side byte, id digest) string { return sides[side] + string(id[:]) }
	for _, m := range e.all {
		here[of(m.by, m.id)] = append(here[of(m.by, m.id)], m.sum)
	}
	for _, m := range e.all {
		for _, x := range m.received {
			if sums := here[of(person+organisation-m.by, x[0])]; len(sums) > 0 && !slices.Contains(sums, x[1]) {
				out = append(out, fmt.Sprintf("%s acknowledged other bytes of %s than are here", sides[m.by], x[0]))
			}
		}
	}
	return out
}

// chain says what is missing in one side's statements, and which of them contradict each other.
func (e *bundle) chain(side int) (out []string) {
	who, at, next, last := sides[side], map[uint64][]digest{}, uint64(1), digest{}
	for _, m := range e.all {
		held := at[m.n]
		if e.side(m) != side || slices.Contains(held, m.id) { // or it is here with another signature more
			continue
		}
		next = max(next, m.n>>32<<32+1) // a later epoch begins anew
		switch {
		case len(held) > 0:
			out = append(out, fmt.Sprintf("%s said two things at place %s: %s and %s", who, place(m.n), held[0], m.id))
		case m.n > next:
			out = append(out, fmt.Sprintf("what %s said at places %s to %s isn't here", who, place(next), place(m.n-1)))
		case m.sent != last && m.sent != digest{} && !slices.Contains(at[m.n-1], m.sent):
			out = append(out, fmt.Sprintf("%s says at place %s that another statement came before than the one here%s", who, place(m.n), map[uint32]string{1: "; it may also have lost something, and no longer have known it"}[uint32(m.n)]))
		}
		at[m.n], next, last = append(held, m.id), m.n+1, m.id
	}
	return out
}

// place writes an n, which has the epoch in its upper half.
func place(n uint64) string {
	return strings.TrimSuffix(fmt.Sprintf("%d of epoch %d", uint32(n), n>>32), " of epoch 0")
}

func (m *message) report() Report {
	return Report{Kind: m.kind, Thread: m.thread.String(), Record: m.id.String(), Sum: fmt.Sprintf("%x", m.sum[:]), First: m.first.String(), Second: m.second.String(), Terms: m.body.terms.String(), Says: []string{m.says()}}
}

// says puts a message in words.
func (m *message) says() string {
	first, second, terms := "a person under key "+m.first.String(), "an organisation under key "+m.second.String(), m.body.terms.String()
	if m.body.name != "" {
		second = fmt.Sprintf("an organisation calling itself %q, key %s,", m.body.name, m.second)
	}
	by, to, why := second, first, "a reason that this program doesn't know"
	if m.by == person {
		by, to = first, second
	}
	if words := strings.Split("no reason given, terms not accepted, a human said no, answered too late, contradicted itself, ended by choice, offer no longer good", ", "); m.reason >= 0 && m.reason < int64(len(words)) {
		why = words[m.reason]
	}
	if m.text != "" {
		why += fmt.Sprintf(", saying %q", m.text)
	}
	both := second + " and " + first + " agreed to " + terms
	return map[string]string{
		m.typ: "a record of type " + m.typ, "accept": both, "acceptance": both,
		"proffer":     first + " proffered " + terms + " to " + second + " which hasn't signed it here",
		"alternative": second + " answered " + first + " with " + terms + " instead, which she hasn't signed here",
		"receipt":     by + " says to hold records, whole, of " + to,
		"decline":     by + " declined what " + to + " had signed: " + why,
		"end":         by + " ended what there was with " + to + ": " + why,
	}[m.kind]
}
