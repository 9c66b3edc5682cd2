package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// What an entry of the log or the spool holds, by its first byte, in the one form of each
// that FORMAT.md rules on. Numbers are big-endian.
//
//	1 a write   appends (2), each: subject (32) ‖ entries (4), not 0 ‖ entries; then rows
//	2 a copy    the same with one append of one entry and no rows, after the number of the event that it is (8)
//	3 letters   rows of the spool, after the log entry that they came with (8), 0 for none
//	4 void      the spool entry (8) that counts for nothing: the log entry that it names never came to be
//
//	entry       at, Unix ms (8) ‖ mine 0/1 (1) ‖ form (1) ‖ length (4) ‖ the whole record or the note
//	rows        count (4), each: length (2) ‖ key as in the index ‖ 0: deleted, or 1 ‖ length (4) ‖ value
const (
	bodyWrite   = 1
	bodyCopy    = 2
	bodyLetters = 3
	bodyVoid    = 4
)

func (r *request) appendBody(b []byte, rows []kv) []byte {
	at, n := len(b), uint16(0)
	b = append(b, 0, 0)
	for _, a := range r.appends {
		if len(a.entries) == 0 {
			continue // it changed nothing; and no bound counts these
		}
		n++
		b = append(b, a.subject[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(a.entries)))
		for _, e := range a.entries {
			b = appendEntryBody(b, e.entry)
		}
	}
	binary.BigEndian.PutUint16(b[at:], n)
	return appendRows(b, rows)
}

func appendEntryBody(b []byte, e record.Entry) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	mine, form, content := byte(0), byte(formNote), e.Note
	if e.Mine {
		mine = 1
	}
	if !e.Rec.IsZero() {
		form, content = formRecord, e.Rec.Bytes()
	}
	b = binary.BigEndian.AppendUint32(append(b, mine, form), uint32(len(content)))
	return append(b, content...)
}

func appendRows(b []byte, rows []kv) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(rows)))
	for _, r := range rows {
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.key)))
		b = append(b, r.key...)
		if r.value == nil {
			b = append(b, 0)
			continue
		}
		b = binary.BigEndian.AppendUint32(append(b, 1), uint32(len(r.value)))
		b = append(b, r.value...)
	}
	return b
}

// bodyReader takes a body apart; a body that ends early, or says what can't be, sets bad.
type bodyReader struct {
	b   []byte
	bad bool
}

func (r *bodyReader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, max(0, min(n, 64)))
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// flag takes a byte that is 0 or 1.
func (r *bodyReader) flag() bool {
	v := r.take(1)[0]
	r.bad = r.bad || v > 1
	return v == 1
}

func (r *bodyReader) uint16() int    { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *bodyReader) uint32() int    { return int(binary.BigEndian.Uint32(r.take(4))) }
func (r *bodyReader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

// decodeBody returns the write in b, of which nothing is kept. Of a copy event is the
// number that it has, else 0.
func decodeBody(b []byte) (r *request, event uint64, err error) {
	d := &bodyReader{b: b}
	switch kind := d.take(1)[0]; kind {
	case bodyWrite:
	case bodyCopy:
		event = d.uint64()
	default:
		return nil, 0, fmt.Errorf("%w: a log entry of kind %d", ErrCorrupt, kind)
	}
	r = &request{}
	for range d.uint16() {
		a := prepared{expect: -1, subject: record.ID(d.take(32))}
		n := d.uint32()
		d.bad = d.bad || n == 0
		for ; n > 0 && !d.bad; n-- {
			e, err := d.entry(a.subject)
			if err != nil {
				return nil, 0, err
			}
			a.entries = append(a.entries, e)
		}
		if r.appends = append(r.appends, a); d.bad {
			break
		}
	}
	r.rows = d.rows()
	copied := b[0] == bodyCopy && (event == 0 || r.entries() != 1 || len(r.rows) > 0)
	if d.bad || copied || len(d.b) > 0 {
		return nil, 0, fmt.Errorf("%w: a log entry of %d bytes", ErrCorrupt, len(b))
	}
	return r, event, nil
}

// eachSubject hands on the subjects of a write that decodeBody took once. It passes copies over: who
// needs to know them all doesn't, where something was lost.
func eachSubject(b []byte, each func(record.ID)) {
	d := &bodyReader{b: b}
	if d.take(1)[0] != bodyWrite {
		return
	}
	for n := d.uint16(); n > 0 && !d.bad; n-- {
		subject := record.ID(d.take(32))
		for n := d.uint32(); n > 0 && !d.bad; n-- {
			d.take(8 + 1 + 1) // at, mine, form
			d.take(d.uint32())
		}
		each(subject)
	}
}

func (r *bodyReader) entry(subject record.ID) (preparedEntry, error) {
	e := record.Entry{Subject: subject, At: time.UnixMilli(int64(r.uint64()))}
	e.Mine = r.flag()
	form := r.take(1)[0]
	content := append([]byte(nil), r.take(r.uint32())...)
	if r.bad {
		return preparedEntry{}, fmt.Errorf("%w: a log entry that ends early", ErrCorrupt)
	}
	p := preparedEntry{}
	switch form {
	case formRecord:
		rec, err := record.FromStore(content)
		if err != nil {
			return p, fmt.Errorf("%w: a record in the log: %w", ErrCorrupt, err)
		}
		e.Rec = rec
	case formNote:
		e.Note = content
	default:
		return p, fmt.Errorf("%w: an entry of form %d in the log", ErrCorrupt, form)
	}
	p.entry = e
	return p, nil
}

func (r *bodyReader) rows() []kv {
	var out []kv
	for n := r.uint32(); n > 0 && !r.bad; n-- {
		row := kv{key: append([]byte(nil), r.take(r.uint16())...)}
		r.bad = r.bad || !isRowKey(row.key)
		if r.flag() {
			row.value = append([]byte{}, r.take(r.uint32())...)
		}
		out = append(out, row)
	}
	return out
}

// isRowKey reports whether a table's row can have this key in the index.
func isRowKey(k []byte) bool {
	return len(k) > 2 && k[0] == kindRow && checkTable(Table(k[2:min(len(k), 2+int(k[1]))])) == nil && len(k) > 2+int(k[1])
}
