package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxShared is the most requests that share one sync.
	maxShared = 256
	// crowded is from how many writers on the next batch waits for those who were just told.
	crowded = 8
	// longestGather bounds that, as half of what the last batch took does.
	longestGather = 2 * time.Millisecond
)

// sink makes a decided batch durable before it returns; journal is one.
type sink interface {
	commit(b *batch) error
}

// funnel is the one writer: a goroutine that takes what waits, decides it request by
// request, makes it durable at once, and only then tells each caller.
type funnel struct {
	sink  sink
	view  func(f func(reader) error) error
	done  func(seq uint64) // told the last seq after each batch
	ready func() error     // why nothing can be written now, though it may be later
	// failing is told why nothing is written any more.
	failing func(error)
	log     *slog.Logger
	ended   chan struct{}

	mu     sync.Mutex
	queue  []*request
	closed bool
	wake   chan struct{} // of capacity 1: as much was queued as is waited for, or closed set
	want   int           // how many requests are waited for

	seq    uint64 // of the last entry decided; the goroutine's own, as is failed
	failed error  // why nothing is written any more
	crowd  int    // how many wrote together a moment ago
	took   time.Duration
}

// startFunnel starts the writer after the entry with the given seq. close ends it.
func startFunnel(f *funnel) {
	f.ended, f.wake = make(chan struct{}), make(chan struct{}, 1)
	go f.run()
}

// submit queues r, calls queued, and returns what became of r. It returns ctx's error only for a request that was never taken.
func (f *funnel) submit(ctx context.Context, r *request, queued func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.enqueue(r); err != nil {
		return err
	}
	if queued != nil {
		queued()
	}
	select {
	case err := <-r.result:
		return err
	case <-ctx.Done():
	}
	if r.taken.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	return <-r.result
}

func (f *funnel) enqueue(r *request) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	if f.queue = append(f.queue, r); len(f.queue) >= f.want {
		f.signal()
	}
	return nil
}

func (f *funnel) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// close refuses what comes later, and returns when all that was queued is answered.
func (f *funnel) close() {
	f.mu.Lock()
	f.closed = true
	f.signal()
	f.mu.Unlock()
	<-f.ended
}

func (f *funnel) run() {
	defer close(f.ended)
	for range f.wake {
		for {
			f.gather()
			rs, closed := f.take()
			if len(rs) == 0 {
				if closed {
					return
				}
				break
			}
			began := time.Now()
			f.write(rs)
			f.took = time.Since(began)
			f.mu.Lock()
			f.crowd = min(len(rs)+len(f.queue), maxShared)
			f.mu.Unlock()
		}
	}
}

// gather waits, where many wrote together a moment ago, until most of them are back, or
// not much longer: those who were told just now would else write in two halves, each of
// which waits for the sync of the other.
func (f *funnel) gather() {
	f.mu.Lock()
	short := f.crowd >= crowded && len(f.queue) < f.crowd && !f.closed
	if short {
		f.want = f.crowd
		select {
		case <-f.wake: // of something that is in the queue already
		default:
		}
	}
	f.mu.Unlock()
	if !short {
		return
	}
	late := time.NewTimer(min(f.took/2, longestGather))
	select {
	case <-f.wake:
	case <-late.C:
	}
	late.Stop()
	f.mu.Lock()
	f.want = 0
	f.mu.Unlock()
}

// take returns the oldest requests that fit into one transaction together.
func (f *funnel) take() (rs []*request, closed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, weight := 0, 0
	for n < len(f.queue) && n < maxShared {
		if weight += f.queue[n].weight; n > 0 && weight > MaxBatch {
			break
		}
		n++
	}
	rs = f.queue[:n:n]
	if f.queue = f.queue[n:]; len(f.queue) == 0 {
		f.queue = nil // the array goes with the batch
	}
	return rs, f.closed
}

// write decides rs, makes what stands durable, and tells all of them.
func (f *funnel) write(rs []*request) {
	errs := make([]error, len(rs))
	seq, err := f.tryWrite(rs, errs)
	if err != nil {
		f.fail(err)
		for i := range errs {
			errs[i] = f.failed
		}
	} else {
		f.seq = seq
		f.done(seq)
	}
	for i, r := range rs {
		r.result <- errs[i]
	}
}

func (f *funnel) fail(err error) {
	if f.failed == nil {
		f.failed = fmt.Errorf("%w since a write failed, until the next start: %w", ErrReadOnly, err)
		if f.failing != nil {
			f.failing(f.failed)
		}
		f.log.Error("a write failed, the store is read-only from here on", "err", err)
	}
}

// tryWrite returns the last seq of what is durable now. It fills errs for the requests
// that were refused, or fails as a whole.
func (f *funnel) tryWrite(rs []*request, errs []error) (seq uint64, err error) {
	if f.failed != nil {
		return 0, f.failed
	}
	seq = f.seq
	if f.notNow(rs, errs) {
		return seq, nil
	}
	err = f.view(func(r reader) error {
		b := newBatch(r, f.seq)
		for i, r := range rs {
			if !r.taken.CompareAndSwap(false, true) {
				continue
			}
			errs[i] = b.decide(r)
			if errors.Is(errs[i], ErrCorrupt) {
				f.log.Error("a write met damage", "err", errs[i])
			}
		}
		seq = b.seq
		if len(b.rows) == 0 {
			return nil
		}
		return f.sink.commit(b)
	})
	return seq, err
}

// notNow refuses all of rs where nothing can be written for the time being, and reports whether it did.
func (f *funnel) notNow(rs []*request, errs []error) bool {
	if f.ready == nil {
		return false
	}
	err := f.ready()
	if err == nil {
		return false
	}
	for i, r := range rs {
		if r.taken.CompareAndSwap(false, true) {
			errs[i] = err
		}
	}
	return true
}
