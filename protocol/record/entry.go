package record

import (
	"errors"
	"time"
)

// Entry is one line of what a party keeps about a subject: a record, or a local note.
type Entry struct {
	// Subject is the id of what it is about, such as the first body of an agreement.
	Subject ID
	// At is when it was judged, by the keeper's own clock, to the millisecond.
	At time.Time
	// Mine says that the keeper made it, or put its last signature to it.
	Mine bool
	// Rec is the record; zero for a note.
	Rec Verified
	// Note is a local note of at most MaxNote bytes, in a format of the protocol that
	// wrote it; never evidence. Empty where Rec is set.
	Note []byte
}

// MaxNote is the largest local note, in bytes.
const MaxNote = 4 << 10

// ErrConflict is what a journal's Append returns where a subject has another number of
// entries than the caller expected: read them again, decide again.
var ErrConflict = errors.New("journal changed meanwhile")
