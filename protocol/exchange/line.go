package exchange

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/protocol/answer"
)

// lineKey names the one stream that is kept for asking a peer by a protocol.
type lineKey struct {
	to peer.ID
	id protocol.ID
}

// line is a stream for asking, or one being opened: all who need it wait for ready.
type line struct {
	ready  chan struct{}
	asking *asking // set before ready is closed, unless err is
	err    error
}

// asking returns the open stream to a peer, opening one where there is none.
func (x *Exchange) asking(ctx context.Context, to peer.ID, p Protocol) (*asking, error) {
	l, err := x.line(lineKey{to, p.ID}, p) //nolint:contextcheck // others wait for the same opening
	if err != nil {
		return nil, err
	}
	select {
	case <-l.ready:
		return l.asking, l.err
	default:
	}
	select {
	case <-l.ready:
		return l.asking, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (x *Exchange) line(key lineKey, p Protocol) (*line, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil, ErrClosed
	}
	if l := x.lines[key]; l != nil {
		return l, nil
	}
	l := &line{ready: make(chan struct{})}
	x.lines[key] = l
	x.wg.Go(func() { x.run(key, l, p) })
	return l, nil
}

// run opens a line and serves it until its stream ends.
func (x *Exchange) run(key lineKey, l *line, p Protocol) {
	a, err := x.open(key, p)
	if a != nil {
		a.dropped = func() { x.drop(key, l) }
	}
	l.asking, l.err = a, err
	close(l.ready)
	if err == nil {
		a.run(x.ctx)
	}
	x.drop(key, l)
}

// drop takes a line out of use, so that the next call opens another.
func (x *Exchange) drop(key lineKey, l *line) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.lines[key] == l {
		delete(x.lines, key)
	}
}

// open opens a stream, says hello on it and waits for the answer. It doesn't depend on
// the context of whoever asked first, since others wait for it too.
func (x *Exchange) open(key lineKey, p Protocol) (*asking, error) {
	ctx, cancel := context.WithTimeout(x.ctx, p.Timeout)
	defer cancel()
	// A relayed connection is limited, and good enough for bounded exchanges.
	ctx = network.WithAllowLimitedConn(ctx, string(p.ID))
	a, err := x.greet(ctx, key, p)
	if refusedNegotiation(err) {
		// libp2p believed a list of protocols that the peer sent earlier, and its "na"
		// may have been lost in the reset. Without the list it negotiates for certain.
		_ = x.host.Peerstore().RemoveProtocols(key.to, key.id)
		a, err = x.greet(ctx, key, p)
	}
	switch {
	case err == nil:
		return a, nil
	case x.ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ErrClosed, err)
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = errors.Join(err, ctx.Err())
	}
	return nil, err
}

// greet opens one stream and has the hello answered.
func (x *Exchange) greet(ctx context.Context, key lineKey, p Protocol) (*asking, error) {
	s, err := x.host.NewStream(ctx, key.to, key.id)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Reset() })
	defer stop()
	a, err := newAsking(s, p)
	if err == nil {
		err = a.hello()
	}
	if err != nil {
		_ = s.ResetWithError(streamCode(codeFor(err)))
		return nil, err
	}
	return a, nil
}

// hello says hello and reads the answer to it.
func (a *asking) hello() error {
	if err := a.stream.SetWriteDeadline(a.in.source.begun.Add(a.protocol.FirstByte)); err != nil {
		return err
	}
	if _, err := a.stream.Write(append(appendHeader(nil, header{kind: kindHello, length: helloSize}), version)); err != nil {
		return err
	}
	h, err := a.in.header()
	if err != nil {
		return err
	}
	body, err := a.in.body(h.length)
	if err != nil {
		return err
	}
	switch {
	case h.kind == kindHelloAck && body[0] == version:
		return nil
	case h.kind == kindRefused && h.number == 0:
		out, err := parseRefused(body)
		if err != nil {
			return err
		}
		return &answer.Refusal{Status: out.Said, Text: out.Text}
	}
	return fmt.Errorf("%w: the hello answered by a frame of kind %d", errViolation, h.kind)
}
