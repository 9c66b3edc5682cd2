package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync/atomic"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store/internal/segment"
)

// request is one write that was checked and encoded as far as its caller can do that,
// so that the one writer has little left to do.
type request struct {
	appends []prepared
	rows    []kv
	link    *linkCheck // set by AppendLinked
	weight  int        // what it adds to a transaction, at most, but for what chains miss

	sealed  segment.Sealed // what the log will hold; empty for nothing
	letters []kv           // those of rows that go into the spool

	taken  atomic.Bool // by the writer, or by the caller that gave it up: whoever sets it first
	result chan error  // of capacity 1; set by the funnel

	one      [1]prepared      // what appends usually are
	oneEntry [1]preparedEntry // and the entries of one
}

type prepared struct {
	subject record.ID
	expect  int
	entries []preparedEntry
	after   subject // what it left, once it was decided
}

type preparedEntry struct {
	entry record.Entry

	// What came of deciding: its number, which entry of its subject it is, whether it has that one's first
	// record, and whether it took a place in a chain.
	seq           uint64
	index         uint32
	first, placed bool
}

// kv is a row of the index; a nil value deletes it.
type kv struct{ key, value []byte }

// weigh returns what the row adds to a transaction, at most.
func (r kv) weigh() int {
	n := len(r.key) + len(r.value) + rowCost
	if _, ok := pairOfFault(r.key); ok { // it changes a chain's head
		n += headCost
	}
	return n
}

// linkCheck is what must still hold of a chain when the request's turn comes.
type linkCheck struct {
	me, them record.Key
	link     record.Link
	epoch    uint32 // in which the link was given
}

// The most index rows that one entry changes: subject, entry, feed; and what a record adds: its
// type, the chain's head, the place in it, its id, three faults.
const (
	rowsPerEntry  = 3
	rowsPerRecord = 7
)

// headCost is charged for a chain's head where only that changes; what it misses is charged when that is known.
const headCost = 2 * rowCost

// weigh returns what an entry adds to a transaction, at most.
func weigh(e record.Entry) int {
	if e.Rec.IsZero() {
		return entryFixed + len(e.Note) + rowsPerEntry*rowCost
	}
	return entryFixed + sha256.Size + len(e.Rec.Bytes()) + (rowsPerEntry+rowsPerRecord)*rowCost
}

// prepare checks b against the bounds and encodes it. Errors: ErrTooLarge, ErrInvalid.
func prepare(b Batch) (*request, error) {
	r := &request{}
	if r.appends = r.one[:0]; len(b.Appends) > 1 {
		r.appends = make([]prepared, 0, len(b.Appends))
	}
	for _, a := range b.Appends {
		if err := r.addAppend(a); err != nil {
			return nil, err
		}
	}
	for _, row := range b.Rows {
		if err := checkRowKey(row.Table, row.Key); err != nil {
			return nil, err
		}
		k := rowKey(row.Table, row.Key)
		r.rows = append(r.rows, kv{k, bytes.Clone(row.Value)})
		r.weight += r.rows[len(r.rows)-1].weigh()
	}
	if r.weight > MaxBatch {
		return nil, fmt.Errorf("%w: a write of %d bytes, at most %d", ErrTooLarge, r.weight, MaxBatch)
	}
	return r, nil
}

func (r *request) addAppend(a Append) error {
	if a.Subject.IsZero() {
		return fmt.Errorf("%w: entries about nothing", ErrInvalid)
	}
	if a.Expect < -1 {
		return fmt.Errorf("%w: %d entries expected", ErrInvalid, a.Expect)
	}
	p := prepared{subject: a.Subject, expect: a.Expect}
	if p.entries = r.oneEntry[:0]; len(r.appends) > 0 || len(a.Entries) > 1 {
		p.entries = make([]preparedEntry, 0, len(a.Entries))
	}
	for _, e := range a.Entries {
		if err := checkEntry(a.Subject, e); err != nil {
			return err
		}
		e.Subject, e.Note = a.Subject, bytes.Clone(e.Note) // rows are made when the caller may have changed it
		p.entries = append(p.entries, preparedEntry{entry: e})
		r.weight += weigh(e)
	}
	r.appends = append(r.appends, p)
	return nil
}

func checkEntry(subject record.ID, e record.Entry) error {
	switch {
	case !e.Subject.IsZero() && e.Subject != subject:
		return fmt.Errorf("%w: an entry about %s among those about %s", ErrInvalid, e.Subject.Short(), subject.Short())
	case e.Rec.IsZero() == (len(e.Note) == 0):
		return fmt.Errorf("%w: an entry has a record or a note", ErrInvalid)
	case len(e.Note) > record.MaxNote:
		return fmt.Errorf("%w: a note of %d bytes, at most %d", ErrTooLarge, len(e.Note), record.MaxNote)
	}
	return nil
}

func checkTable(t Table) error {
	if len(t) < 1 || len(t) > MaxTable {
		return fmt.Errorf("%w: table %q, want 1 to %d letters", ErrInvalid, t, MaxTable)
	}
	for _, c := range []byte(t) {
		if (c < 'a' || c > 'z') && c != '-' {
			return fmt.Errorf("%w: table %q, want a–z and '-'", ErrInvalid, t)
		}
	}
	return nil
}

func checkRowKey(t Table, key []byte) error {
	if err := checkTable(t); err != nil {
		return err
	}
	if len(key) == 0 {
		return fmt.Errorf("%w: a row of table %s without a key", ErrInvalid, t)
	}
	if len(key) > MaxKey {
		return fmt.Errorf("%w: a key of %d bytes, at most %d", ErrTooLarge, len(key), MaxKey)
	}
	return nil
}
