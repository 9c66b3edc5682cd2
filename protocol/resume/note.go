package resume

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Local notes about claims under this party's keys, never evidence: this prefix, a kind, the
// claim's id, and for noteNext the cursor; for noteOther the claim's whole record instead. That one
// is in a note since it has no place in the chain of this node.
const notePrefix = "resume/1 "

const (
	noteNext  = 'n' // pages were taken up to the cursor
	noteClone = 'c' // the other side holds another resume, of the epoch or of a later one
	noteDone  = 'd' // all pages were taken, or the other side doesn't speak the protocol
	noteOther = 'x' // another node of this party made the claim
)

// kinds are all of them, what says more after what says less.
var kinds = []byte{noteNext, noteClone, noteDone, noteOther}

type note struct {
	kind byte
	next Cursor
}

func (n note) encode(claim record.ID) []byte {
	b := append([]byte(notePrefix), n.kind)
	b = append(append(b, claim[:]...), byte(n.next.Side))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(b, n.next.N), n.next.Skip)
}

// otherNote keeps a claim of another node of this party.
func otherNote(v record.Verified) []byte {
	return append(append([]byte(notePrefix), noteOther), v.Bytes()...)
}

// parseOther reads such a note, as it was verified at the time when it was kept.
func parseOther(b []byte, at time.Time) (held, bool) {
	b, ok := bytes.CutPrefix(b, append([]byte(notePrefix), noteOther))
	if !ok {
		return held{}, false
	}
	v, err := record.Verify(b, record.Want{At: at, Complete: true})
	if err != nil {
		return held{}, false
	}
	c, err := Read(v)
	return held{c, v, at}, err == nil
}

// parseNote reads a note about a claim; others, and kinds of a later version, are none.
func parseNote(b []byte) (claim record.ID, n note, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte(notePrefix))
	if !ok || len(b) != 1+32+1+8+4 || b[0] == noteOther || !slices.Contains(kinds, b[0]) || b[33] > byte(Held) {
		return record.ID{}, note{}, false
	}
	n = note{b[0], Cursor{Side(b[33]), binary.BigEndian.Uint64(b[34:]), binary.BigEndian.Uint32(b[42:])}}
	return record.ID(b[1:33]), n, true
}

// note keeps the furthest of the notes about a claim, whatever came first.
func (r Relationship) note(b []byte, at time.Time) Relationship {
	claim, n, ok := parseNote(b)
	if h, other := parseOther(b, at); other && h.c.By == r.me && h.c.To == r.them {
		r.mine = add(r.mine, h)
		claim, n, ok = h.c.ID, note{kind: noteOther}, true
	}
	if !ok || !further(n, r.notes[claim]) {
		return r
	}
	r.notes = maps.Clone(r.notes)
	if r.notes == nil {
		r.notes = make(map[record.ID]note)
	}
	r.notes[claim] = n
	return r
}

// further reports whether a says more than b: by its kind, then by the higher cursor.
func further(a, b note) bool {
	if x, y := slices.Index(kinds, a.kind), slices.Index(kinds, b.kind); x != y {
		return x > y
	}
	x, y := a.next, b.next
	switch {
	case x.Side != y.Side:
		return x.Side > y.Side
	case x.N != y.N:
		return x.N > y.N
	}
	return x.Skip > y.Skip
}
