package store

import (
	"strings"

	"github.com/tidwall/btree"
)

// layered reads through layers, the newest first.
type layered struct {
	above []*btree.Map[string, []byte]
	index snapshot
}

func (l layered) get(key []byte) ([]byte, error) {
	for _, rows := range l.above {
		if v, ok := rows.Get(string(key)); ok {
			return v, nil
		}
	}
	return l.index.get(key)
}

func (l layered) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	m := l.merge(prefix, maxBytes(prefix, from))
	stopped := false
	err := l.index.scan(prefix, from, func(k, v []byte) (bool, error) {
		covered, more, err := m.through(k, each)
		if err == nil && more && !covered {
			more, err = each(k, v)
		}
		stopped = err != nil || !more
		return !stopped, err
	})
	if err != nil || stopped {
		return err
	}
	_, _, err = m.through(nil, each)
	return err
}

// merging goes over several layers in the order of keys, the newest of which counts.
type merging struct {
	prefix string
	iters  []btree.MapIter[string, []byte]
	live   []bool
}

func (l layered) merge(prefix, from []byte) *merging {
	m := &merging{string(prefix), make([]btree.MapIter[string, []byte], len(l.above)), make([]bool, len(l.above))}
	for i, rows := range l.above {
		m.iters[i] = rows.Iter()
		m.live[i] = m.iters[i].Seek(string(from))
	}
	return m
}

// through hands on what the layers have up to a key of the index, or to their end where
// that is nil. It reports whether they have that key, too, and whether to go on.
func (m *merging) through(until []byte, each func(key, value []byte) (bool, error)) (covered, more bool, err error) {
	for {
		key, value, ok := m.peek()
		if !ok || until != nil && key > string(until) {
			return covered, true, nil
		}
		m.pass(key)
		covered = until != nil && key == string(until)
		if value == nil {
			continue
		}
		if more, err := each([]byte(key), value); err != nil || !more {
			return covered, false, err
		}
	}
}

// peek returns the next key, and what the newest layer that has it says.
func (m *merging) peek() (key string, value []byte, ok bool) {
	newest := -1
	for i := range m.iters {
		if m.live[i] && (newest < 0 || m.iters[i].Key() < key) {
			key, newest = m.iters[i].Key(), i
		}
	}
	if newest < 0 || !strings.HasPrefix(key, m.prefix) {
		return "", nil, false
	}
	return key, m.iters[newest].Value(), true
}

func (m *merging) pass(key string) {
	for i := range m.iters {
		for m.live[i] && m.iters[i].Key() == key {
			m.live[i] = m.iters[i].Next()
		}
	}
}
