package evidence

import (
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// Faults says in plain words, a line each, what contradicts itself and what is missing:
// breaches, receipts of other bytes, forks, rewrites and gaps. What is there is proved all the same.
func (b Bundle) Faults() []string {
	var out []string
	for _, x := range b.held.Breaches() {
		out = append(out, fmt.Sprintf("%s %s", x.By, x.What))
	}
	out = append(out, b.unlike()...)
	return slices.Concat(out, b.chain(agreement.First, b.first), b.chain(agreement.Second, b.second))
}

// unlike says which records a receipt names by another sum than they have here. Who signed
// it holds other bytes, or said so.
func (b Bundle) unlike() (out []string) {
	type said struct {
		by agreement.Side
		id record.ID
	}
	here := map[said][][32]byte{}
	for _, m := range b.messages {
		k := said{m.By, m.Rec.ID()}
		here[k] = append(here[k], m.Rec.Record().Sum())
	}
	for _, m := range b.messages {
		for _, r := range m.Received {
			sums := here[said{m.By.Other(), r.ID}]
			if len(sums) > 0 && !slices.Contains(sums, r.Sum) {
				out = append(out, fmt.Sprintf("%s acknowledged other bytes of %s than are here", m.By, r.ID))
			}
		}
	}
	return out
}

// chain says what is missing in one side's statements, and which of them contradict each other.
func (b Bundle) chain(side agreement.Side, by record.Key) (out []string) {
	at := map[uint64][]record.ID{}
	var next uint64
	var last record.ID
	for _, v := range b.records {
		l, id := v.Statement().Link(), v.ID()
		here := at[l.N]
		if v.Statement().Author() != by || slices.Contains(here, id) { // or it is here with another signature more
			continue
		}
		first := l.N - uint64(l.Count()) + 1 // of the epoch
		next = max(next, first)
		switch {
		case len(here) > 0:
			out = append(out, fmt.Sprintf("%s said two things at place %s: %s and %s", side, place(l), here[0], id))
		case l.N > next:
			out = append(out, fmt.Sprintf("what %s said at places %s to %s isn't here", side, place(record.Link{N: next}), place(record.Link{N: l.N - 1})))
		case l.N == first && !l.Sent.IsZero() && l.Sent != last,
			l.N > first && !slices.Contains(at[l.N-1], l.Sent):
			out = append(out, fmt.Sprintf("%s says at place %s that another statement came before than the one here%s", side, place(l), map[bool]string{true: "; it may also have lost something, and no longer have known it"}[l.N == first]))
		}
		at[l.N], next, last = append(here, id), l.N+1, id
	}
	return out
}

func place(l record.Link) string {
	if l.Epoch() == 0 {
		return fmt.Sprint(l.Count())
	}
	return fmt.Sprintf("%d of epoch %d", l.Count(), l.Epoch())
}
