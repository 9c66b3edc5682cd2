package exchange

import (
	"errors"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// lostStream is on a connection that timed out: each Read says so at once.
type lostStream struct {
	network.Stream
	reads int
}

type lostError struct{}

func (lostError) Error() string   { return "no recent network activity" }
func (lostError) Timeout() bool   { return true }
func (lostError) Temporary() bool { return false }

func (*lostStream) SetReadDeadline(time.Time) error { return nil }

func (s *lostStream) Read([]byte) (int, error) {
	if s.reads++; s.reads > 10 {
		return 0, errors.New("read again and again")
	}
	return 0, lostError{}
}

func TestAConnectionThatTimedOutIsReadNoMore(t *testing.T) {
	s := &lostStream{}
	r := newSource(s, Protocol{FirstByte: time.Hour}, time.Hour, func() bool { return false })
	for _, inFrame := range []bool{true, false} {
		s.reads, r.inFrame = 0, inFrame
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, lostError{}) || s.reads != 1 {
			t.Errorf("in a frame %t: %v after %d reads", inFrame, err, s.reads)
		}
	}
}
