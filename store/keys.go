package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Every key of the index, by its first byte. Numbers are big-endian, so that keys sort
// by them; ids, sums and keys are their 32 bytes. Only this file knows the layout.
//
//	key                             bytes     value
//	'v'                             1         layout version (1 byte)
//	's' subject                     33        entries (4) ‖ 1 where one of them is a record, else 0 (1)
//	'e' subject index(4)            37        at, Unix ms (8) ‖ mine 0/1 (1) ‖ form (1) ‖ form 1: sha256 of the whole record (32) ‖ the record; form 2: the note
//	'f' seq(8)                      9         subject (32) ‖ index (4): the feed
//	't' len(1) type seq(8)          10–42     subject (32) ‖ index (4): first record of each subject, by its type
//	'h' me them                     65        sent n (8) ‖ sent id (32) ‖ held n (8) ‖ held id (32) ‖ what is missing, where something is: for each side gaps (1) ‖ ends (1) ‖ first and last n of each gap (16) ‖ last n of earlier epochs (8); then whether the other side may hold what isn't known, 0/1 (1)
//	'c' me them side(1) n(8)        74        the statement at a place, sent (0) or held (1): id (32) ‖ its sent (32) ‖ subject (32) ‖ index (4)
//	'c' me them 2 id                98        n (8): where what the keeper sent stands
//	'p'                             1         changes (8), then of the log and of the spool: entry (8) ‖ its hash (32)
//	'a'                             1         what of the trails the index alone knew: log entry (8) ‖ its hash (32), spool entry (8) ‖ its hash (32), where the log ended: entry (8) ‖ mark (8), the last event (8), remade 0/1 (1)
//	'm' change(8)                   9         nothing: changes of the index since it was opened, to find holes
//	'x' len(1) table key            3–538     a row's value
//
// The tables of rows, each owned by one package, which documents its keys and values
// where it names it; the store interprets none of them:
//
//	identity            identity, keys                     which keys were made
//	contacts            contacts, cards                    whom the owner knows
//	courier             roads                              where parties without a card are
//	dealing             settings                           preferences, policy
//	finding             communities, directory, cursors    memberships, who is found there
//	steward             steward-casts, -cards, -next       what a steward serves
//	casting, a person   casts, takings                     what stays home about a cast
//	casting, a vendor   intentions, heard, handlers,       what is live, and how far it
//	                    answering, answered, quotes,       was answered
//	                    sending
//	node                own, followed                      its card and ports, its handlers' places
//	vault               vault                              personal fields, sealed
//	store               store                              its epoch, findings
const (
	kindVersion = 'v'
	kindSubject = 's'
	kindEntry   = 'e'
	kindFeed    = 'f'
	kindType    = 't'
	kindHead    = 'h'
	kindPlace   = 'c'
	kindRow     = 'x'
	kindPos     = 'p'
	kindAhead   = 'a'
	kindMarker  = 'm'

	// kinds are all of these.
	kinds = "acefhmpstvx"

	layoutVersion = 3

	formRecord = 1
	formNote   = 2

	entryFixed = 8 + 1 + 1
	placeSize  = 32 + 4
	headSize   = 8 + 32 + 8 + 32
)

func versionKey() []byte { return []byte{kindVersion} }

func positionKey() []byte { return []byte{kindPos} }

func aheadKey() []byte { return []byte{kindAhead} }

func markerKey(n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), kindMarker), n)
}

func subjectKey(s record.ID) []byte { return append([]byte{kindSubject}, s[:]...) }

func feedKey(seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), kindFeed), seq)
}

func entryKey(s record.ID, index uint32) []byte {
	b := append(make([]byte, 0, 37), kindEntry)
	return binary.BigEndian.AppendUint32(append(b, s[:]...), index)
}

func headKey(me, them record.Key) []byte {
	b := append(make([]byte, 0, 65), kindHead)
	return append(append(b, me[:]...), them[:]...)
}

func typePrefix(t record.Type) []byte {
	b := append(make([]byte, 0, 2+len(t)+8), kindType, byte(len(t)))
	return append(b, t...)
}

func typeKey(t record.Type, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(typePrefix(t), seq)
}

// seqOf reads the seq off the end of a type's or the feed's key.
func seqOf(k []byte) uint64 { return binary.BigEndian.Uint64(k[len(k)-8:]) }

func rowPrefix(t Table) []byte {
	b := append(make([]byte, 0, 2+len(t)+32), kindRow, byte(len(t)))
	return append(b, t...)
}

func rowKey(t Table, key []byte) []byte { return append(rowPrefix(t), key...) }

// subject is what is known of a subject without reading its entries.
type subject struct {
	n      uint32
	record bool
}

func (s subject) encode() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 5), s.n)
	if s.record {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeSubject(b []byte) (subject, error) {
	if b == nil {
		return subject{}, nil
	}
	if len(b) != 5 || b[4] > 1 {
		return subject{}, fmt.Errorf("%w: a subject's row %x", ErrCorrupt, b)
	}
	return subject{n: binary.BigEndian.Uint32(b), record: b[4] == 1}, nil
}

// place is where an entry stands.
type place struct {
	subject record.ID
	index   uint32
}

func (p place) encode() []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, placeSize), p.subject[:]...), p.index)
}

func decodePlace(b []byte) (place, error) {
	if len(b) != placeSize {
		return place{}, fmt.Errorf("%w: a place of %d bytes", ErrCorrupt, len(b))
	}
	return place{subject: record.ID(b[:32]), index: binary.BigEndian.Uint32(b[32:])}, nil
}

// encodeEntry returns the value of e's row.
func encodeEntry(e record.Entry) []byte {
	content, form, sum := e.Note, byte(formNote), []byte(nil)
	if !e.Rec.IsZero() {
		s := sha256.Sum256(e.Rec.Bytes())
		content, form, sum = e.Rec.Bytes(), formRecord, s[:]
	}
	mine := byte(0)
	if e.Mine {
		mine = 1
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, entryFixed+len(sum)+len(content)), uint64(e.At.UnixMilli()))
	return append(append(append(b, mine, form), sum...), content...)
}

// decodeEntry reads a row; what it returns has bytes of its own. Errors: ErrCorrupt.
func decodeEntry(subject record.ID, b []byte) (e record.Entry, err error) {
	if len(b) < entryFixed || b[8] > 1 {
		return e, fmt.Errorf("%w: an entry's row of %d bytes", ErrCorrupt, len(b))
	}
	e = record.Entry{Subject: subject, At: time.UnixMilli(int64(binary.BigEndian.Uint64(b))), Mine: b[8] == 1}
	content := b[entryFixed:]
	switch b[9] {
	case formNote:
		e.Note = append([]byte(nil), content...)
		return e, nil
	case formRecord:
		if len(content) < sha256.Size || sha256.Sum256(content[sha256.Size:]) != [sha256.Size]byte(content) {
			return e, fmt.Errorf("%w: the record of an entry isn't what was written", ErrCorrupt)
		}
		if e.Rec, err = record.FromStore(append([]byte(nil), content[sha256.Size:]...)); err != nil {
			return e, fmt.Errorf("%w: the record of an entry: %w", ErrCorrupt, err)
		}
		return e, nil
	}
	return e, fmt.Errorf("%w: an entry of form %d", ErrCorrupt, b[9])
}
