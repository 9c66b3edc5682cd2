package offer

import (
	"context"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// Send makes the offer o by the vendor's key me to a cast's key, journals it, then hands
// it over once. o's ID, Vendor and To are set here. Where the offer that comes back isn't zero it
// is made and kept, whatever the error; where the error isn't a refusal (answer.Outcome's
// Err says which), Deliver tries again. Other errors: ErrMalformed and record.ErrTooLarge
// for o's fields, ErrLapsed, ErrMany, the journal's and the keyring's.
func (s *Service) Send(ctx context.Context, o Offer, me, to record.Key) (Offer, error) {
	signer, err := s.c.Keys.Signer(ctx, me)
	if err != nil {
		return Offer{}, err
	}
	made, err := s.make(ctx, o, signer, to)
	if err != nil {
		return Offer{}, err
	}
	return made.Offer, s.deliver(ctx, made)
}

func (s *Service) make(ctx context.Context, o Offer, by record.Signer, to record.Key) (Standing, error) {
	defer s.lock(o.Cast)()
	var made Standing
	err := s.decide(ctx, o.Cast, func(held Offers, n int) error {
		now := s.c.Now()
		if !now.Before(o.GoodUntil) {
			return ErrLapsed
		}
		if err := held.Admit(by.Key()); err != nil {
			return err
		}
		return s.c.Journal.AppendLinked(ctx, by.Key(), to, n, func(l record.Link) ([]record.Entry, error) {
			r, err := New(ctx, o, to, l, by)
			if err != nil {
				return nil, err
			}
			v, err := r.Verify(record.Want{At: now, Complete: true, Known: r.Signatures()})
			if err != nil {
				return nil, err
			}
			offer, err := Read(v)
			if err != nil {
				return nil, err
			}
			made = Standing{Offer: offer, Record: v, At: now, Mine: true}
			return []record.Entry{{Subject: o.Cast, At: now, Mine: true, Rec: v}}, nil
		})
	})
	if err != nil {
		return Standing{}, err
	}
	return made, nil
}

// Deliver hands over an offer of ours that was made before, unless it is delivered,
// refused, taken or lapsed: then there is nothing to do. Errors: NotFound, the outcome's, the journal's.
func (s *Service) Deliver(ctx context.Context, cast, offer record.ID) error {
	o, err := s.Offers(ctx, cast)
	if err != nil {
		return err
	}
	made, there := o.Get(offer)
	if !there || !made.Mine {
		return answer.Refuse(answer.NotFound, "no offer %s of ours for this cast", offer.Short())
	}
	if made.State(s.c.Now()) != Made {
		return nil
	}
	return s.deliver(ctx, made)
}

// deliver calls once and notes what can't change any more.
func (s *Service) deliver(ctx context.Context, made Standing) error {
	req, err := deterministic.Marshal(&bywayv1.OfferRequest{Offer: made.Record.Bytes()})
	if err != nil {
		return err
	}
	out := s.c.Caller.Call(ctx, made.Offer.To, req)
	said := out.Err()
	n := note{kind: noteDelivered, offer: made.Offer.ID}
	if out.Final() {
		n = note{noteRefused, made.Offer.ID, said.Error()}
	} else if said != nil {
		return said
	}
	defer s.lock(made.Offer.Cast)()
	if err := s.note(ctx, made.Offer.Cast, n); err != nil {
		return err
	}
	return said
}
