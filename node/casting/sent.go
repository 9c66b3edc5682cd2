package casting

import (
	"context"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// errand brings one offer to the person's node until that has it, or it is no longer good.
func (v *Vendor) errand(cast, id record.ID, n nonce) errand {
	return errand{key: id.String(), try: func(ctx context.Context) bool {
		err := v.sender.Deliver(ctx, cast, id)
		if _, refused := final(err); err != nil && !refused {
			v.Log.Info("offer not delivered yet; it is tried again", "offer", id.Short(), "err", err)
			return false
		} else if refused {
			v.Log.Info("offer refused by the person's node", "offer", id.Short(), "err", err)
		}
		if err := v.sent(context.WithoutCancel(ctx), cast, n); err != nil {
			v.Log.Error("can't keep that an offer was delivered", "offer", id.Short(), "err", err)
			return false
		}
		return true
	}}
}

func (v *Vendor) sent(ctx context.Context, cast record.ID, n nonce) error {
	return v.Store.Commit(ctx, store.Batch{Rows: []store.Row{{Table: tableSending, Key: append(cast[:len(cast):len(cast)], n[:]...)}}})
}

// loadSent puts into the outbox what was on its way. A plan whose offer was never
// made is left to whoever makes it.
func (v *Vendor) loadSent(ctx context.Context) error {
	return scan(ctx, v.Store, tableSending, nil, func(r store.Row) error {
		var cast record.ID
		var n nonce
		if len(r.Key) != len(cast)+len(n) {
			return fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableSending)
		}
		copy(cast[:], r.Key)
		copy(n[:], r.Key[len(cast):])
		held, err := v.maker.Offers(ctx, cast)
		if err != nil {
			return err
		}
		for _, s := range held.All() {
			if s.Offer.Nonce != n {
				continue
			}
			if err := v.learn(s.Offer); err != nil {
				v.Log.Info("no road back to an intention that this node can take", "intention", cast.Short(), "err", err)
			}
			v.outbox.put(v.errand(cast, s.Offer.ID, n))
		}
		return nil
	})
}

// learn remembers the roads that the cast behind an offer lists.
func (v *Vendor) learn(o offer.Offer) error {
	c, err := castOf(o)
	if err != nil {
		return err
	}
	return v.Roads.Learn(c.Key, c.Reply)
}

// castOf returns the cast that an offer answers, from the acceptance inside.
func castOf(o offer.Offer) (intention.Cast, error) {
	rec, err := record.Verify(o.Acceptance, record.Want{Complete: true})
	if err != nil {
		return intention.Cast{}, err
	}
	m, err := agreement.Read(rec)
	if err != nil {
		return intention.Cast{}, err
	}
	return intention.ReadCast(m.Carrier)
}

// standing returns one offer of this vendor's.
func (v *Vendor) standing(ctx context.Context, cast, id record.ID) (Offer, error) {
	held, err := v.maker.Offers(ctx, cast)
	if err != nil {
		return Offer{}, err
	}
	s, ok := held.Get(id)
	if !ok {
		return Offer{}, fmt.Errorf("%w: offer %s", ErrUnknown, id.Short())
	}
	return show(s, v.now())
}

// Sent returns the offers that this vendor made, the newest first: for one intention, or for all where
// the id is zero.
func (v *Vendor) Sent(ctx context.Context, cast record.ID) ([]Offer, error) {
	var prefix []byte
	if !cast.IsZero() {
		prefix = cast[:]
	}
	var casts []record.ID
	err := scan(ctx, v.Store, tableQuotes, prefix, func(r store.Row) error {
		if len(r.Key) <= len(cast) {
			return fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableQuotes)
		}
		if id := record.ID(r.Key[:len(cast)]); len(casts) == 0 || casts[len(casts)-1] != id {
			casts = append(casts, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []Offer
	for _, id := range casts {
		held, err := v.maker.Offers(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, s := range held.All() {
			o, err := show(s, v.now())
			if err != nil {
				return nil, err
			}
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Offer) int { return b.At.Compare(a.At) })
	return out, nil
}

// Intentions returns what is live, in the order it was heard; with all also what has
// expired and isn't dropped yet.
func (v *Vendor) Intentions(ctx context.Context, all bool) ([]Intention, error) {
	var out []Intention
	err := scan(ctx, v.Store, tableIntentions, nil, func(r store.Row) error {
		i, err := readHeard(r)
		if err != nil {
			return err
		}
		if i.Offers, err = v.countMade(ctx, i.ID); err != nil {
			return err
		}
		switch {
		case !v.now().Before(i.Expires):
			i.State = intention.Expired
		case i.Offers > 0:
			i.State = intention.Answered
		}
		if all || open(i.Intention) {
			out = append(out, i.Intention)
		}
		return nil
	})
	return out, err
}

// Get returns one live intention. Errors: ErrUnknown, ErrOver, those of the store.
func (v *Vendor) Get(ctx context.Context, id record.ID) (Intention, error) {
	i, err := v.byID(ctx, id)
	if err != nil {
		return Intention{}, err
	}
	if i.Offers, err = v.countMade(ctx, id); i.Offers > 0 {
		i.State = intention.Answered
	}
	return i.Intention, err
}
