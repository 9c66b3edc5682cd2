package listing

import (
	"encoding/binary"
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Table is what this package keeps, a cache. Its keys, by their first byte, numbers big-endian:
//
//	'c'                        layout (1) ‖ seq (8) ‖ threads (8) ‖ offers (8) ‖ subject (32): how far the feed was taken in
//	'n' place(8)               a line
//	'i' id(32)                 place (8)
//	's' state order place(8)   empty: places by state
//	'w' key state order place  empty: places by counterparty and state
//	'q' place(8)               offer (32) ‖ cast (32)
//	'o' offer(32)              place (8) ‖ cast (32)
//	'a' seq(8)                 empty: an entry that waits for the owner, or might yet
//
// Order is 0 for places as they are, 1 for their complements: a scan goes up only, so
// what is listed newest first has rows of its own.
const Table store.Table = "listing"

// layout changes with the keys, with what a line holds and with what waits; lines of another are made anew.
const layout = 3

func cursorKey() []byte { return []byte{'c'} }

func lineKey(place uint64) []byte { return numbered([]byte{'n'}, place) }

func idKey(id record.ID) []byte { return append([]byte{'i'}, id[:]...) }

func waitKey(seq uint64) []byte { return numbered([]byte{'a'}, seq) }

func numbered(prefix []byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, len(prefix)+8), prefix...), n)
}

// number reads the number off the end of a key.
func number(k []byte) (uint64, error) {
	if len(k) < 9 {
		return 0, fmt.Errorf("%w: a key of the listing, %d bytes", store.ErrCorrupt, len(k))
	}
	return binary.BigEndian.Uint64(k[len(k)-8:]), nil
}

func order(newest bool) byte {
	if newest {
		return 1
	}
	return 0
}

func statePrefix(s agreement.State, newest bool) []byte {
	return []byte{'s', byte(s), order(newest)}
}

func withPrefix(k record.Key, s agreement.State, newest bool) []byte {
	return append(append(append(make([]byte, 0, 35), 'w'), k[:]...), byte(s), order(newest))
}

// places returns the keys under which a line is found.
func (l Line) places() [][]byte {
	return [][]byte{
		numbered(statePrefix(l.View.State, false), l.Place), numbered(statePrefix(l.View.State, true), ^l.Place),
		numbered(withPrefix(l.with(), l.View.State, false), l.Place), numbered(withPrefix(l.with(), l.View.State, true), ^l.Place),
	}
}

// cursor is how far the feed was taken in.
type cursor struct {
	seq     uint64
	threads uint64
	offers  uint64
	subject record.ID // of the entry at seq: tells a feed that isn't the one followed
}

func (c cursor) row() store.Row {
	b := binary.BigEndian.AppendUint64([]byte{layout}, c.seq)
	b = binary.BigEndian.AppendUint64(b, c.threads)
	b = binary.BigEndian.AppendUint64(b, c.offers)
	return store.Row{Table: Table, Key: cursorKey(), Value: append(b, c.subject[:]...)}
}

// readCursor reports false for what another layout wrote.
func readCursor(b []byte) (cursor, bool) {
	if len(b) != 1+3*8+32 || b[0] != layout {
		return cursor{}, false
	}
	return cursor{binary.BigEndian.Uint64(b[1:]), binary.BigEndian.Uint64(b[9:]), binary.BigEndian.Uint64(b[17:]), record.ID(b[25:])}, true
}
