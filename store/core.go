package store

import (
	"context"
	"sync/atomic"

	"github.com/bywaynet/byway/protocol/record"
)

// core is all that stores share: everything but where the rows lie and who writes them.
type core struct {
	// view calls f with a consistent view of the index. Errors: f's, ErrClosed, ctx's.
	view func(ctx context.Context, f func(reader) error) error
	// submit queues r and returns what became of it. Requests of one goroutine are
	// decided in the order in which queued is called.
	submit func(ctx context.Context, r *request, queued func()) error
	feed   feed
	pairs  pairs
	epoch  atomic.Pointer[uint32] // nil until it was read; NextEpoch alone changes it
}

// Commit writes b, all or nothing, and returns once it is synced. Errors: what Append
// returns. It is safe to call from many goroutines: what waits at the same time shares
// one sync, and a conflict fails alone.
func (c *core) Commit(ctx context.Context, b Batch) error {
	r, err := prepare(b)
	if err != nil {
		return err
	}
	return c.submit(ctx, r, nil)
}

// Append adds es to a subject that has expect entries, or any number where expect is
// -1; all or none, and returns once they are synced. Errors: record.ErrConflict (read
// again, decide again), ErrTooLarge, ErrInvalid, ErrClosed, ErrReadOnly, and ctx's
// error only where nothing was written: once the writer took it, Append waits.
func (c *core) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	return c.Commit(ctx, Batch{Appends: []Append{{Subject: subject, Expect: expect, Entries: es}}})
}

// Put writes one row; a nil value is kept as an empty one. Errors: as Append, without record.ErrConflict.
func (c *core) Put(ctx context.Context, t Table, key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return c.Commit(ctx, Batch{Rows: []Row{{Table: t, Key: key, Value: value}}})
}

// Delete removes one row; one that isn't there is no error. Errors: as Put.
func (c *core) Delete(ctx context.Context, t Table, key []byte) error {
	return c.Commit(ctx, Batch{Rows: []Row{{Table: t, Key: key}}})
}

// Wait returns the last event's Seq once that is above after. Errors: ErrClosed, ctx's.
func (c *core) Wait(ctx context.Context, after uint64) (uint64, error) {
	return c.feed.wait(ctx, after)
}
