package agreement

import (
	"context"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// Handle answers one request of /byway/agreement/1: it is an answer.Handler. What it
// refuses is an *answer.Refusal, and nothing of it is stored; an error of another kind is
// this node's own failure.
func (s *Service) Handle(ctx context.Context, req []byte) ([]byte, error) {
	resp, err := s.handle(ctx, req)
	if err != nil {
		return nil, Refusal(err)
	}
	return resp.encode()
}

// handle checks what is cheap first: bounds, shape, whose it is, signatures, then state.
func (s *Service) handle(ctx context.Context, req []byte) (response, error) {
	q, err := decodeRequest(req)
	if err != nil {
		return response{}, err
	}
	m, err := s.admit(q.rec, Agreement{})
	if err != nil {
		return response{}, err
	}
	with, err := s.admitWith(m, q.with)
	if err != nil {
		return response{}, err
	}
	if m.Kind == KindReceipt {
		if err := s.takeReceipt(ctx, m); err != nil {
			return response{}, err
		}
		s.Heard(ctx, m.key(m.By))
		return response{}, nil
	}
	t := s.threads.hold(m.Thread())
	defer s.threads.release(t)
	a, _, err := s.settle(ctx, t, input{
		me: m.By.Other(), msgs: []Message{m}, with: with, ask: true, known: m.Kind != KindProffer,
	})
	if err != nil {
		return response{}, err
	}
	s.Heard(ctx, m.key(m.By))
	return a.answer(m), nil
}

// answer returns what this side tells one who sent m.
func (a Agreement) answer(m Message) response {
	rs, pending := a.answers(m)
	out := response{pending: pending}
	for _, r := range rs {
		out.records = append(out.records, r.Bytes())
	}
	return out
}

// admit reads b as a message to this party, and verifies it, less the signatures on the
// same statement that are held already.
func (s *Service) admit(b []byte, held Agreement) (Message, error) {
	r, err := record.ParseRecord(b)
	if err != nil {
		return Message{}, err
	}
	m, err := read(r)
	if err != nil {
		return Message{}, err
	}
	if m.Kind == KindAcceptance {
		return Message{}, fmt.Errorf("%w: an acceptance travels inside an offer", ErrType)
	}
	if me := m.key(m.By.Other()); !s.Keys.Owns(me) {
		return Message{}, fmt.Errorf("%w: to %s", record.ErrRecipient, me.Short())
	}
	w := record.Want{At: s.now(), Known: held.signatures(r.ID())}
	if m.Kind != KindAccept {
		w.To = s.Keys.Owns // a body with both signatures comes back to who made it
	}
	v, err := r.Verify(w)
	if err != nil {
		return Message{}, err
	}
	return m.verified(v)
}

// admitWith verifies what goes along with a proffer.
func (s *Service) admitWith(m Message, with [][]byte) ([]record.Verified, error) {
	if len(with) > 0 && m.Kind != KindProffer {
		return nil, fmt.Errorf("%w: records go along with a proffer alone", ErrMalformed)
	}
	var out []record.Verified
	for _, b := range with {
		r, err := record.ParseRecord(b)
		if err != nil {
			return nil, fmt.Errorf("what goes along: %w", err)
		}
		if _, ours := parsers[r.Statement().Type()]; ours {
			return nil, fmt.Errorf("%w: a %s doesn't go along with a proffer", ErrType, r.Statement().Type())
		}
		v, err := r.Verify(record.Want{To: s.Keys.Owns, At: s.now(), Complete: true})
		if err != nil {
			return nil, fmt.Errorf("what goes along: %w", err)
		}
		out = append(out, v)
	}
	return out, nil
}

// takeReceipt applies a receipt to each thread that it is about. It is refused where
// none of them is held, or where it contradicts one.
func (s *Service) takeReceipt(ctx context.Context, m Message) error {
	ids := m.threads()
	errs := inParallel(len(ids), func(i int) error {
		t := s.threads.hold(ids[i])
		defer s.threads.release(t)
		_, _, err := s.settle(ctx, t, input{me: m.By.Other(), msgs: []Message{m}, known: true})
		return err
	})
	unknown := 0
	for _, err := range errs {
		switch {
		case errors.Is(err, ErrUnknown):
			unknown++
		case err != nil:
			return err
		}
	}
	if unknown == len(ids) {
		return fmt.Errorf("%w: the receipt names nothing that is held", ErrUnknown)
	}
	return nil
}
