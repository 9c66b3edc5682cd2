package exchange

import (
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/protocol/answer"
)

// maxVisitors is how many peers a service remembers without a stream of theirs: those
// that went before their allowance was full again.
const maxVisitors = 4096

// service is one protocol that is answered here.
type service struct {
	protocol Protocol
	handler  answer.Handler

	mu       sync.Mutex
	visitors map[peer.ID]*visitor
}

// visitor is what one peer has used of a service. Its fields are under service.mu.
type visitor struct {
	limiter *rate.Limiter
	streams []*answering
	running int // exchanges under way
}

func newService(p Protocol, h answer.Handler) *service {
	return &service{protocol: p, handler: h, visitors: map[peer.ID]*visitor{}}
}

// admit counts a stream of a peer. Where it is one too many, an older one on which
// nothing is under way is returned to be ended; false if there is none.
func (s *service) admit(a *answering) (old *answering, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitors[a.peer]
	if v == nil {
		s.sweep()
		v = &visitor{limiter: rate.NewLimiter(s.protocol.Rate, s.protocol.Burst)}
		s.visitors[a.peer] = v
	}
	if len(v.streams) >= MaxStreams {
		for i, other := range v.streams {
			if other.running == 0 {
				old = other
				v.streams = append(v.streams[:i], v.streams[i+1:]...)
				break
			}
		}
		if old == nil {
			return nil, false
		}
	}
	v.streams = append(v.streams, a)
	a.visitor = v
	return old, true
}

// leave takes back admit.
func (s *service) leave(a *answering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range a.visitor.streams {
		if other == a {
			a.visitor.streams = append(a.visitor.streams[:i], a.visitor.streams[i+1:]...)
			break
		}
	}
}

// sweep forgets those without a stream whose allowance is full again, and where that
// isn't enough any without a stream. Peer ids cost nothing, so who comes back under a
// new one gains nothing from being forgotten.
func (s *service) sweep() {
	if len(s.visitors) < maxVisitors {
		return
	}
	for id, v := range s.visitors {
		if v.absent() && v.limiter.Tokens() >= float64(s.protocol.Burst) {
			delete(s.visitors, id)
		}
	}
	for id, v := range s.visitors {
		if len(s.visitors) < maxVisitors {
			return
		}
		if v.absent() {
			delete(s.visitors, id)
		}
	}
}

func (v *visitor) absent() bool { return len(v.streams) == 0 && v.running == 0 }

// begin charges one exchange of a's peer, or returns why it is turned away. The rate
// is charged first: asking too often while at the limit counts too.
func (s *service) begin(a *answering) answer.ResetCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !a.visitor.limiter.Allow():
		return answer.RateLimited
	case a.visitor.running >= s.protocol.InFlight:
		return answer.Busy
	}
	a.visitor.running++
	a.running++
	return answer.NotTurned
}

// finish ends one exchange that begin let in.
func (s *service) finish(a *answering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.visitor.running--
	a.running--
}

// busy reports whether an exchange is under way on a.
func (s *service) busy(a *answering) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.running > 0
}
