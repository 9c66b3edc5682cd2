package store

import (
	"sync"

	"github.com/tidwall/btree"
)

// layer is what some batches changed, and where the trails stood after them.
type layer struct {
	bytes      int
	log, spool position

	mu      sync.Mutex
	rows    *btree.Map[string, []byte] // nil values: deleted
	pending []*change                  // whose rows aren't made yet
}

func newLayer() *layer { return &layer{rows: new(btree.Map[string, []byte])} }

// add takes what a batch changed, or that it changed nothing but how far the trails got.
func (l *layer) add(c *change) {
	l.bytes += c.bytes + 1
	l.mu.Lock()
	l.pending = append(l.pending, c)
	l.mu.Unlock()
}

// tree returns all rows. Where the layer is sealed they don't change any more.
func (l *layer) tree() *btree.Map[string, []byte] {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.pending {
		c.each(func(k, v []byte) { l.rows.Set(string(k), v) })
	}
	l.pending = nil
	return l.rows
}
