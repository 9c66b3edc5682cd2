package store

import (
	"context"
	"sync"
)

// feed knows the last seq that is synced, and wakes who waits for the next. It waits on
// channels alone, so that simulated time goes on meanwhile.
type feed struct {
	mu      sync.Mutex
	last    uint64
	closed  bool
	changed chan struct{} // closed at the next change; nil while nobody waits
}

// advance moves the last seq up.
func (f *feed) advance(seq uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq > f.last {
		f.last = seq
		f.wake()
	}
}

// close ends every wait with ErrClosed.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.wake()
}

func (f *feed) wake() {
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

func (f *feed) seq() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *feed) wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		last, changed, err := f.look(after)
		if err != nil || changed == nil {
			return last, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// look returns the last seq where that is above after, else the channel to wait on.
func (f *feed) look(after uint64) (uint64, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, nil, ErrClosed
	}
	if f.last > after {
		return f.last, nil, nil
	}
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return 0, f.changed, nil
}
