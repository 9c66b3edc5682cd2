package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/protocol/answer"
)

// Exchange asks and answers on one host. All its methods may be called concurrently.
type Exchange struct {
	host host.Host
	log  *slog.Logger

	ctx    context.Context // ends with Close, cause ErrClosed
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup // all that runs for it

	mu       sync.Mutex
	closed   bool
	services map[protocol.ID]*service
	lines    map[lineKey]*line
}

// New returns an Exchange on h, which stays the caller's: Close the Exchange first.
// Handlers' failures go to log; nil discards them.
func New(h host.Host, log *slog.Logger) *Exchange {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Exchange{
		host: h, log: log, ctx: ctx, cancel: cancel,
		services: map[protocol.ID]*service{}, lines: map[lineKey]*line{},
	}
}

// ErrHandled says that a protocol has a handler already.
var ErrHandled = errors.New("the protocol has a handler already")

// Handle answers p's requests with h from now on, many at once, each in a goroutine of
// its own. h's context ends at p.Timeout, when the asker cancels or is gone, and with
// Close; Peer reads the asker from it. A panic in h is logged, and answered with
// answer.Internal. Errors: ErrProtocol, ErrHandled, ErrClosed.
func (x *Exchange) Handle(p Protocol, h answer.Handler) error {
	p = p.withDefaults()
	if err := p.validate(); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	if x.services[p.ID] != nil {
		return fmt.Errorf("%w: %s", ErrHandled, p.ID)
	}
	svc := newService(p, h)
	x.services[p.ID] = svc
	x.host.SetStreamHandler(p.ID, func(s network.Stream) { x.serve(svc, s) })
	return nil
}

// Close ends all streams, cancels all handlers, and returns once they have returned;
// a handler that ignores its context holds it up. What is under way is turned away
// with answer.Closing, as are streams that come before the host is closed. A second
// Close waits too.
func (x *Exchange) Close() error {
	x.mu.Lock()
	if !x.closed {
		x.closed = true
		x.cancel(ErrClosed)
	}
	x.mu.Unlock()
	x.wg.Wait()
	return nil
}

// enter counts what runs; false where nothing may start any more. Whoever entered
// calls x.wg.Done.
func (x *Exchange) enter() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return false
	}
	x.wg.Add(1)
	return true
}

type peerKey struct{}

// Peer returns the peer at the other end, inside a handler that Exchange called. It
// serves for finding the road back and for charging, never as authority: what a
// request may do follows from its signatures alone.
func Peer(ctx context.Context) (peer.ID, bool) {
	p, ok := ctx.Value(peerKey{}).(peer.ID)
	return p, ok
}
