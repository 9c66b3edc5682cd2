package store

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Memory is a store that ends with the process: for tests and simulations. It behaves
// as DB does and runs no goroutine of its own.
type Memory struct {
	core
	mu     sync.RWMutex
	rows   table
	closed bool
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := &Memory{rows: table{values: make(map[string][]byte)}}
	m.core = core{view: m.viewRows, submit: m.write}
	return m
}

// Size returns the bytes of keys and values. Errors: ErrClosed, ctx's.
func (m *Memory) Size(ctx context.Context) (Size, error) {
	size := Size{Entries: m.feed.seq()}
	err := m.viewRows(ctx, func(reader) error {
		for k, v := range m.rows.values {
			size.Bytes += int64(len(k) + len(v))
		}
		return nil
	})
	return size, err
}

// Close refuses all that comes later with ErrClosed and ends every Wait. A second Close does nothing.
func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.feed.close()
	return nil
}

func (m *Memory) viewRows(ctx context.Context, f func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	return f(&m.rows)
}

func (m *Memory) write(ctx context.Context, r *request, queued func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if queued != nil {
		queued()
	}
	b := newBatch(&known{}, &m.rows, &m.rows, m.feed.seq())
	if err := b.decide(r); err != nil {
		return err
	}
	b.each(func(k, v []byte) { m.rows.set(string(k), v) })
	m.feed.advance(b.seq)
	return nil
}

// table is a map whose keys can be read in order.
type table struct {
	values map[string][]byte
	keys   []string // in order
}

func (t *table) set(key string, value []byte) {
	i, found := slices.BinarySearch(t.keys, key)
	switch {
	case value == nil && found:
		t.keys = slices.Delete(t.keys, i, i+1)
		delete(t.values, key)
	case value != nil:
		if !found {
			t.keys = slices.Insert(t.keys, i, key)
		}
		t.values[key] = append([]byte{}, value...)
	}
}

func (t *table) get(key []byte) ([]byte, error) { return t.values[string(key)], nil }

func (t *table) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	i, _ := slices.BinarySearch(t.keys, string(maxBytes(prefix, from)))
	for _, k := range t.keys[i:] {
		if !strings.HasPrefix(k, string(prefix)) {
			return nil
		}
		if more, err := each([]byte(k), t.values[k]); err != nil || !more {
			return err
		}
	}
	return nil
}

// Clone returns a copy of all that the store holds now, as a backup would have it.
func (m *Memory) Clone() *Memory {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := NewMemory()
	for k, v := range m.rows.values {
		out.rows.set(k, v)
	}
	out.feed.last = m.feed.seq()
	return out
}
