package agreement

import (
	"encoding/binary"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// note is what local notes say: never evidence, and never part of the state.
type note struct {
	// asked: a human on this side was asked about this body.
	asked record.ID
	since time.Time
	// theirs: the other side said that its human is asked.
	theirs bool
	// refused: the peer refused to read the proffer, for good; OK where it didn't.
	refused answer.Status
	text    string
	// began is when the thread began by the other side's word, where it came back from there.
	began time.Time
}

// The first byte of a note. They are kept in journals: append-only.
const (
	noteAsked   = 1 // then the body's id
	noteTheirs  = 2
	noteRefused = 3 // then the status, then its text
	noteBegan   = 4 // then the time, in ms since 1970
)

func (n note) add(b []byte, at time.Time) note {
	switch {
	case len(b) == 1+len(n.asked) && b[0] == noteAsked:
		n.asked, n.since = record.ID(b[1:]), at
	case len(b) == 1 && b[0] == noteTheirs:
		n.theirs = true
	case len(b) >= 2 && b[0] == noteRefused:
		n.refused, n.text = answer.Status(b[1]), string(b[2:])
	case len(b) == 1+8 && b[0] == noteBegan:
		if t := time.UnixMilli(int64(binary.BigEndian.Uint64(b[1:]))).UTC(); n.began.IsZero() || t.Before(n.began) {
			n.began = t
		}
	}
	return n
}

func beganNote(at time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{noteBegan}, uint64(at.UnixMilli()))
}

func askedNote(body record.ID) []byte { return append([]byte{noteAsked}, body[:]...) }

func refusedNote(s answer.Status, text string) []byte {
	return append([]byte{noteRefused, byte(min(s, 255))}, text...)
}
