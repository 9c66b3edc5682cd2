package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"github.com/bywaynet/byway/protocol/answer"
)

// asking is the asker's end of one stream. One goroutine reads, one writes.
type asking struct {
	protocol Protocol
	stream   network.Stream
	memory   *memory
	in       *frames
	out      *outbox
	slots    chan struct{} // one token for each exchange under way
	over     chan struct{} // closed when nothing more can be asked here
	dropped  func()        // takes the line out of use

	mu      sync.Mutex
	pending map[uint32]chan ending
	last    uint32    // the newest exchange's number
	heard   time.Time // when a frame last came
	err     error     // why nothing more can be asked here
	retired bool
	taken   uint32 // the newest exchange that the peer took up, once it said bye
}

// ending is how an exchange ended: an outcome, or the stream's end.
type ending struct {
	out       answer.Outcome
	broken    error
	untouched bool // the peer said that it didn't take the request up
}

func newAsking(s network.Stream, p Protocol) (*asking, error) {
	if err := s.Scope().SetService(ServiceName); err != nil {
		return nil, err
	}
	// What comes back was asked for, so it goes before what strangers ask of us.
	m, err := newMemory(s.Scope(), network.ReservationPriorityHigh)
	if err != nil {
		return nil, err
	}
	a := &asking{
		protocol: p, stream: s, memory: m, out: newOutbox(s, p.FirstByte, m),
		slots: make(chan struct{}, p.InFlight), over: make(chan struct{}), pending: map[uint32]chan ending{},
	}
	a.in = newFrames(askerGrammar(p), newSource(s, p, p.Idle, a.closeIfQuiet))
	return a, nil
}

// ask sends one request and waits for its end. unsent: the peer certainly didn't take
// it up, because the stream had ended before.
func (a *asking) ask(ctx context.Context, req []byte) (out answer.Outcome, unsent bool) {
	bounded, cancel := context.WithTimeout(ctx, a.protocol.Timeout)
	defer cancel()
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-a.over:
		return inferred(ctx, a.end()), true
	case <-bounded.Done():
		return inferred(ctx, a.waited(bounded, "a place among those in flight")), false
	}
	ch := make(chan ending, 1)
	var n uint32
	asked := time.Now()
	start, err := a.out.put(bounded, kindRequest, req, func() (number uint32, err error) {
		n, err = a.register(ch)
		return n, err
	})
	switch {
	case err == nil:
	case bounded.Err() != nil:
		return inferred(ctx, a.waited(bounded, "room to write")), false
	default:
		return inferred(ctx, err), true
	}
	select {
	case e := <-ch:
		return a.ended(ctx, e, start)
	case <-bounded.Done():
	}
	if !a.forget(n) {
		return a.ended(ctx, <-ch, start) // it came at the last moment
	}
	a.out.tryPut(kindCancel, n)
	if ctx.Err() == nil {
		a.suspect(asked)
	}
	return inferred(ctx, a.waited(bounded, "an answer")), false
}

func (a *asking) ended(ctx context.Context, e ending, start uint64) (answer.Outcome, bool) {
	if e.broken == nil {
		return e.out, false
	}
	return inferred(ctx, e.broken), e.untouched || a.out.unsent(start)
}

func (a *asking) waited(bounded context.Context, what string) error {
	return fmt.Errorf("%s: waited for %s: %w", a.protocol.ID, what, bounded.Err())
}

// register gives an exchange its number.
func (a *asking) register(ch chan ending) (uint32, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil && a.last == math.MaxUint32 {
		a.retire()
		a.refuse(errRetired)
	}
	if a.err != nil {
		return 0, a.err
	}
	a.last++
	a.pending[a.last] = ch
	return a.last, nil
}

// forget gives up an exchange; false if its end is in its channel already.
func (a *asking) forget(n uint32) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, waiting := a.pending[n]
	delete(a.pending, n)
	a.rest()
	return waiting
}

// suspect takes the line out of use where nothing at all came since an exchange that
// ran out of time was asked: its connection may be dead, which libp2p notices later.
func (a *asking) suspect(asked time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard.Before(asked) && !a.retired {
		a.retire()
	}
}

// retire lets what is under way come to its end, and nothing new begin. Under a.mu.
func (a *asking) retire() {
	a.retired = true
	a.dropped()
	a.rest()
}

// rest ends a retired stream on which nothing is under way. Under a.mu.
func (a *asking) rest() {
	if a.retired && len(a.pending) == 0 {
		a.in.source.stop(errRetired)
	}
}

// closeIfQuiet ends the stream where nothing is under way, so that nothing begins on
// it between the decision and the end.
func (a *asking) closeIfQuiet() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pending) > 0 {
		return false
	}
	a.refuse(errIdle)
	return true
}

// refuse lets nothing more be asked here, and the next call open another stream.
// Under a.mu.
func (a *asking) refuse(err error) {
	if a.err == nil {
		a.err = broken(err)
		a.dropped()
	}
}

// end returns why nothing more can be asked here.
func (a *asking) end() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// run reads answers until the stream or ctx ends, and returns when nothing runs for it.
func (a *asking) run(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { a.in.source.stop(ErrClosed) })()
	var writer sync.WaitGroup
	writer.Go(a.write)
	err := a.read()
	if errors.Is(err, errIdle) || errors.Is(err, errRetired) || errors.Is(err, errBye) || errors.Is(err, io.EOF) {
		_ = a.stream.Close()
	} else {
		_ = a.stream.ResetWithError(streamCode(codeFor(err)))
	}
	a.fail(err)
	writer.Wait()
}

// write sends requests until the stream ends.
func (a *asking) write() {
	err := a.out.run()
	switch {
	case err == nil:
	case isTimeout(err):
		_ = a.stream.ResetWithError(streamCode(answer.TimedOut)) // wakes the reader, too
	default:
		// What the peer sent before it stopped reading may still come, and says how
		// the exchanges under way ended.
		a.mu.Lock()
		defer a.mu.Unlock()
		a.refuse(err)
		a.retire()
	}
}

// fail ends all exchanges under way. A peer that said bye has answered all that it
// took up; the rest may be asked again.
func (a *asking) fail(err error) {
	a.mu.Lock()
	a.refuse(err)
	a.mu.Unlock()
	// Not under a.mu, which put takes with the outbox locked.
	_ = a.out.fail(a.end())
	close(a.over)
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, ch := range a.pending {
		ch <- ending{broken: broken(err), untouched: errors.Is(err, errBye) && n > a.taken}
		delete(a.pending, n)
	}
}
