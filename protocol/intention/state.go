package intention

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// State of a person's own intention.
type State uint8

// The states, the weakest first; the strongest that applies is shown.
const (
	Live State = iota
	Answered
	Expired
	Withdrawn
	Taken
)

// String returns the state in a word.
func (s State) String() string {
	return [...]string{"live", "answered", "expired", "withdrawn", "taken"}[min(s, Taken)]
}

// ErrSubject is returned for an entry that isn't about this intention, or comes before
// its cast. The journal holds what it shouldn't.
var ErrSubject = errors.New("entry of another intention")

// Intention is a person's own intention with what came of it: a pure function of its
// entries, whatever their order behind the cast. What others say of it is known by whom
// it goes to and by the roles alone, so no other protocol's types are named here.
type Intention struct {
	cast      Cast
	withdrawn bool
	answers   []record.ID
	taken     []record.ID
}

// Fold applies the entries whose subject is the cast's id. Errors: ErrSubject, and those of ReadCast.
func Fold(es []record.Entry) (Intention, error) {
	var i Intention
	for _, e := range es {
		var err error
		if i, err = i.Apply(e); err != nil {
			return Intention{}, err
		}
	}
	return i, nil
}

// Apply returns i with one more entry. Notes, and records that say nothing of an
// intention's state, change nothing. Errors: as of Fold, with i unchanged.
func (i Intention) Apply(e record.Entry) (Intention, error) {
	if e.Rec.IsZero() {
		return i, nil
	}
	s := e.Rec.Statement()
	if i.cast.ID.IsZero() {
		c, err := ReadCast(e.Rec)
		if err != nil {
			return i, fmt.Errorf("%w: it begins with no cast: %w", ErrSubject, err)
		}
		i.cast = c
		return i, nil
	}
	before, handsOver := s.Key(record.RoleBefore)
	switch {
	case s.Type() == TypeCast:
		if e.Rec.ID() != i.cast.ID {
			return i, fmt.Errorf("%w: a second cast", ErrSubject)
		}
	case s.Type() == TypeWithdrawal:
		w, err := ReadWithdrawal(e.Rec)
		if err != nil {
			return i, err
		}
		if w.Cast != i.cast.ID || w.Key != i.cast.Key {
			return i, fmt.Errorf("%w: a withdrawal of %s", ErrSubject, w.Cast.Short())
		}
		i.withdrawn = true
	case handsOver && before == i.cast.Key && e.Rec.Complete():
		i.taken = with(i.taken, e.Rec.ID())
	case s.Recipient() == i.cast.Key:
		i.answers = with(i.answers, e.Rec.ID())
	}
	return i, nil
}

// with returns ids with id, in a slice of its own; ids itself where id is there.
func with(ids []record.ID, id record.ID) []record.ID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(slices.Clone(ids), id)
}

// State returns the strongest state that applies at now.
func (i Intention) State(now time.Time) State {
	switch {
	case len(i.taken) > 0:
		return Taken
	case i.withdrawn:
		return Withdrawn
	case !now.Before(i.cast.Expires):
		return Expired
	case len(i.answers) > 0:
		return Answered
	}
	return Live
}

// Open reports whether an offer is still welcome at now: it is live or answered.
func (i Intention) Open(now time.Time) bool { return i.State(now) <= Answered }

// Cast returns what was cast.
func (i Intention) Cast() Cast { return i.cast }

// Answers returns the ids of the statements to the cast's key, in the order they came.
func (i Intention) Answers() []record.ID { return slices.Clone(i.answers) }

// Takings returns the ids of the statements by which the cast's key handed over to another.
func (i Intention) Takings() []record.ID { return slices.Clone(i.taken) }
