package agreement

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// To says between whom: one of this person's keys, made for this organisation, and the organisation's.
type To struct{ Me, Them record.Key }

// Along makes a record that goes along with a proffer, given the proffer's
// statement, such as the taking of an offer. It may be called again after a conflict; what
// it returned before was never sent.
type Along func(ctx context.Context, proffer record.Statement) (record.Record, error)

// Proffer signs b as the first party, keeps it, sends it, and returns once it is
// answered or a human is asked over there. A nonce of zeros is replaced by a random one.
// At most MaxWith records go along.
//
// Errors, with nothing signed: ErrDoesntSpeak, ErrMalformed, ErrExpired, and what Caller and Journal
// say. With the proffer signed and kept, and returned: ErrUnreached, where Run goes on
// sending it; an *answer.Refusal in the chain, where the peer refused to look at it.
func (s *Service) Proffer(ctx context.Context, to To, b Body, with ...Along) (Agreement, error) {
	if err := s.checkProffer(to, &b, len(with)); err != nil {
		return Agreement{}, err
	}
	speaks, err := s.Caller.Speaks(ctx, to.Them)
	if err != nil {
		return Agreement{}, fmt.Errorf("ask whether %s speaks %s: %w", to.Them.Short(), ID, err)
	}
	if !speaks {
		return Agreement{}, ErrDoesntSpeak
	}
	a, n, err := s.proffer(ctx, to, b, with)
	if err != nil {
		return Agreement{}, err
	}
	t := s.threads.hold(a.ID())
	defer s.threads.release(t)
	if err := t.lock(ctx); err != nil {
		return a, err
	}
	if !t.loaded {
		t.a, t.n, t.loaded = a, n, true
	}
	t.unlock()
	s.follow(a)
	return s.sendAll(ctx, t, a, []record.Verified{a.proffer.m.Rec})
}

func (s *Service) checkProffer(to To, b *Body, with int) error {
	if b.Nonce == [16]byte{} {
		var err error
		if b.Nonce, err = s.nonce(); err != nil {
			return err
		}
	}
	if err := b.Validate(); err != nil {
		return err
	}
	if !b.Answers.IsZero() || with > MaxWith || to.Me == to.Them || s.Keys.Owns(to.Them) {
		return fmt.Errorf("%w: a proffer answers nothing, goes to another party, with at most %d records", ErrMalformed, MaxWith)
	}
	if s.now().After(b.AnswerBy) {
		return ErrExpired
	}
	return nil
}

// proffer signs and keeps the proffer, and returns it with the number of entries kept.
func (s *Service) proffer(ctx context.Context, to To, b Body, with []Along) (Agreement, int, error) {
	signer, err := s.Keys.Signer(ctx, to.Me)
	if err != nil {
		return Agreement{}, 0, err
	}
	var a Agreement
	n := 0
	now := s.now()
	err = s.Journal.AppendLinked(ctx, to.Me, to.Them, 0, func(l record.Link) ([]record.Entry, error) {
		d, err := profferDraft(to.Me, to.Them, b, l)
		if err != nil {
			return nil, err
		}
		r, err := sign(ctx, d, signer)
		if err != nil {
			return nil, err
		}
		m, next, err := For(First).applyOwn(r, now)
		if err != nil {
			return nil, err
		}
		es := []record.Entry{{Subject: next.ID(), At: now, Mine: true, Rec: m.Rec}}
		for _, along := range with {
			w, err := along(ctx, r.Statement())
			if err != nil {
				return nil, err
			}
			v, err := w.Verify(record.Want{At: now, Complete: true})
			if err != nil {
				return nil, fmt.Errorf("what goes along: %w", err)
			}
			next.with = append(next.with, v)
			es = append(es, record.Entry{Subject: next.ID(), At: now, Mine: true, Rec: v})
		}
		if _, err := profferRequest(next); err != nil {
			return nil, err
		}
		a, n = next, len(es)
		return es, nil
	})
	return a, n, err
}

// profferRequest is the request that carries a proffer and what goes along.
func profferRequest(a Agreement) ([]byte, error) {
	q := request{rec: a.proffer.m.Rec.Bytes()}
	for _, w := range a.with {
		q.with = append(q.with, w.Bytes())
	}
	b, err := q.encode()
	if err == nil && len(b) > MaxRequest {
		return nil, fmt.Errorf("%w: with what goes along it takes %d bytes, at most %d", record.ErrTooLarge, len(b), MaxRequest)
	}
	return b, err
}
