package exchange

import (
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/time/rate"
)

// Bounds that hold for every protocol.
const (
	// MaxBody bounds what a Protocol may state as MaxRequest or MaxResponse, in bytes:
	// one frame has to fit the windows of the muxers and the memory of a small node.
	MaxBody = 16 << 20
	// MaxInFlight bounds what a Protocol may state as InFlight.
	MaxInFlight = 4096
	// MaxStreams is how many streams of one protocol are served for one peer: the one
	// in use, and the one that replaces it before its end was noticed.
	MaxStreams = 2
)

// What a Protocol's zero fields mean.
const (
	DefaultFirstByte = 5 * time.Second
	DefaultTimeout   = 10 * time.Second
	DefaultRate      = rate.Limit(100)
	DefaultBurst     = 200
	DefaultInFlight  = 64
	DefaultIdle      = 2 * time.Minute
)

// ServiceName names this package in libp2p's resource manager.
const ServiceName = "byway.exchange"

// Protocol is a contract: what the constant block of a protocol states. Both sides
// build it from the same constants. It isn't changed after its first use.
type Protocol struct {
	// ID names the streams, such as "/byway/agreement/1".
	ID protocol.ID
	// MaxRequest and MaxResponse bound the two bodies, in bytes, 1 to MaxBody.
	MaxRequest, MaxResponse int
	// FirstByte is how long a peer has for its hello, and for a whole frame once its
	// first byte came. A write that takes as long has failed. Default 5 s.
	FirstByte time.Duration
	// Timeout bounds one exchange: how long Call waits, and the deadline of the
	// handler's context. Default 10 s.
	Timeout time.Duration
	// Rate and Burst bound how many requests a second one peer is served. Default
	// 100 and 200; rate.Inf for no bound.
	Rate  rate.Limit
	Burst int
	// InFlight is how many exchanges are under way for one peer. Default 64.
	InFlight int
	// Idle is how long a stream without an exchange stays open. Default 2 min.
	Idle time.Duration
}

func (p Protocol) withDefaults() Protocol {
	if p.FirstByte <= 0 {
		p.FirstByte = DefaultFirstByte
	}
	if p.Timeout <= 0 {
		p.Timeout = DefaultTimeout
	}
	if p.Rate == 0 {
		p.Rate = DefaultRate
	}
	if p.Burst <= 0 {
		p.Burst = DefaultBurst
	}
	if p.InFlight <= 0 {
		p.InFlight = DefaultInFlight
	}
	if p.Idle <= 0 {
		p.Idle = DefaultIdle
	}
	return p
}

// ErrProtocol says that a Protocol states bounds that can't be held.
var ErrProtocol = errors.New("not a protocol that can be carried")

// validate returns ErrProtocol with the reason.
func (p Protocol) validate() error {
	switch {
	case p.ID == "":
		return fmt.Errorf("%w: no id", ErrProtocol)
	case p.MaxRequest < 1 || p.MaxRequest > MaxBody:
		return fmt.Errorf("%w: %s: requests of at most %d bytes, want 1 to %d", ErrProtocol, p.ID, p.MaxRequest, MaxBody)
	case p.MaxResponse < 1 || p.MaxResponse > MaxBody:
		return fmt.Errorf("%w: %s: responses of at most %d bytes, want 1 to %d", ErrProtocol, p.ID, p.MaxResponse, MaxBody)
	case p.InFlight > MaxInFlight:
		return fmt.Errorf("%w: %s: %d exchanges in flight, want at most %d", ErrProtocol, p.ID, p.InFlight, MaxInFlight)
	case p.Rate < 0:
		return fmt.Errorf("%w: %s: a rate below zero", ErrProtocol, p.ID)
	}
	return nil
}
