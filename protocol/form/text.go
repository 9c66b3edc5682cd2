package form

import (
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text is one text of a payload, with its bounds in bytes of UTF-8.
type Text struct {
	Name     string // for the error: "note"
	Value    string
	Min, Max int
}

// Check returns ErrText where the text is out of its bounds or not plain: UTF-8 in
// normal form C (UAX #15), without control characters, and without format characters
// other than the two joiners that scripts need. Those could disturb a terminal, or turn
// the reading direction of what stands around them.
func (t Text) Check() error {
	switch n := len(t.Value); {
	case n < t.Min:
		return fmt.Errorf("%w: %s has %d bytes, at least %d", ErrText, t.Name, n, t.Min)
	case n > t.Max:
		return fmt.Errorf("%w: %s has %d bytes, at most %d: try fewer words", ErrText, t.Name, n, t.Max)
	case !utf8.ValidString(t.Value):
		return fmt.Errorf("%w: %s isn't UTF-8", ErrText, t.Name)
	case !norm.NFC.IsNormalString(t.Value):
		return fmt.Errorf("%w: %s isn't in Unicode normal form C", ErrText, t.Name)
	}
	for _, r := range t.Value {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			return fmt.Errorf("%w: %s has the character %U", ErrText, t.Name, r)
		}
	}
	return nil
}

// Texts returns the first error of the texts' Checks.
func Texts(texts ...Text) error {
	for _, t := range texts {
		if err := t.Check(); err != nil {
			return err
		}
	}
	return nil
}

// maxMilli is the end of the year 9999: no later time can be written out in ISO 8601.
const maxMilli = 253_402_300_799_999

// ErrTime says that a number is no time of a payload.
var ErrTime = errors.New("time refused")

// Time returns the time of a payload, which counts Unix milliseconds, in UTC; the zero
// time for 0. It refuses with ErrTime what lies before 1970 or after the year 9999.
func Time(name string, milli int64) (time.Time, error) {
	if milli == 0 {
		return time.Time{}, nil
	}
	if milli < 0 || milli > maxMilli {
		return time.Time{}, fmt.Errorf("%w: %s is %d ms", ErrTime, name, milli)
	}
	return time.UnixMilli(milli).UTC(), nil
}

// Milli returns t as a payload counts it: Unix milliseconds, 0 for the zero time.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
