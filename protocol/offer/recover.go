package offer

import (
	"context"
	"slices"

	"github.com/bywaynet/byway/protocol/record"
)

// Recover keeps a verified offer that this party held before it lost something. At the person's
// side it is judged as one that comes now; at the vendor's it is kept as its own, and counts as
// delivered, since the person's node had it. Held already, it changes nothing. Errors: as Handle's; Read's.
func (s *Service) Recover(ctx context.Context, v record.Verified) error {
	o, err := Read(v)
	if err != nil {
		return err
	}
	if !s.c.Keys.Owns(o.Vendor) {
		fresh, err := s.take(ctx, o, v)
		if fresh && s.c.Received != nil {
			s.c.Received(ctx, o)
		}
		return err
	}
	defer s.lock(o.Cast)()
	return s.decide(ctx, o.Cast, func(held Offers, n int) error {
		if _, there := held.Get(o.ID); there {
			return nil
		}
		now := s.c.Now()
		return s.c.Journal.Append(ctx, o.Cast, n, []record.Entry{
			{Subject: o.Cast, At: now, Mine: true, Rec: v},
			{Subject: o.Cast, At: now, Mine: true, Note: note{kind: noteDelivered, offer: o.ID}.encode()},
		})
	})
}

// RecoverTaking keeps a verified taking of an offer for a cast of this party's. Held already, it
// changes nothing. Errors: ReadTaking's, the journal's.
func (s *Service) RecoverTaking(ctx context.Context, cast record.ID, v record.Verified) error {
	t, err := ReadTaking(v)
	if err != nil {
		return err
	}
	defer s.lock(cast)()
	return s.decide(ctx, cast, func(held Offers, n int) error {
		if slices.ContainsFunc(held.takings, func(o Taking) bool { return o.ID == t.ID }) {
			return nil
		}
		return s.c.Journal.Append(ctx, cast, n, []record.Entry{{Subject: cast, At: s.c.Now(), Mine: s.c.Keys.Owns(t.CastKey), Rec: v}})
	})
}
