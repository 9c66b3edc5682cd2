package exchange

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

const (
	// highWater is how many bytes wait to be written before senders wait too: less
	// than the smallest window of the muxers, so a peer that reads never sees it.
	highWater = 64 << 10
	// keptBuffer bounds the two buffers that an outbox keeps while nothing is written.
	keptBuffer = 32 << 10
)

// outbox gathers the frames of many exchanges; its one writer, run, takes all that is
// there at once. So small frames share a write, and no sender waits for a slow peer
// longer than its own context allows.
type outbox struct {
	stream  network.Stream
	timeout time.Duration // of one write
	memory  *memory
	wake    chan struct{} // holds one token: there is something to do

	mu      sync.Mutex
	pending []byte
	spare   []byte
	queued  uint64        // bytes ever put
	taken   uint64        // bytes ever handed to the stream, or lost in trying
	room    chan struct{} // closed when there is room again; nil while nobody waits
	ending  bool
	err     error // why nothing more can be put
}

func newOutbox(s network.Stream, timeout time.Duration, m *memory) *outbox {
	return &outbox{stream: s, timeout: timeout, memory: m, wake: make(chan struct{}, 1)}
}

// put queues one frame and returns the place of its first byte, for unsent. It waits
// for room until ctx ends. number is called once there is room, under the lock, so
// frames lie in the order of the numbers that it gives out; its error is put's.
func (o *outbox) put(ctx context.Context, k kind, body []byte, number func() (uint32, error)) (uint64, error) {
	o.mu.Lock()
	for o.err == nil && len(o.pending) >= highWater {
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		o.mu.Lock()
	}
	defer o.mu.Unlock()
	return o.add(k, body, number)
}

// tryPut is put for who doesn't wait: a frame that finds no room is dropped.
func (o *outbox) tryPut(k kind, n uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) < highWater {
		_, _ = o.add(k, nil, func() (uint32, error) { return n, nil })
	}
}

func (o *outbox) add(k kind, body []byte, number func() (uint32, error)) (uint64, error) {
	if o.err != nil {
		return 0, o.err
	}
	size := headerSize + len(body)
	if err := o.memory.take(size); err != nil {
		return 0, err
	}
	n, err := number()
	if err != nil {
		o.memory.give(size)
		return 0, err
	}
	start := o.queued
	o.pending = append(appendHeader(o.pending, header{kind: k, number: n, length: len(body)}), body...)
	o.queued += uint64(size)
	o.signal()
	return start, nil
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run writes until end or a failure, which it returns. One goroutine runs it.
func (o *outbox) run() error {
	var deadline time.Time
	for {
		batch, ok := o.next()
		if !ok {
			return nil
		}
		if batch == nil {
			<-o.wake
			// Others that are ready to send go first: then one write takes all of theirs.
			runtime.Gosched()
			continue
		}
		// A deadline that leaves at least the time-out is as good as a new one.
		if now := time.Now(); deadline.Sub(now) < o.timeout {
			deadline = now.Add(2 * o.timeout)
			if err := o.stream.SetWriteDeadline(deadline); err != nil {
				return o.fail(err)
			}
		}
		_, err := o.stream.Write(batch)
		o.memory.give(len(batch))
		if err != nil {
			return o.fail(err)
		}
		o.recycle(batch)
	}
}

// next takes what is pending, nil if nothing is; false: the outbox ended.
func (o *outbox) next() ([]byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil && !o.ending {
		return nil, false
	}
	if len(o.pending) == 0 {
		return nil, !o.ending
	}
	batch := o.pending
	o.pending, o.spare = o.spare, nil
	o.taken = o.queued
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
	return batch, true
}

func (o *outbox) recycle(batch []byte) {
	if cap(batch) > keptBuffer {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spare = batch[:0]
}

// fail makes every later put fail with err, and lets go of what was never written.
// Only the first call counts. It returns err.
func (o *outbox) fail(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.ending = false
	o.memory.give(len(o.pending))
	o.pending = nil
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
	o.signal()
	return err
}

// end lets run return once all that was put is written; later puts fail with err.
func (o *outbox) end(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err, o.ending = err, true
	}
	o.signal()
}

// unsent reports whether the frame at start was certainly never handed to the stream.
// It is meant for an outbox that failed, which takes nothing more.
func (o *outbox) unsent(start uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil && !o.ending && start >= o.taken
}
