package node_test

import (
	"context"
	"log/slog"
	"sync"

	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// tape has all that a node gives its store to keep, which the store seals.
type tape struct {
	mu    sync.Mutex
	bytes []byte
}

// parts are a real node's, on the tape.
func (t *tape) parts() parts.Parts {
	p := parts.Real()
	open := p.Store
	p.Store = func(ctx context.Context, dir string, key [32]byte, log *slog.Logger) (parts.Store, error) {
		s, err := open(ctx, dir, key, log)
		return taped{s, t}, err
	}
	return p
}

func (t *tape) add(bs ...[]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range bs {
		t.bytes = append(append(t.bytes, b...), 0)
	}
}

func (t *tape) addEntries(es []record.Entry) {
	for _, e := range es {
		t.add(e.Rec.Bytes(), e.Note)
	}
}

type taped struct {
	parts.Store
	tape *tape
}

func (s taped) Commit(ctx context.Context, b store.Batch) error {
	for _, a := range b.Appends {
		s.tape.addEntries(a.Entries)
	}
	for _, r := range b.Rows {
		s.tape.add(r.Key, r.Value)
	}
	return s.Store.Commit(ctx, b)
}

func (s taped) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	s.tape.addEntries(es)
	return s.Store.Append(ctx, subject, expect, es)
}

func (s taped) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	return s.Store.AppendLinked(ctx, me, them, expect, func(l record.Link) ([]record.Entry, error) {
		es, err := build(l)
		s.tape.addEntries(es)
		return es, err
	})
}

func (s taped) Put(ctx context.Context, t store.Table, key, value []byte) error {
	s.tape.add(key, value)
	return s.Store.Put(ctx, t, key, value)
}
