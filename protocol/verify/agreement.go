package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The sides, by the roles that they sign in.
const person, organisation = 2, 3

var sides = [...]string{person: "the person", organisation: "the organisation"}

// body is what both sides sign. Times are Unix milliseconds, 0 for none.
type body struct {
	terms                           ref
	name, purpose, law              string
	about, answers                  digest
	data, commitments               []string
	answerBy, validFrom, validUntil int64
}

// message is one record of the agreement protocol.
type message struct {
	*whole
	kind, text    string // a word of "Statements" in protocol/agreement; its own words
	by            byte   // the side that said it last
	first, second key
	body          body
	about, thread digest // what is declined or ended; where it belongs, zeros for a receipt
	reason        int64
	received      [][2]digest // the ids that a receipt names, with the sums of the whole records
}

// open passes a record by the gate and reads it.
func open(b []byte, at time.Time) (*message, error) {
	w, err := gate(b, at)
	if err != nil {
		return nil, err
	}
	return read(w)
}

// read returns w as a message; of another protocol as one that says its type.
func read(w *whole) (*message, error) {
	m := &message{whole: w, kind: w.typ}
	parse, ok := map[string]func() bool{
		"agreement.body": m.readBody, "agreement.acceptance": m.readAcceptance,
		"agreement.decline": m.readNo, "agreement.end": m.readNo, "agreement.receipt": m.readReceipt,
	}[w.typ]
	switch {
	case !ok:
		return m, nil
	case w.version != 1:
		return nil, fmt.Errorf("%w: %d of %s", ErrVersion, w.version, w.typ)
	case !parse():
		return nil, fmt.Errorf("%w: not a valid %s", ErrMalformed, w.typ)
	}
	return m, nil
}

func (m *message) readBody() bool {
	s, b := m.signers, &m.body
	if len(s) != 2 || s[0].role != person || s[1].role != organisation || s[0].key == s[1].key {
		return false
	}
	m.first, m.second = s[0].key, s[1].key
	var about, answers, nonce []byte
	ok := decode(m.payload, fields{
		1: b.terms.merge, 2: &b.name, 3: &about, 4: &b.purpose, 5: &b.data, 6: &b.law,
		7: &b.answerBy, 8: &b.validFrom, 9: &b.validUntil, 10: &nonce, 11: &answers,
		12: func(c []byte) bool { b.commitments = append(b.commitments, string(c)); return new(digest).set(c) },
	}) && b.about.set(about) && b.answers.set(answers) && b.fits(nonce)
	to := m.second
	m.kind, m.by, m.thread = "proffer", person, m.id
	if b.answers != (digest{}) {
		m.kind, m.by, m.thread, to = "alternative", organisation, b.answers, m.first
	}
	ok = ok && m.to == to && (len(m.sigs) == 2 || m.sigs[0].role == m.by)
	if len(m.sigs) == 2 {
		m.kind, m.by = "accept", person+organisation-m.by
	}
	return ok
}

// side reads the frame of what one side says to the other.
func (m *message) side() bool {
	s := m.signers
	if len(s) != 1 || m.to == (key{}) || s[0].role != person && s[0].role != organisation {
		return false
	}
	m.kind, m.by = strings.TrimPrefix(m.typ, "agreement."), s[0].role
	m.first, m.second = s[0].key, m.to
	if m.by == organisation {
		m.first, m.second = m.second, m.first
	}
	return true
}

// readNo reads a decline or an end. Only the person's decline, of an alternative, names the proffer too.
func (m *message) readNo() bool {
	var about, proffer []byte
	into := fields{1: &about, 2: &m.reason, 3: &m.text, 4: &proffer}
	if m.typ == "agreement.end" {
		delete(into, 4)
	}
	ok := m.side() && decode(m.payload, into) && m.about.set(about) && m.thread.set(proffer) && m.thread != m.about
	named := m.thread != digest{}
	if !named {
		m.thread = m.about
	}
	return ok && m.about != digest{} && plain(m.text, 512) && named == (m.by == person && m.kind == "decline")
}

func (m *message) readReceipt() bool {
	return m.side() && decode(m.payload, fields{1: func(b []byte) bool {
		var id, sum, thread []byte
		var of, in digest
		ok := decode(b, fields{1: &id, 2: &sum, 3: &thread}) && of.set(id) && of != in && in.set(thread) && len(sum) == len(of) && len(m.received) < 64 &&
			!slices.ContainsFunc(m.received, func(x [2]digest) bool { return x[0] == of })
		if ok {
			m.received = append(m.received, [2]digest{of, digest(sum)})
		}
		return ok
	}}) && len(m.received) > 0
}

func (m *message) readAcceptance() bool {
	var carrier, nonce []byte
	b := &m.body
	if !m.side() || m.by != organisation || !decode(m.payload, fields{1: &carrier, 2: &b.name}) {
		return false
	}
	c, err := gate(carrier, time.Time{}) // a delegation, which has its time, isn't taken in it
	if err != nil || len(c.signers) != 1 || c.signers[0].role > person || c.to != (key{}) || c.signers[0].key != m.to || len(c.sigs[0].delegation) > 0 {
		return false
	}
	m.thread, b.about = m.id, c.id
	return decode(c.payload, fields{1: func(p []byte) bool {
		return decode(p, fields{1: b.terms.merge, 2: &b.purpose, 3: &b.data, 4: &b.law, 5: &b.answerBy, 6: &b.validUntil, 7: &nonce})
	}}) && b.fits(nonce)
}

// fits holds a body to its bounds.
func (b *body) fits(nonce []byte) bool {
	ok := b.terms.fits() && plain(b.name, 128) && plain(b.purpose, 256) && plain(b.law, 32) && len(nonce) == 16 && len(b.data) <= 16
	for i, d := range b.data {
		ok = ok && d != "" && plain(d, 64) && !slices.Contains(b.data[:i], d)
	}
	return ok && b.timely() && (len(b.commitments) == 0 || len(b.commitments) == len(b.data) && strings.Join(b.commitments, "") != "")
}

func (b *body) timely() bool {
	return b.answerBy != 0 && min(b.answerBy, b.validFrom, b.validUntil) >= 0 && max(b.answerBy, b.validFrom, b.validUntil) <= 253_402_300_799_999 &&
		(b.validUntil == 0 || b.validUntil > max(b.validFrom, b.answerBy))
}

// instead reports whether b differs from the proffer p in terms, and in nothing that an alternative may not change.
func (b *body) instead(p *body) bool {
	return b.terms != p.terms && b.name == p.name && b.about == p.about && b.purpose == p.purpose && b.law == p.law &&
		slices.Equal(b.data, p.data) && slices.Equal(b.commitments, p.commitments) && b.validFrom == p.validFrom && b.validUntil == p.validUntil
}

// plain refuses a text that is too long or has control characters.
func plain(s string, most int) bool {
	return len(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}
