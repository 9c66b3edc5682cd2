package casting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

// tableTakings: offer's id → the cast's id (32) ‖ the id of the proffer that takes it
// (32). Written before the proffer is, so one may name a proffer that there never was.
const tableTakings store.Table = "takings"

// Purpose is what the proffer that takes an offer says it is for.
const Purpose = "service by an offer"

// answerWithin is how long a vendor has to countersign what it offered, at most until the offer lapses.
const answerWithin = 24 * time.Hour

func open(i Intention) bool { return i.State <= intention.Answered }

// Accept takes an offer: it proffers terms (a roster id that the offer lists; empty for
// the first that she takes) under the key made for that vendor, with a taking signed
// by that key and the cast's. A second call returns
// what the first began, unless that came to nothing. Errors:
// ErrUnknown, offer.ErrLapsed, offer.ErrTerms, and nothing was signed; those of
// agreement's Proffer, with the agreement where one was signed.
func (p *Person) Accept(ctx context.Context, id record.ID, termsID string) (agreement.Agreement, error) {
	p.takings.Lock()
	defer p.takings.Unlock()
	o, err := p.find(ctx, id)
	if err != nil {
		return agreement.Agreement{}, err
	}
	if begun, err := p.begun(ctx, o); err != nil || stands(begun, p.now()) {
		return begun, err
	}
	t, err := p.choose(o, termsID)
	if err != nil {
		return agreement.Agreement{}, err
	}
	if err := o.Stands(t, p.now()); err != nil {
		return agreement.Agreement{}, err
	}
	p.learn(o.Offer)
	return p.take(ctx, o, t)
}

// find returns an offer that she received. Errors: ErrUnknown, those of the store.
func (p *Person) find(ctx context.Context, id record.ID) (Offer, error) {
	var cast record.ID
	if p.CastOf != nil {
		var err error
		if cast, err = p.CastOf(ctx, id); err != nil {
			return Offer{}, err
		}
		if cast.IsZero() {
			return Offer{}, fmt.Errorf("%w: offer %s", ErrUnknown, id.Short())
		}
	}
	all, err := p.Offers(ctx, cast)
	if err != nil {
		return Offer{}, err
	}
	for _, o := range all {
		if o.ID == id {
			return o, nil
		}
	}
	return Offer{}, fmt.Errorf("%w: offer %s", ErrUnknown, id.Short())
}

// choose returns the terms to proffer, of those that the offer lists.
func (p *Person) choose(o Offer, id string) (terms.Ref, error) {
	wanted := p.Acceptable()
	if id != "" {
		wanted = []string{id}
	}
	for _, id := range wanted {
		t, ok := p.Roster.Lookup(id)
		if ok && slices.Contains(o.Terms, t.Ref) {
			return t.Ref, nil
		}
	}
	listed := make([]string, len(o.Terms))
	for i, t := range o.Terms {
		listed[i] = t.ID
	}
	return terms.Ref{}, fmt.Errorf("%w: wanted %v, it lists %v; try one of those", offer.ErrTerms, wanted, listed)
}

// begun returns the agreement by which the offer was taken before; the empty one where it wasn't.
func (p *Person) begun(ctx context.Context, o Offer) (agreement.Agreement, error) {
	b, err := p.Store.Get(ctx, tableTakings, o.ID[:])
	if errors.Is(err, store.ErrNotFound) {
		return agreement.Agreement{}, nil
	}
	if err != nil {
		return agreement.Agreement{}, err
	}
	cast, proffer, err := readTaking(b)
	if err != nil {
		return agreement.Agreement{}, err
	}
	a, err := p.Agreements.Get(ctx, proffer)
	if errors.Is(err, agreement.ErrUnknown) {
		return agreement.Agreement{}, nil
	}
	if err != nil {
		return agreement.Agreement{}, err
	}
	return a, p.mendTaking(ctx, cast, proffer)
}

// stands reports whether a proffer that takes an offer is agreed, or can still be: an
// offer whose taking came to nothing may be taken again.
func stands(a agreement.Agreement, now time.Time) bool {
	v := a.View(now)
	switch {
	case a.ID().IsZero(), v.Expired, v.State == agreement.Ended, v.Refused != answer.OK:
		return false
	}
	return v.State == agreement.Complete || v.EndedBy == 0
}

func (p *Person) take(ctx context.Context, o Offer, t terms.Ref) (agreement.Agreement, error) {
	cast, err := p.Keys.Signer(ctx, o.To)
	if err != nil {
		return agreement.Agreement{}, err
	}
	me, err := p.Meet(ctx, o.Vendor)
	if err != nil {
		return agreement.Agreement{}, err
	}
	fresh, err := p.Keys.Signer(ctx, me)
	if err != nil {
		return agreement.Agreement{}, err
	}
	by := p.now().Add(answerWithin)
	if o.GoodUntil.Before(by) {
		by = o.GoodUntil
	}
	body := agreement.Body{Terms: t, SecondName: o.Name, About: o.ID, Purpose: Purpose, AnswerBy: by}
	along := func(ctx context.Context, proffer record.Statement) (record.Record, error) {
		h, err := p.Store.Head(ctx, o.To, o.Vendor)
		if err != nil {
			return record.Record{}, err
		}
		epoch, err := p.Store.Epoch(ctx)
		if err != nil {
			return record.Record{}, err
		}
		if err := p.Store.Put(ctx, tableTakings, o.ID[:], takingRow(o.Cast, proffer.ID())); err != nil {
			return record.Record{}, err
		}
		link := record.Link{N: max(h.N+1, record.Place(epoch, 1)), Sent: h.Sent, Held: h.Held}
		return offer.NewTaking(ctx, offer.Taking{Offer: o.ID, CastKey: o.To, NewKey: me, Vendor: o.Vendor, Proffer: proffer.ID()}, link, cast, fresh)
	}
	a, err := p.Agreements.Proffer(ctx, agreement.To{Me: me, Them: o.Vendor}, body, along)
	if a.ID().IsZero() {
		return a, err
	}
	return a, errors.Join(err, p.mendTaking(context.WithoutCancel(ctx), o.Cast, a.ID()))
}

// mendTakings puts the takings that a crash kept from their casts beside them.
func (p *Person) mendTakings(ctx context.Context) error {
	return scan(ctx, p.Store, tableTakings, nil, func(r store.Row) error {
		cast, proffer, err := readTaking(r.Value)
		if err != nil {
			return err
		}
		return p.mendTaking(ctx, cast, proffer)
	})
}

// mendTaking keeps, among the entries of a cast, the taking that went along with a
// proffer: there it says that the cast's key has handed over. Kept already, it changes nothing.
func (p *Person) mendTaking(ctx context.Context, cast, proffer record.ID) error {
	held, err := p.offers.Offers(ctx, cast)
	if err != nil {
		return err
	}
	for _, s := range held.All() {
		if slices.ContainsFunc(s.Takings, func(t offer.Taking) bool { return t.Proffer == proffer }) {
			return nil
		}
	}
	es, err := p.Store.Entries(ctx, proffer)
	if err != nil {
		return err
	}
	for _, e := range es {
		if e.Rec.Statement().Type() == offer.TypeTaking {
			return p.Store.Append(ctx, cast, -1, []record.Entry{{Subject: cast, At: e.At, Mine: true, Rec: e.Rec}})
		}
	}
	return nil
}

func takingRow(cast, proffer record.ID) []byte {
	return append(cast[:len(cast):len(cast)], proffer[:]...)
}

func readTaking(b []byte) (cast, proffer record.ID, err error) {
	if len(b) != len(cast)+len(proffer) {
		return cast, proffer, fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableTakings)
	}
	return record.ID(b[:len(cast)]), record.ID(b[len(cast):]), nil
}
