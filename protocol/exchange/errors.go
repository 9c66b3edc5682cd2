package exchange

import (
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"

	"github.com/bywaynet/byway/protocol/answer"
)

// What Call infers, besides what libp2p and the context say.
var (
	// ErrTooLarge says that the request is over the protocol's bound; nothing was sent.
	ErrTooLarge = errors.New("over the protocol's bound")
	// ErrClosed says that this side's Exchange was closed.
	ErrClosed = errors.New("the exchange is closed")
	// ErrBroken says that the stream ended before the answer came. The peer may have
	// acted on the request: ask again only what may be asked twice.
	ErrBroken = errors.New("the stream broke before an answer came")
)

// Ends of a stream that aren't failures.
var (
	errIdle       = errors.New("idle")
	errRetired    = errors.New("given up: the peer was silent")
	errBye        = errors.New("the peer said bye")
	errSupplanted = errors.New("replaced by the peer's newer stream")
)

// errSlow says that a peer began something and didn't go on with it.
var errSlow = errors.New("the peer took too long over a frame")

// resetBase keeps our reset codes clear of those that libp2p reserves (below 0x2000).
const resetBase network.StreamErrorCode = 0x2000

func streamCode(c answer.ResetCode) network.StreamErrorCode {
	return resetBase + network.StreamErrorCode(c)
}

// turnedBy reads the code by which the peer reset a stream: ours, or libp2p's own.
func turnedBy(err error) answer.ResetCode {
	var se *network.StreamError
	if !errors.As(err, &se) || !se.Remote {
		return answer.NotTurned
	}
	switch se.ErrorCode {
	case network.StreamResourceLimitExceeded:
		return answer.Busy
	case network.StreamRateLimited:
		return answer.RateLimited
	case network.StreamShutdown:
		return answer.Closing
	}
	if c := se.ErrorCode; c > resetBase && c <= resetBase+network.StreamErrorCode(answer.TimedOut) {
		return answer.ResetCode(c - resetBase)
	}
	return answer.NotTurned
}

// codeFor is the code by which this side ends a stream for err.
func codeFor(err error) answer.ResetCode {
	switch {
	case errors.Is(err, errViolation):
		return answer.Violation
	case errors.Is(err, ErrClosed):
		return answer.Closing
	case errors.Is(err, errSlow):
		return answer.TimedOut
	}
	return answer.Busy
}

// unsupported reports whether the peer itself said that it doesn't speak a protocol.
func unsupported(err error) bool {
	var no multistream.ErrNotSupported[protocol.ID]
	return errors.As(err, &no)
}

// refusedNegotiation reports whether the peer reset the stream while negotiating,
// which may have overtaken its "na".
func refusedNegotiation(err error) bool {
	var se *network.StreamError
	return errors.As(err, &se) && se.Remote && se.ErrorCode == network.StreamProtocolNegotiationFailed
}

// broken describes the end of a stream to those whose exchanges it took along.
func broken(err error) error {
	if code := turnedBy(err); code != answer.NotTurned {
		return fmt.Errorf("%w: reset by the peer, %s: %w", ErrBroken, code, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
