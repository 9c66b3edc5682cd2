package offer

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

// Handle is the answer.Handler of ID, on the side of the person who cast. OK means that
// the offer is kept, or was before.
func (s *Service) Handle(ctx context.Context, req []byte) ([]byte, error) {
	r, err := parseRequest(req)
	if err != nil {
		return nil, refusal(err)
	}
	v, err := r.Verify(record.Want{To: s.c.Keys.Owns, At: s.c.Now(), Complete: true})
	if err != nil {
		return nil, refusal(err)
	}
	o, err := Read(v)
	if err != nil {
		return nil, refusal(err)
	}
	fresh, err := s.take(ctx, o, v)
	if err != nil {
		return nil, refusal(err)
	}
	if fresh && s.c.Received != nil {
		s.c.Received(ctx, o)
	}
	return nil, nil
}

// take stores o unless it is there, all checks first; fresh says that it wasn't.
func (s *Service) take(ctx context.Context, o Offer, v record.Verified) (fresh bool, err error) {
	defer s.lock(o.Cast)()
	accepted := false
	err = s.decide(ctx, o.Cast, func(held Offers, n int) error {
		// Before anything that time changes: a vendor whose answer was lost asks again.
		if _, there := held.Get(o.ID); there {
			return nil
		}
		now := s.c.Now()
		if !now.Before(o.GoodUntil) {
			return ErrLapsed
		}
		if o.GoodUntil.Sub(now) > MaxGood {
			return answer.Refuse(answer.Refused, "good for more than %s", MaxGood)
		}
		if err := s.c.Live(ctx, o.Cast, o.To); err != nil {
			return err
		}
		if err := held.Admit(o.Vendor); err != nil {
			return err
		}
		if !accepted {
			if err := s.c.Accepts(ctx, o); err != nil {
				return err
			}
			accepted = true
		}
		e := record.Entry{Subject: o.Cast, At: now, Rec: v}
		if err := s.c.Journal.Append(ctx, o.Cast, n, []record.Entry{e}); err != nil {
			return err
		}
		fresh = true
		return nil
	})
	return fresh, err
}

// parseRequest reads a request as far as it goes without verifying anything.
func parseRequest(req []byte) (record.Record, error) {
	if len(req) > MaxRequest {
		return record.Record{}, fmt.Errorf("%w: %d bytes, at most %d", record.ErrTooLarge, len(req), MaxRequest)
	}
	var m bywayv1.OfferRequest
	if err := proto.Unmarshal(req, &m); err != nil {
		return record.Record{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r, err := record.ParseRecord(m.GetOffer())
	if err != nil {
		return record.Record{}, err
	}
	return r, offerForm.Check(r)
}

var refusals = []struct {
	err    error
	status answer.Status
}{
	{ErrMalformed, answer.Malformed},
	{form.ErrType, answer.UnknownType},
	{ErrLapsed, answer.Expired},
	{ErrMany, answer.Refused},
}

// refusal turns what is the vendor's to know into a status; what isn't stays an
// internal failure, after which it tries again.
func refusal(err error) error {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return answer.Refuse(r.status, "%v", err)
		}
	}
	return answer.FromGate(err)
}
