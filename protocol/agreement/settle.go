package agreement

import (
	"context"
	"errors"

	"github.com/bywaynet/byway/protocol/record"
)

// input is what changes a thread: what came, or what this side's human wants.
type input struct {
	me       Side // of a thread that isn't held yet
	msgs     []Message
	with     []record.Verified
	notes    [][]byte
	decision *Decision
	end      *ending
	ask      bool // have the Decider decide what waits
	known    bool // refuse, with ErrUnknown, where the thread isn't held yet
}

type ending struct {
	reason Reason
	text   string
}

// maxTries bounds how often a change is worked out again because the journal changed.
const maxTries = 4

// settle is the one way by which a thread changes: apply what came, decide, sign, apply
// what was signed, append all of it, synced. It returns what is held then, and what
// this side signed now. Nothing is stored where it returns an error.
func (s *Service) settle(ctx context.Context, t *thread, in input) (Agreement, []record.Verified, error) {
	if err := t.lock(ctx); err != nil {
		return Agreement{}, nil, err
	}
	defer t.unlock()
	var asked memory
	for range maxTries {
		if err := s.load(ctx, t); err != nil {
			return Agreement{}, nil, err
		}
		c := change{s: s, t: t, a: t.a, now: s.now(), asked: &asked}
		err := c.work(ctx, in)
		if err == nil {
			err = c.store(ctx)
		}
		if errors.Is(err, record.ErrConflict) {
			t.loaded = false
			continue
		}
		if err != nil {
			return t.a, nil, err
		}
		s.follow(t.a)
		return t.a, c.made, nil
	}
	return t.a, nil, record.ErrConflict
}
