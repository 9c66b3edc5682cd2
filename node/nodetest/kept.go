package nodetest

import (
	"context"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// kept is a memory that outlives the node that writes to it. Unplugged, it takes nothing
// more; what was written by then is there for the next kept over it.
type kept struct {
	*store.Memory

	mu    sync.Mutex
	dead  bool
	after func() // called once, when records were kept
}

// unplug refuses all that is written later with store.ErrClosed.
func (k *kept) unplug() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = true
}

// Close ends the node's use of it, and leaves the memory open for the next start.
func (k *kept) Close() error { k.unplug(); return nil }

func (k *kept) alive() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return store.ErrClosed
	}
	return nil
}

// write has do write, and says then that something was kept.
func (k *kept) write(do func() error) error {
	if err := k.alive(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	k.mu.Lock()
	f := k.after
	k.after = nil
	k.mu.Unlock()
	if f != nil {
		f()
	}
	return k.alive() // a writer that was unplugged never learns that it had written
}

func (k *kept) Commit(ctx context.Context, b store.Batch) error {
	return k.write(func() error { return k.Memory.Commit(ctx, b) })
}

func (k *kept) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	return k.write(func() error { return k.Memory.Append(ctx, subject, expect, es) })
}

func (k *kept) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	return k.write(func() error { return k.Memory.AppendLinked(ctx, me, them, expect, build) })
}

func (k *kept) Put(ctx context.Context, t store.Table, key, value []byte) error {
	if err := k.alive(); err != nil {
		return err
	}
	return k.Memory.Put(ctx, t, key, value)
}

func (k *kept) Delete(ctx context.Context, t store.Table, key []byte) error {
	if err := k.alive(); err != nil {
		return err
	}
	return k.Memory.Delete(ctx, t, key)
}
