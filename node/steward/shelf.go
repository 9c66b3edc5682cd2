package steward

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Tables is what a desk needs of a store.
type Tables interface {
	Commit(ctx context.Context, b store.Batch) error
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

const (
	tableCasts store.Table = "steward-casts" // community ‖ seq → item: casts and withdrawals
	tableCards store.Table = "steward-cards" // community ‖ seq → item: cards
	tableNext  store.Table = "steward-next"  // community ‖ table → the last seq given out there
)

// pruneAtOnce bounds one commit of removals, in rows.
const pruneAtOnce = 1024

// shelf keeps numbered items of one community until they expire: an index in memory, bytes
// in the store.
type shelf struct {
	tables Tables
	table  store.Table
	room   record.ID
	most   int

	write sync.Mutex // one writer at a time, so that a number is seen only after all below it

	mu      sync.RWMutex
	last    uint64
	items   []item              // by seq
	subject map[[32]byte][]item // the items of items, by subject
}

// openShelf reads a shelf. A new one starts its numbers at the time, above any that the desk can have given
// out before its store was lost.
func openShelf(ctx context.Context, t Tables, table store.Table, room record.ID, most int, now time.Time) (*shelf, error) {
	s := &shelf{tables: t, table: table, room: room, most: most, subject: map[[32]byte][]item{}, last: uint64(now.UnixMilli())}
	b, err := t.Get(ctx, tableNext, s.nextKey())
	switch {
	case err == nil && len(b) == 8:
		s.last = binary.BigEndian.Uint64(b)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("open %s: %w", table, err)
	}
	var after []byte
	for {
		rows, err := t.Scan(ctx, table, room[:], after, scanAtOnce)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", table, err)
		}
		for _, r := range rows {
			i, _, err := readRow(r)
			if err != nil {
				return nil, err
			}
			s.put(i)
			after = r.Key
		}
		if len(rows) < scanAtOnce {
			return s, nil
		}
	}
}

// scanAtOnce bounds what is in memory while a shelf opens, in rows.
const scanAtOnce = 128

func (s *shelf) nextKey() []byte { return append(append([]byte{}, s.room[:]...), s.table...) }

func (s *shelf) put(i item) {
	s.items = append(s.items, i)
	s.subject[i.subject] = append(s.subject[i.subject], i)
	s.last = max(s.last, i.seq)
}

// about returns the items about a subject, in order of seq.
func (s *shelf) about(subject [32]byte) []item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.subject[subject])
}

// decision says what becomes of a new item beside those about its subject.
type decision struct {
	keep bool
	drop []item // leave with it, in the same commit
}

// add takes a message in if decide, which may still fill in i, says so, and returns once it is synced. The oldest
// item goes where there are too many.
func (s *shelf) add(ctx context.Context, i *item, message []byte, decide func(about []item) decision) error {
	s.write.Lock()
	defer s.write.Unlock()
	d := decide(s.about(i.subject))
	if !d.keep {
		return nil
	}
	s.mu.RLock()
	i.seq = s.last + 1
	if len(s.items) >= s.most {
		d.drop = append(d.drop, s.items[0])
	}
	s.mu.RUnlock()
	batch := store.Batch{Rows: []store.Row{
		i.row(s.table, s.room, message),
		{Table: tableNext, Key: s.nextKey(), Value: binary.BigEndian.AppendUint64(nil, i.seq)},
	}}
	for _, old := range d.drop {
		batch.Rows = append(batch.Rows, store.Row{Table: s.table, Key: rowKey(s.room, old.seq)})
	}
	if err := s.tables.Commit(ctx, batch); err != nil {
		return fmt.Errorf("keep in %s: %w", s.table, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(d.drop)
	s.put(*i)
	return nil
}

// forget takes items out of the index; the caller holds mu.
func (s *shelf) forget(gone []item) {
	if len(gone) == 0 {
		return
	}
	seqs := make(map[uint64]bool, len(gone))
	for _, i := range gone {
		seqs[i.seq] = true
	}
	isGone := func(i item) bool { return seqs[i.seq] }
	s.items = slices.DeleteFunc(s.items, isGone)
	for _, i := range gone {
		if left := slices.DeleteFunc(s.subject[i.subject], isGone); len(left) > 0 {
			s.subject[i.subject] = left
		} else {
			delete(s.subject, i.subject)
		}
	}
}

// list returns up to limit live items after a number, of one top or all.
func (s *shelf) list(ctx context.Context, top category.Path, after uint64, limit int, now time.Time) ([]community.Numbered, error) {
	s.mu.RLock()
	at, found := slices.BinarySearchFunc(s.items, after, func(i item, seq uint64) int { return cmp.Compare(i.seq, seq) })
	if found {
		at++
	}
	var picked []item
	for _, i := range s.items[at:] {
		if len(picked) == limit {
			break
		}
		if i.dealsIn(top) && now.Before(i.expires) {
			picked = append(picked, i)
		}
	}
	s.mu.RUnlock()
	out := make([]community.Numbered, 0, len(picked))
	for _, i := range picked {
		b, err := s.bytes(ctx, i)
		if errors.Is(err, store.ErrNotFound) {
			continue // it left meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, community.Numbered{Seq: i.seq, Bytes: b})
	}
	return out, nil
}

// count returns how many subjects have an item that hasn't expired.
func (s *shelf) count(now time.Time) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, about := range s.subject {
		if slices.ContainsFunc(about, func(i item) bool { return now.Before(i.expires) }) {
			n++
		}
	}
	return n
}

func (s *shelf) bytes(ctx context.Context, i item) ([]byte, error) {
	v, err := s.tables.Get(ctx, s.table, rowKey(s.room, i.seq))
	if err != nil {
		return nil, err
	}
	_, message, err := readRow(store.Row{Table: s.table, Key: rowKey(s.room, i.seq), Value: v})
	return message, err
}

// prune removes what has expired, from the store and then from the index.
func (s *shelf) prune(ctx context.Context, now time.Time) error {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.RLock()
	var gone []item
	for _, i := range s.items {
		if !now.Before(i.expires) {
			gone = append(gone, i)
		}
	}
	s.mu.RUnlock()
	for some := range slices.Chunk(gone, pruneAtOnce) {
		var batch store.Batch
		for _, i := range some {
			batch.Rows = append(batch.Rows, store.Row{Table: s.table, Key: rowKey(s.room, i.seq)})
		}
		if err := s.tables.Commit(ctx, batch); err != nil {
			return fmt.Errorf("prune %s: %w", s.table, err)
		}
		s.mu.Lock()
		s.forget(some)
		s.mu.Unlock()
	}
	return nil
}
