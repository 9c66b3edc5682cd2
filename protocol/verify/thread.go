package verify

import (
	"bytes"
	"fmt"
	"slices"
)

// thread is what the messages about one proffer or acceptance amount to.
type thread struct {
	head, agreed   *message    // what it began with; the body that both signed, nil for none
	alts           []*message  // by id, as complete as they are held
	declines, ends [4]*message // by role
	breaches       []string
}

// fold holds the messages of a thread to "State" in protocol/agreement, in whatever order.
func fold(id digest, ms []*message) (*thread, error) {
	t := &thread{}
	ms = slices.DeleteFunc(slices.Clone(ms), func(m *message) bool { return m.thread != id })
	for _, m := range ms {
		if m.id == id {
			t.head = m
		}
		if m.id == id && m.kind != "proffer" {
			t.agreed = m
		}
	}
	if t.head == nil {
		return nil, fmt.Errorf("%w: no proffer or acceptance %s", ErrConflict, id)
	}
	turn := func(a, b *message) []byte { return slices.Concat(b.body.answers[:], a.id[:]) } // alternatives first, then by id
	slices.SortStableFunc(ms, func(a, b *message) int { return bytes.Compare(turn(a, b), turn(b, a)) })
	for _, m := range ms {
		if m.body.answers == id && !t.alternative(m) || !t.fits(m) {
			return nil, fmt.Errorf("%w: %s %s doesn't fit what else there is", ErrConflict, m.kind, m.id)
		}
	}
	t.judge()
	return t, nil
}

// fits reports whether m is by and to the same two, declines what there is, and is no second decline or end.
func (t *thread) fits(m *message) bool {
	said := map[string]*[4]*message{"decline": &t.declines, "end": &t.ends}[m.kind]
	if said != nil && said[m.by] == nil {
		said[m.by] = m
	}
	named := m.by == organisation || slices.ContainsFunc(t.alts, func(a *message) bool { return a.id == m.about })
	return m.first == t.head.first && m.second == t.head.second && (said == nil || said[m.by].id == m.id) &&
		(m.kind != "decline" || named && t.head.kind != "acceptance")
}

func (t *thread) alternative(m *message) bool {
	i := slices.IndexFunc(t.alts, func(a *message) bool { return a.id == m.id })
	if i < 0 {
		t.alts = append(t.alts, m)
	} else if m.kind == "accept" {
		t.alts[i] = m
	}
	return t.head.kind != "acceptance" && len(t.alts) <= 2 && m.body.instead(&t.head.body)
}

// judge finds every pair of records that no honest party signs both of, and what was agreed in an alternative.
func (t *thread) judge() {
	whole, declined, accepts := t.agreed != nil, t.declines[organisation] != nil, 0
	breach := func(what string, both bool) {
		if both {
			t.breaches = append(t.breaches, what)
		}
	}
	breach("the organisation countersigned a proffer that it declined", whole && declined)
	for _, a := range t.alts {
		breach("the organisation countersigned a proffer that it answered with an alternative", whole)
		breach("the organisation answered a proffer that it declined with an alternative", declined)
		if a.kind == "accept" {
			accepts++
			breach("the person countersigned an alternative that it declined", t.declines[person] != nil && t.declines[person].about == a.id)
			if t.agreed == nil {
				t.agreed = a
			}
		}
	}
	breach("the organisation answered one proffer with two alternatives", len(t.alts) == 2)
	breach("the person countersigned two alternatives to one proffer", accepts == 2)
}

func (t *thread) state() string {
	switch none := [4]*message{}; {
	case t.ends != none:
		return "ended"
	case t.agreed != nil:
		return "complete"
	case len(t.alts) > 0 || t.declines != none:
		return "answered"
	}
	return "open"
}
