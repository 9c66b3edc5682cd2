package offer

import (
	"bytes"

	"github.com/bywaynet/byway/protocol/record"
)

// Local notes about one offer, never evidence: this prefix, one of the kinds, the
// offer's id, and for a refusal its text.
const notePrefix = "offer/1 "

const (
	noteDelivered = 'd' // the person's node said that it holds the offer
	noteRefused   = 'r' // the person refused it; on the vendor's side, her node said so
)

// MaxReason bounds the text of a refusal, in bytes; what is longer is cut.
const MaxReason = 256

type note struct {
	kind  byte
	offer record.ID
	text  string
}

func (n note) encode() []byte {
	b := append([]byte(notePrefix), n.kind)
	b = append(b, n.offer[:]...)
	return append(b, n.text[:min(len(n.text), MaxReason)]...)
}

// parseNote reads a note of this package; others, and kinds of a later version, are none.
func parseNote(b []byte) (note, bool) {
	b, ok := bytes.CutPrefix(b, []byte(notePrefix))
	if !ok || len(b) < 1+len(record.ID{}) || b[0] != noteDelivered && b[0] != noteRefused {
		return note{}, false
	}
	return note{b[0], record.ID(b[1 : 1+len(record.ID{})]), string(b[1+len(record.ID{}):])}, true
}
