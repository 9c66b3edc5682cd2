package agreement

import (
	"context"
	"fmt"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
)

// OpenProffer returns the open proffer that a record carries, as the body that an
// acceptance of it agrees to, less the organisation's name, and the key that made it.
// Errors: ErrMalformed or ErrSigner where it carries none; record.ErrIncomplete.
func OpenProffer(carrier record.Verified) (Body, record.Key, error) {
	if !carrier.Complete() {
		return Body{}, record.Key{}, fmt.Errorf("%w: an open proffer is signed by who makes it", record.ErrIncomplete)
	}
	k, b, err := openProffer(carrier.Record().Statement())
	return b, k, err
}

// Accept signs, as the organisation, an acceptance of the open proffer that carrier
// holds, keeps it, and returns it for an offer to carry: with it both sides are bound,
// although nothing goes back. A second call makes a second acceptance. Errors:
// ErrExpired after accept_by, those of OpenProffer, and the journal's.
func (s *Service) Accept(ctx context.Context, carrier record.Verified, as record.Key, name string) (Agreement, error) {
	b, caster, err := OpenProffer(carrier)
	if err != nil {
		return Agreement{}, err
	}
	b.SecondName = name
	if err := b.Validate(); err != nil {
		return Agreement{}, err
	}
	now := s.now()
	if now.After(b.AnswerBy) {
		return Agreement{}, ErrExpired
	}
	signer, err := s.Keys.Signer(ctx, as)
	if err != nil {
		return Agreement{}, err
	}
	payload, err := encode(&bywayv1.Acceptance{Carrier: carrier.Bytes(), SecondName: name})
	if err != nil {
		return Agreement{}, err
	}
	var a Agreement
	err = s.Journal.AppendLinked(ctx, as, caster, 0, func(l record.Link) ([]record.Entry, error) {
		r, err := sign(ctx, record.Draft{
			Type: TypeAcceptance, Version: PayloadVersion, Recipient: caster, Link: l,
			Signers: []record.Signatory{{Role: record.RoleSecond, Key: as}}, Payload: payload,
		}, signer)
		if err != nil {
			return nil, err
		}
		m, next, err := For(Second).applyOwn(r, now)
		a = next
		return []record.Entry{{Subject: next.ID(), At: now, Mine: true, Rec: m.Rec}}, err
	})
	return a, err
}

// Keep keeps, as the person, an acceptance that came inside an offer, and returns the
// agreement that it completes. An acceptance kept before is no error. Errors:
// ErrExpired where it came after accept_by by this clock, record.ErrRecipient where it isn't
// for one of this party's keys, and those of Read.
func (s *Service) Keep(ctx context.Context, acceptance record.Verified) (Agreement, error) {
	m, err := Read(acceptance)
	if err != nil {
		return Agreement{}, err
	}
	if m.Kind != KindAcceptance {
		return Agreement{}, fmt.Errorf("%w: a %s isn't an acceptance", ErrType, m.Kind)
	}
	if !s.Keys.Owns(m.First) {
		return Agreement{}, fmt.Errorf("%w: to %s", record.ErrRecipient, m.First.Short())
	}
	t := s.threads.hold(m.Thread())
	defer s.threads.release(t)
	in := input{me: First, msgs: []Message{m}}
	if s.now().After(m.Body.AnswerBy) {
		in.known = true
	}
	a, _, err := s.settle(ctx, t, in)
	if in.known && a.proffer == nil {
		return Agreement{}, fmt.Errorf("%w: it came after accept_by", ErrExpired)
	}
	return a, err
}
