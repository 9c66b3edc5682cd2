package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxShared is the most requests that share one sync.
	maxShared = 256
	// crowded is from how many writers on a batch waits for those who were just told.
	crowded = 8
	// longestGather bounds that, as does what the last batch took.
	longestGather = 2 * time.Millisecond
)

// sink makes a decided batch durable before it returns; journal is one.
type sink interface {
	commit(b *batch) error
}

// funnel is the one writer, in two goroutines. One takes what waits and decides it, request by request, as long
// as the other is under way with what was decided before; that one makes it durable at once,
// and only then tells each caller.
type funnel struct {
	sink  sink
	known known
	// view calls f with the index and all that was acknowledged.
	view  func(f func(index, all reader) error) error
	done  func(seq uint64) // told the last seq after each batch
	ready func() error     // why nothing can be written now, though it may be later
	// trails returns the last entry of the log, and the last that the index has.
	trails func() (log, indexed uint64)
	// failing is told why nothing is written any more.
	failing func(error)
	log     *slog.Logger

	mu     sync.Mutex
	queue  []*request
	closed bool
	wake   chan struct{} // of capacity 1: as much was queued as is waited for, or closed set
	want   int           // how many requests are waited for

	results sync.Pool // of channels that nobody waits at now; a test's bubble keeps its own
	flights chan *flight
	ended   chan struct{}
	waiting atomic.Int64 // requests that aren't answered yet
	took    atomic.Int64 // nanoseconds that the last batch was under way

	// What follows is the deciding goroutine's own, but for failed, which is the other's.
	seq    uint64 // of the last entry decided
	crowd  int    // how many wrote together a moment ago
	failed error  // why nothing is written any more
}

// startFunnel starts the writer after the entry with the given seq. close ends it.
func startFunnel(f *funnel) {
	f.ended, f.wake, f.flights = make(chan struct{}), make(chan struct{}, 1), make(chan *flight)
	go f.decide()
	go f.land()
}

// submit queues r, calls queued, and returns what became of r. It returns ctx's error only for a request that was never taken.
func (f *funnel) submit(ctx context.Context, r *request, queued func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.result, _ = f.results.Get().(chan error)
	if r.result == nil {
		r.result = make(chan error, 1)
	}
	if err := f.enqueue(r); err != nil {
		return err
	}
	if queued != nil {
		queued()
	}
	select {
	case err := <-r.result:
		f.results.Put(r.result)
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
	f.waiting.Add(1)
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

// take moves the oldest requests that fit into fl there. It reports whether fl is full, or no more will come.
func (f *funnel) take(fl *flight) (rs []*request, full bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(f.queue) && !full {
		if full = !fl.add(f.queue[n]); !full {
			n++
		}
	}
	rs = f.queue[:n:n]
	if f.queue = f.queue[n:]; len(f.queue) == 0 {
		f.queue = nil // the array goes with the batch
	}
	f.want = f.wanted(len(fl.requests))
	return rs, full || f.closed
}

// land makes each flight durable and tells all of it.
func (f *funnel) land() {
	defer close(f.ended)
	for fl := range f.flights {
		began := time.Now()
		if err := f.commit(fl); err != nil {
			f.fail(err)
			for i := range fl.errs {
				fl.errs[i] = f.failed
			}
		} else {
			f.done(fl.batch.seq)
		}
		close(fl.landed)
		for i, r := range fl.requests {
			r.result <- fl.errs[i]
		}
		f.waiting.Add(-int64(len(fl.requests)))
		f.took.Store(int64(time.Since(began)))
	}
}

func (f *funnel) commit(fl *flight) error {
	if f.failed != nil || fl.batch.empty() {
		return f.failed
	}
	return f.sink.commit(fl.batch)
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

// decideAll decides rs, the last of fl. Where nothing can be written for the time being it refuses them.
func (f *funnel) decideAll(fl *flight, rs []*request) {
	errs := fl.errs[len(fl.errs)-len(rs):]
	if f.ready != nil {
		if err := f.ready(); err != nil {
			refuse(rs, errs, err)
			return
		}
	}
	err := f.view(func(index, all reader) error {
		fl.batch.index, fl.batch.all, fl.batch.seq = index, settled{all, fl.before}, f.seq
		for i, r := range rs {
			if !r.taken.CompareAndSwap(false, true) {
				continue
			}
			if errs[i] = fl.batch.decide(r); errors.Is(errs[i], ErrCorrupt) {
				f.log.Error("a write met damage", "err", errs[i])
			}
		}
		return nil
	})
	fl.batch.index, fl.batch.all = nil, nil // which hold the flight before, and all those before it
	if err != nil {
		refuse(rs, errs, err)
	}
	f.seq = fl.batch.seq
}

func refuse(rs []*request, errs []error, why error) {
	for i, r := range rs {
		if r.taken.CompareAndSwap(false, true) {
			errs[i] = why
		}
	}
}
