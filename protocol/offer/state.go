package offer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// State of one offer, as one side sees it.
type State uint8

// The states; see the table in the package's comment.
const (
	Made State = iota
	Delivered
	Received
	Lapsed
	Refused
	Taken
)

// String returns the state in a word.
func (s State) String() string {
	return [...]string{"made", "delivered", "received", "lapsed", "refused", "taken"}[min(s, Taken)]
}

// ErrMany is returned by Admit where a bound on offers for one cast is reached.
var ErrMany = errors.New("too many offers for one cast")

// Standing is one offer with what came of it.
type Standing struct {
	Offer  Offer
	Record record.Verified
	// At is when it was made or received, by the keeper's clock. Mine says that the keeper made it.
	At   time.Time
	Mine bool
	// Reason is what was noted with a refusal; "" where there is none.
	Reason string
	// Takings are all that fit the offer, in the order they came; usually one.
	Takings []Taking

	delivered, refused bool
}

// State returns the strongest state that applies at now.
func (s Standing) State(now time.Time) State {
	switch {
	case len(s.Takings) > 0:
		return Taken
	case s.refused:
		return Refused
	case !now.Before(s.Offer.GoodUntil):
		return Lapsed
	case !s.Mine:
		return Received
	case s.delivered:
		return Delivered
	}
	return Made
}

// Offers is all that a party keeps about the offers for one cast: a pure function of
// the set of its entries, but for the order that listings have.
type Offers struct {
	offers  []Standing // in the order they came
	takings []Taking
	notes   []note
}

// Fold applies the entries whose subject is the cast's id. Errors: those of Read and
// ReadTaking; the journal then holds what it shouldn't.
func Fold(es []record.Entry) (Offers, error) {
	var o Offers
	for _, e := range es {
		var err error
		if o, err = o.Apply(e); err != nil {
			return Offers{}, err
		}
	}
	return o, nil
}

// Apply returns o with one more entry. Records and notes of other protocols, and what is
// there already, change nothing. Errors: as of Fold, with o unchanged.
func (o Offers) Apply(e record.Entry) (Offers, error) {
	if e.Rec.IsZero() {
		if n, ok := parseNote(e.Note); ok && !slices.Contains(o.notes, n) {
			o.notes = append(slices.Clone(o.notes), n)
		}
		return o, nil
	}
	switch e.Rec.Statement().Type() {
	case TypeOffer:
		made, err := Read(e.Rec)
		if err != nil {
			return o, err
		}
		if _, there := o.index(made.ID); !there {
			o.offers = append(slices.Clone(o.offers), Standing{Offer: made, Record: e.Rec, At: e.At, Mine: e.Mine})
		}
	case TypeTaking:
		t, err := ReadTaking(e.Rec)
		if err != nil {
			return o, err
		}
		if !slices.Contains(o.takings, t) {
			o.takings = append(slices.Clone(o.takings), t)
		}
	}
	return o, nil
}

func (o Offers) index(id record.ID) (int, bool) {
	i := slices.IndexFunc(o.offers, func(s Standing) bool { return s.Offer.ID == id })
	return i, i >= 0
}

// Get returns the offer with the given id, and false where there is none.
func (o Offers) Get(id record.ID) (Standing, bool) {
	i, there := o.index(id)
	if !there {
		return Standing{}, false
	}
	return o.join(o.offers[i]), true
}

// All returns the offers in the order they came.
func (o Offers) All() []Standing {
	out := make([]Standing, 0, len(o.offers))
	for _, s := range o.offers {
		out = append(out, o.join(s))
	}
	return out
}

// join puts to an offer what was said about it, whichever came first.
func (o Offers) join(s Standing) Standing {
	for _, t := range o.takings {
		if t.takes(s.Offer) {
			s.Takings = append(s.Takings, t)
		}
	}
	for _, n := range o.notes {
		if n.offer != s.Offer.ID {
			continue
		}
		switch n.kind {
		case noteDelivered:
			s.delivered = true
		case noteRefused:
			s.refused, s.Reason = true, n.text
		}
	}
	return s
}

// Admit returns nil where one more offer by vendor fits MaxPerVendor and MaxPerCast, else ErrMany.
func (o Offers) Admit(vendor record.Key) error {
	if n := len(o.offers); n >= MaxPerCast {
		return fmt.Errorf("%w: %d are there", ErrMany, n)
	}
	of := 0
	for _, s := range o.offers {
		if s.Offer.Vendor == vendor {
			of++
		}
	}
	if of >= MaxPerVendor {
		return fmt.Errorf("%w: %d are there by this vendor", ErrMany, of)
	}
	return nil
}
