package agreement

import (
	"context"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// maxRounds bounds how often what one answer led to is sent straight on: a proffer, then
// the acceptance of an alternative or an end, and nothing after that.
const maxRounds = 3

// sendAll sends what this side has just signed, and what it signs because of the
// answers. It returns what is held then, and ErrUnreached where something is still to be sent.
func (s *Service) sendAll(ctx context.Context, t *thread, a Agreement, out []record.Verified) (Agreement, error) {
	for range maxRounds {
		var next []record.Verified
		for _, v := range out {
			after, made, err := s.send(ctx, t, a, v)
			if err != nil {
				return after, err
			}
			a, next = after, append(next, made...)
		}
		if out = next; len(out) == 0 {
			return a, nil
		}
	}
	return a, nil
}

// send sends one record of this side once, and applies the answer.
func (s *Service) send(ctx context.Context, t *thread, a Agreement, v record.Verified) (Agreement, []record.Verified, error) {
	b, err := request{rec: v.Bytes()}.encode()
	if v.ID() == a.ID() && a.me == First {
		b, err = profferRequest(a)
	}
	if err != nil {
		return a, nil, err
	}
	them := a.proffer.m.key(a.me.Other())
	called := s.queue.calling(a.ID(), them)
	out := s.Caller.Call(ctx, them, b)
	called(out.Inferred == nil && out.Turned == answer.NotTurned, s.now())
	if err := out.Err(); err != nil {
		return s.failed(ctx, t, a, v, out)
	}
	resp, err := decodeResponse(out.Resp)
	if err != nil {
		return a, nil, fmt.Errorf("%w: its answer can't be read: %w", ErrUnreached, err)
	}
	return s.answered(ctx, t, a, resp)
}

// answered applies what the other side answered. What of it isn't good is left out and logged.
func (s *Service) answered(ctx context.Context, t *thread, a Agreement, resp response) (Agreement, []record.Verified, error) {
	in := input{ask: true, known: true}
	for _, b := range resp.records {
		m, err := s.admit(b, a)
		if err != nil {
			s.Log.Warn("an answer holds a record that is refused", "id", a.ID(), "err", err)
			continue
		}
		in.msgs = append(in.msgs, m)
	}
	if resp.pending && a.me == First {
		in.notes = append(in.notes, []byte{noteTheirs})
	}
	if len(in.msgs)+len(in.notes) == 0 {
		return a, nil, nil
	}
	after, made, err := s.settle(ctx, t, in)
	if err != nil {
		s.Log.Warn("an answer is refused", "id", a.ID(), "err", err)
		if after.proffer == nil {
			after = a
		}
		return after, nil, nil
	}
	return after, made, nil
}

// failed keeps in a note that the peer refused to look at a proffer; other failures pass.
func (s *Service) failed(ctx context.Context, t *thread, a Agreement, v record.Verified, out answer.Outcome) (Agreement, []record.Verified, error) {
	err := out.Err()
	if !out.Final() {
		return a, nil, fmt.Errorf("%w: %w", ErrUnreached, err)
	}
	if v.ID() != a.ID() || a.me != First || a.State() != Open {
		if out.Said == answer.NotFound { // a withdrawal of what never came: nothing to undo
			return a, nil, nil
		}
		return a, nil, fmt.Errorf("refused there: %w", err)
	}
	after, _, kept := s.settle(ctx, t, input{known: true, notes: [][]byte{refusedNote(out.Said, out.Text)}})
	if kept != nil {
		return a, nil, errors.Join(err, kept)
	}
	return after, nil, fmt.Errorf("refused there: %w", err)
}

// signatures returns those held on one statement, and on no other: a signature that
// was verified over one says nothing of another.
func (a Agreement) signatures(id record.ID) []record.Signature {
	var out []record.Signature
	for _, f := range []*fact{a.proffer, a.whole, a.alts[0].body, a.alts[0].whole, a.alts[1].body, a.alts[1].whole} {
		if f != nil && f.m.Rec.ID() == id {
			out = append(out, f.m.Rec.Record().Signatures()...)
		}
	}
	return out
}
