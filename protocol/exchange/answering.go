package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/protocol/answer"
)

// answering is the answerer's end of one stream. Its reader is the goroutine that
// libp2p started for the stream; one more writes, and one runs for each exchange.
type answering struct {
	x       *Exchange
	service *service
	stream  network.Stream
	peer    peer.ID

	ctx      context.Context // every handler's parent
	cancel   context.CancelCauseFunc
	memory   *memory
	in       *frames
	out      *outbox
	handlers sync.WaitGroup
	writer   sync.WaitGroup

	last uint32      // exchange number, the reader's own
	lost atomic.Bool // an answer couldn't be sent

	// Under service.mu.
	visitor *visitor
	running int

	mu      sync.Mutex
	cancels map[uint32]context.CancelFunc // of what is under way, by number
}

// serve answers one stream until it ends, and returns when nothing runs for it.
func (x *Exchange) serve(svc *service, s network.Stream) {
	if !x.enter() {
		_ = s.ResetWithError(streamCode(answer.Closing))
		return
	}
	defer x.wg.Done()
	a, err := x.admit(svc, s)
	if err != nil {
		x.log.Debug("stream turned away", "protocol", svc.protocol.ID, "peer", s.Conn().RemotePeer(), "err", err)
		_ = s.ResetWithError(streamCode(answer.Busy))
		return
	}
	defer context.AfterFunc(x.ctx, func() { a.in.source.stop(ErrClosed) })()
	a.writer.Go(a.write)
	a.finish(a.read())
	svc.leave(a)
	a.cancel(nil)
}

// admit makes the cheap checks, and reserves what the stream needs as long as it lives.
func (x *Exchange) admit(svc *service, s network.Stream) (*answering, error) {
	if err := s.Scope().SetService(ServiceName); err != nil {
		return nil, err
	}
	m, err := newMemory(s.Scope(), network.ReservationPriorityMedium)
	if err != nil {
		return nil, err
	}
	p := svc.protocol
	a := &answering{
		x: x, service: svc, stream: s, peer: s.Conn().RemotePeer(),
		memory: m, out: newOutbox(s, p.FirstByte, m), cancels: map[uint32]context.CancelFunc{},
	}
	// Twice the asker's patience: it is the asker who closes, so that no request
	// crosses the end of its stream.
	a.in = newFrames(answererGrammar(p), newSource(s, p, 2*p.Idle, func() bool { return !svc.busy(a) }))
	a.ctx, a.cancel = context.WithCancelCause(context.WithValue(x.ctx, peerKey{}, a.peer))
	old, ok := svc.admit(a)
	if !ok {
		return nil, fmt.Errorf("%d streams of this peer are in use", MaxStreams)
	}
	if old != nil {
		old.in.source.stop(errSupplanted)
	}
	return a, nil
}

func (a *answering) write() {
	if err := a.out.run(); err != nil {
		a.cancel(err)
		_ = a.stream.ResetWithError(streamCode(answer.TimedOut)) // wakes the reader, too
	}
}

// read takes frames until the stream ends; it returns nil where the asker ended it.
func (a *answering) read() error {
	if err := a.greet(); err != nil {
		return err
	}
	for {
		h, err := a.in.header()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.kind {
		case kindRequest:
			err = a.request(h)
		case kindCancel:
			a.cancelOne(h.number)
			err = a.in.skip(h.length)
		case kindHello:
			err = fmt.Errorf("%w: a second hello", errViolation)
		default:
			err = a.in.skip(h.length)
		}
		if err != nil {
			return err
		}
	}
}

var errVersion = errors.New("a version of the framing that isn't known here")

// greet takes the hello and answers it.
func (a *answering) greet() error {
	h, err := a.in.header()
	if err != nil {
		return err
	}
	if h.kind != kindHello {
		return fmt.Errorf("%w: a frame of kind %d before the hello", errViolation, h.kind)
	}
	var b [helloSize]byte
	if _, err := a.in.small(b[:], h.length); err != nil {
		return err
	}
	if b[0] != version {
		body := appendRefused(nil, &answer.Refusal{Status: answer.UnknownVersion, Text: "framing: version 1 is spoken here"})
		if _, err := a.out.put(a.ctx, kindRefused, body, given(0)); err != nil {
			return err
		}
		return errVersion
	}
	_, err = a.out.put(a.ctx, kindHelloAck, []byte{version}, given(0))
	return err
}

// given is the number of an exchange that has one.
func given(n uint32) func() (uint32, error) { return func() (uint32, error) { return n, nil } }

// request makes the checks in their order: rate, slots, memory; then the deadline runs,
// and the body is read.
func (a *answering) request(h header) error {
	if h.number <= a.last {
		return fmt.Errorf("%w: exchange %d after %d", errViolation, h.number, a.last)
	}
	a.last = h.number
	code := a.service.begin(a)
	if code == answer.NotTurned && a.memory.take(h.length) != nil {
		a.service.finish(a)
		code = answer.Busy
	}
	if code != answer.NotTurned {
		if err := a.in.skip(h.length); err != nil {
			return err
		}
		_, err := a.out.put(a.ctx, kindTurned, appendTurned(nil, code), given(h.number))
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, a.service.protocol.Timeout)
	body, err := a.in.body(h.length)
	if err != nil {
		cancel()
		a.memory.give(h.length)
		a.service.finish(a)
		return err
	}
	a.mu.Lock()
	a.cancels[h.number] = cancel
	a.mu.Unlock()
	a.handlers.Add(1)
	go a.answer(ctx, h.number, body)
	return nil
}

func (a *answering) cancelOne(n uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cancel := a.cancels[n]; cancel != nil {
		cancel()
	}
}

// closingGrace is how long the last answers have to leave when this side closes.
const closingGrace = time.Second

// finish ends the stream as the end of its reading demands, and joins all that runs.
func (a *answering) finish(err error) {
	if errors.Is(err, context.Canceled) {
		err = context.Cause(a.ctx)
	}
	if err != nil && !errors.Is(err, errIdle) && !errors.Is(err, errSupplanted) &&
		!errors.Is(err, ErrClosed) && !errors.Is(err, errVersion) {
		a.cancel(err)
		_ = a.stream.ResetWithError(streamCode(codeFor(err)))
		_ = a.out.fail(err)
		a.handlers.Wait()
		a.writer.Wait()
		a.x.log.Debug("stream ended", "protocol", a.service.protocol.ID, "peer", a.peer, "err", err)
		return
	}
	// Handlers go on, or were cancelled by Close; either way their answers leave first.
	a.handlers.Wait()
	grace := a.service.protocol.FirstByte
	if errors.Is(err, ErrClosed) {
		grace = min(grace, closingGrace)
	}
	late := time.AfterFunc(grace, func() { _ = a.stream.ResetWithError(streamCode(answer.Closing)) })
	if !a.lost.Load() && (errors.Is(err, errIdle) || errors.Is(err, errSupplanted) || errors.Is(err, ErrClosed)) {
		_, _ = a.out.put(a.ctx, kindBye, nil, given(a.last))
	}
	a.out.end(ErrClosed)
	a.writer.Wait()
	if late.Stop() {
		_ = a.stream.Close()
	}
}
