package casting

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Taking decides on a proffer that takes an offer; false where none goes along. An offer
// of ours binds us: it is accepted while it is good, once, for the terms that it lists and the keys that it was
// made for. What isn't covered so is declined.
func (v *Vendor) Taking(ctx context.Context, p agreement.Proffer) (agreement.Decision, bool) {
	at := slices.IndexFunc(p.With, func(w record.Verified) bool { return w.Statement().Type() == offer.TypeTaking })
	if at < 0 {
		return agreement.Decision{}, false
	}
	why, err := v.covers(ctx, p, p.With[at])
	switch {
	case err != nil:
		// Declining would break what we signed, and accepting what we can't see would bind us: a human looks.
		v.Log.Error("can't tell whether an offer covers a proffer; it waits for you", "proffer", p.ID.Short(), "err", err)
		return agreement.Decision{Kind: agreement.Ask}, true
	case why != "":
		return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonOffer, Text: why}, true
	}
	return agreement.Decision{Kind: agreement.Accept}, true
}

// covers returns why an offer of ours doesn't cover the proffer; "" where one does, and
// then the taking is kept among what is kept about it.
func (v *Vendor) covers(ctx context.Context, p agreement.Proffer, w record.Verified) (why string, err error) {
	t, err := offer.ReadTaking(w)
	if err != nil {
		return "the taking can't be read", nil
	}
	v.taking.Lock()
	defer v.taking.Unlock()
	s, ok, err := v.offered(ctx, t)
	if err != nil {
		return "", err
	}
	if !ok || p.Second != v.Key {
		return "no such offer of ours", nil
	}
	if err := t.Covers(s.Offer, p.ID, p.First); err != nil {
		return "the taking doesn't fit the offer and the proffer", nil
	}
	if p.Body.About != s.Offer.ID || p.Body.SecondName != v.Name {
		return "the proffer is about something else than the offer, or names another party", nil
	}
	if n := len(s.Takings); n > 0 {
		if s.Takings[0].Proffer == p.ID {
			return "", nil
		}
		return "the offer was taken already", nil
	}
	switch err := s.Offer.Stands(p.Body.Terms, v.now()); {
	case errors.Is(err, offer.ErrLapsed):
		return "the offer has lapsed", nil
	case err != nil:
		return "the offer doesn't list those terms", nil
	}
	return "", v.Store.Append(ctx, s.Offer.Cast, -1, []record.Entry{{Subject: s.Offer.Cast, At: v.now(), Rec: w}})
}

// offered returns the offer of ours that a taking names, by the casts that its key made.
func (v *Vendor) offered(ctx context.Context, t offer.Taking) (found offer.Standing, ok bool, err error) {
	err = scan(ctx, v.Store, tableAnswered, t.CastKey[:], func(r store.Row) error {
		cast, err := record.IDFromBytes(r.Key[len(t.CastKey):])
		if err != nil {
			return fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableAnswered)
		}
		held, err := v.maker.Offers(ctx, cast)
		if err != nil {
			return err
		}
		if s, there := held.Get(t.Offer); there && s.Mine {
			found, ok = s, true
		}
		return nil
	})
	return found, ok, err
}
