package exchange

import (
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
)

// read takes answers until the stream ends, and returns why it did.
func (a *asking) read() error {
	for {
		h, err := a.in.header()
		if err != nil {
			return err
		}
		if h.kind >= kindsKnown {
			if err := a.in.skip(h.length); err != nil {
				return err
			}
			continue
		}
		if h.kind == kindBye {
			return a.bye(h.number)
		}
		waiting, err := a.claim(h)
		if err != nil {
			return err
		}
		if !waiting {
			if err := a.in.skip(h.length); err != nil {
				return err
			}
			continue
		}
		out, err := a.take(h)
		if err != nil {
			return err
		}
		a.settle(h.number, out)
	}
}

// bye notes what the peer took up.
func (a *asking) bye(n uint32) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > a.last {
		return fmt.Errorf("%w: bye after exchange %d, which wasn't asked", errViolation, n)
	}
	a.taken = n
	return errBye
}

// claim reports whether somebody waits for an answer; nobody does once it was cancelled.
func (a *asking) claim(h header) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard = time.Now()
	if h.kind == kindHelloAck || h.number == 0 || h.number > a.last {
		return false, fmt.Errorf("%w: an answer of kind %d to exchange %d, which wasn't asked", errViolation, h.kind, h.number)
	}
	return a.pending[h.number] != nil, nil
}

// settle hands an answer to who waits for it, if somebody still does.
func (a *asking) settle(n uint32, out answer.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ch := a.pending[n]; ch != nil {
		ch <- ending{out: out}
		delete(a.pending, n)
		a.rest()
	}
}

// take reads the body of an answer.
func (a *asking) take(h header) (answer.Outcome, error) {
	if err := a.memory.take(h.length); err != nil {
		return answer.Outcome{}, err
	}
	defer a.memory.give(h.length)
	body, err := a.in.body(h.length)
	if err != nil {
		return answer.Outcome{}, err
	}
	switch h.kind {
	case kindRefused:
		return parseRefused(body)
	case kindTurned:
		return parseTurned(body)
	}
	return answer.Outcome{Resp: body}, nil
}
