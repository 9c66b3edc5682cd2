package agreement

import (
	"container/list"
	"context"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
)

// maxIdle is how many threads that nobody uses stay in memory, some KiB each: a receipt
// comes a second after what it acknowledges.
const maxIdle = 1024

// threads are the threads in use, each with a lock of its own.
type threads struct {
	mu   *sync.Mutex
	all  map[record.ID]*thread
	idle *list.List // of *thread, the longest unused first
}

// thread is one thread in memory. What is below the lock is guarded by it.
type thread struct {
	id   record.ID
	refs int           // guarded by threads.mu
	rest *list.Element // in idle, where refs is 0

	held   chan struct{} // the lock: full while held
	loaded bool          // a and n are what the journal has
	a      Agreement
	n      int // entries in the journal
}

func newThreads() threads {
	return threads{mu: new(sync.Mutex), all: make(map[record.ID]*thread), idle: list.New()}
}

// hold returns the thread with an id, which stays in memory until it is released.
func (ts *threads) hold(id record.ID) *thread {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.all[id]
	if !ok {
		t = &thread{id: id, held: make(chan struct{}, 1)}
		ts.all[id] = t
	}
	if t.rest != nil {
		ts.idle.Remove(t.rest)
		t.rest = nil
	}
	t.refs++
	return t
}

func (ts *threads) release(t *thread) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.refs--; t.refs > 0 {
		return
	}
	t.rest = ts.idle.PushBack(t)
	if ts.idle.Len() > maxIdle {
		if old, ok := ts.idle.Remove(ts.idle.Front()).(*thread); ok {
			delete(ts.all, old.id)
		}
	}
}

// lock waits until nobody else works on the thread, or returns ctx's error.
func (t *thread) lock(ctx context.Context) error {
	select {
	case t.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *thread) unlock() { <-t.held }

// load reads the thread from the journal, where it isn't in memory. The caller holds its lock.
func (s *Service) load(ctx context.Context, t *thread) error {
	if t.loaded {
		return nil
	}
	es, err := s.Journal.Entries(ctx, t.id)
	if err != nil {
		return err
	}
	a, err := Fold(es)
	if err != nil {
		return err
	}
	t.a, t.n, t.loaded = a, len(es), true
	return nil
}
