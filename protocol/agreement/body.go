package agreement

import (
	"fmt"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
)

// Body is what both parties sign. Its times are to the millisecond.
type Body struct {
	Terms Terms
	// SecondName is the organisation's name as it signs itself: a claim, at most MaxName bytes.
	SecondName string
	// About is the id of the intention, offer, item or thing that it is about; zero for none.
	About record.ID
	// Purpose in plain words, at most MaxPurpose bytes.
	Purpose string
	// Data are the categories of data that may be disclosed under it, at most MaxData, none twice.
	Data []string
	// Law is the place of law, such as "EU"; empty for none named.
	Law string
	// AnswerBy is when the time to answer is over; always set.
	AnswerBy time.Time
	// ValidFrom and ValidUntil bound the agreement; zero for "from when it is complete" and "no end".
	ValidFrom, ValidUntil time.Time
	Nonce                 [16]byte
	// Answers is the proffer that an alternative answers; zero in a proffer.
	Answers record.ID
	// Commitments are to the person's values of Data, one for each in the same order, zero
	// where she holds none; or none at all.
	Commitments []commitment.Commitment
}

var lastTime = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)

// Validate returns ErrMalformed where a field is out of its bounds: a text that isn't
// UTF-8 or has control characters, no AnswerBy, a time before 1970 or after 9999, an
// end that isn't after the start and after AnswerBy.
func (b Body) Validate() error {
	if err := b.Terms.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := validText("second_name", b.SecondName, MaxName); err != nil {
		return err
	}
	if err := validScope(b.Purpose, b.Data, b.Law); err != nil {
		return err
	}
	if err := validCommitments(b.Commitments, len(b.Data)); err != nil {
		return err
	}
	if b.AnswerBy.IsZero() {
		return fmt.Errorf("%w: answer_by isn't set", ErrMalformed)
	}
	for _, t := range []time.Time{b.AnswerBy, b.ValidFrom, b.ValidUntil} {
		if err := validTime(t); err != nil {
			return err
		}
	}
	if !b.ValidUntil.IsZero() && (!b.ValidUntil.After(b.ValidFrom) || !b.ValidUntil.After(b.AnswerBy)) {
		return fmt.Errorf("%w: valid_until isn't after valid_from and answer_by", ErrMalformed)
	}
	return nil
}

// offersSame reports whether b differs from the proffer p in nothing but what an
// alternative may change: the terms, the time to answer, the nonce.
func (b Body) offersSame(p Body) bool {
	return b.SecondName == p.SecondName && b.About == p.About && b.Purpose == p.Purpose && b.Law == p.Law &&
		slices.Equal(b.Data, p.Data) && slices.Equal(b.Commitments, p.Commitments) && b.ValidFrom.Equal(p.ValidFrom) && b.ValidUntil.Equal(p.ValidUntil)
}

func validScope(purpose string, data []string, law string) error {
	if err := validText("purpose", purpose, MaxPurpose); err != nil {
		return err
	}
	if err := validText("law", law, MaxLaw); err != nil {
		return err
	}
	if len(data) > MaxData {
		return fmt.Errorf("%w: %d categories of data, at most %d", ErrMalformed, len(data), MaxData)
	}
	for i, d := range data {
		if err := validText("data", d, MaxCategory); err != nil {
			return err
		}
		if d == "" || slices.Contains(data[:i], d) {
			return fmt.Errorf("%w: category of data %q is empty or named twice", ErrMalformed, d)
		}
	}
	return nil
}

// validCommitments refuses what would be a second form of none.
func validCommitments(cs []commitment.Commitment, data int) error {
	if len(cs) > 0 && len(cs) != data {
		return fmt.Errorf("%w: %d commitments to %d categories of data", ErrMalformed, len(cs), data)
	}
	if len(cs) > 0 && !slices.ContainsFunc(cs, func(c commitment.Commitment) bool { return !c.IsZero() }) {
		return fmt.Errorf("%w: commitments that are all empty; leave them out", ErrMalformed)
	}
	return nil
}

// Commitment returns what the body commits to for a category; the zero one where there is none.
func (b Body) Commitment(category string) commitment.Commitment {
	i := slices.Index(b.Data, category)
	if i < 0 || len(b.Commitments) == 0 {
		return commitment.Commitment{}
	}
	return b.Commitments[i]
}

func validText(field, s string, most int) error {
	if len(s) > most {
		return fmt.Errorf("%w: %s of %d bytes, at most %d", ErrMalformed, field, len(s), most)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s isn't UTF-8", ErrMalformed, field)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Errorf("%w: %s has a control character", ErrMalformed, field)
		}
	}
	return nil
}

func validTime(t time.Time) error {
	if !t.IsZero() && (t.UnixMilli() <= 0 || t.After(lastTime)) {
		return fmt.Errorf("%w: a time out of 1970 to 9999", ErrMalformed)
	}
	return nil
}
