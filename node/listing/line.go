package listing

import (
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// Line is one thread of terms as a listing shows it.
type Line struct {
	// Place is its number among the threads of this node, from 1, in the order in which they began: a cursor.
	Place uint64
	// View is how it stands at the time of reading.
	View agreement.View
	// Sum is the sha256 of the whole record that was agreed; zeros where none was.
	Sum [32]byte
	// ByOffer says that the record is an offer's acceptance of an intention.
	ByOffer bool
	// Proffered is the roster id proffered at first, where an alternative took its place.
	Proffered string
	// Breaches are what the parties contradicted themselves in, in plain words.
	Breaches []string
}

// Of returns the line of a thread at the given time, without its place. proffered is the
// roster id that the thread began with; it is left out where no alternative took its place.
func Of(a agreement.Agreement, proffered string, now time.Time) Line {
	l := Line{View: a.View(now)}
	if !l.View.Body.Answers.IsZero() {
		l.Proffered = proffered
	}
	if rec, ok := a.Agreed(); ok {
		l.Sum, l.ByOffer = rec.Record().Sum(), rec.Statement().Type() == agreement.TypeAcceptance
	}
	for _, b := range a.Breaches() {
		l.Breaches = append(l.Breaches, fmt.Sprintf("%s %s", b.By, b.What))
	}
	return l
}

// with returns the key of the counterparty.
func (l Line) with() record.Key {
	if l.View.Me == agreement.Second {
		return l.View.First
	}
	return l.View.Second
}

// phase is what of a view depends on the clock.
type phase struct {
	InForce, Asked, Theirs, Expired bool
	Words                           string
}

func phaseOf(v agreement.View) phase {
	return phase{v.InForce, v.Asked, v.Theirs, v.Expired, v.Words}
}

// cuts returns the times at which a view of b may change by itself, in order. Between
// two of them it stays the same, so that one phase for each stretch says all.
func cuts(b agreement.Body) []time.Time {
	var out []time.Time
	for _, t := range []time.Time{b.ValidFrom, b.ValidUntil} {
		if !t.IsZero() {
			out = append(out, t)
		}
	}
	if !b.AnswerBy.IsZero() {
		out = append(out, b.AnswerBy.Add(1)) // an answer at that very time is in time
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// kept is a line as it is stored: for every time.
type kept struct {
	Line
	phases []phase // one before the first cut, and one from each on
}

// keep returns the line of a thread for every time.
func keep(a agreement.Agreement, proffered string) kept {
	k := kept{Line: Of(a, proffered, time.Time{})}
	k.phases = append(k.phases, phaseOf(k.View))
	for _, t := range cuts(k.View.Body) {
		k.phases = append(k.phases, phaseOf(a.View(t)))
	}
	return k
}

// at returns the line at the given time.
func (k kept) at(now time.Time) Line {
	i := 0
	for _, t := range cuts(k.View.Body) {
		if now.Before(t) {
			break
		}
		i++
	}
	l, p := k.Line, k.phases[i]
	l.View.InForce, l.View.Asked, l.View.Theirs, l.View.Expired, l.View.Words = p.InForce, p.Asked, p.Theirs, p.Expired, p.Words
	return l
}
