package localapi

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/record"
)

// Offers lists where offers stand, in the order in which they came or were made: a listing.
type Offers interface {
	Offers(ctx context.Context, after uint64, newest bool, limit int) ([]listing.Offered, error)
	Offer(ctx context.Context, id record.ID) (listing.Offered, bool, error)
	// FindOffer returns up to limit ids that, after what all ids begin with, have the given letters.
	FindOffer(ctx context.Context, letters string, limit int) ([]record.ID, error)
}

// ListOffers implements the service.
func (c *Casting) ListOffers(ctx context.Context, req *localv1.ListOffersRequest) (*localv1.ListOffersResponse, error) {
	of, cast, err := c.offersOf(ctx, req)
	if err != nil {
		return nil, err
	}
	limit, newest := bounded(req.GetLimit()), req.GetNewest() || req.GetSent() || c.Person == nil
	var places []listing.Offered
	if cast.IsZero() {
		places, err = c.Listed.Offers(ctx, req.GetAfter(), newest, limit)
	} else {
		places, err = c.forCast(ctx, of, cast, req.GetAfter(), newest, limit)
	}
	if err != nil {
		return nil, err
	}
	out := &localv1.ListOffersResponse{}
	out.Offers, err = c.atPlaces(ctx, of, places)
	out.Next = nextPage(places, limit, func(o listing.Offered) uint64 { return o.Place })
	return out, err
}

// offersFor reads the offers for one cast.
type offersFor func(ctx context.Context, cast record.ID) ([]casting.Offer, error)

// offersOf returns whose offers are listed, and for which cast; zero for all.
func (c *Casting) offersOf(ctx context.Context, req *localv1.ListOffersRequest) (offersFor, record.ID, error) {
	var id record.ID
	var err error
	word := req.GetCastId()
	if c.Person != nil && !req.GetSent() {
		if word != "" {
			id, err = c.cast(ctx, c.Person, word)
		}
		return c.Person.Offers, id, err
	}
	s, err := c.shop()
	if err != nil {
		return nil, id, err
	}
	if word != "" {
		id, err = c.heard(ctx, s, word)
	}
	return s.Sent, id, err
}

// forCast returns the places of one cast's offers: there are few, so all are looked at.
func (c *Casting) forCast(ctx context.Context, of offersFor, cast record.ID, after uint64, newest bool, limit int) ([]listing.Offered, error) {
	all, err := of(ctx, cast)
	if err != nil {
		return nil, err
	}
	var out []listing.Offered
	for _, o := range all {
		p, ok, err := c.Listed.Offer(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		if ok && (after == 0 || newest == (p.Place < after) && p.Place != after) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b listing.Offered) int {
		if newest {
			a, b = b, a
		}
		return cmp.Compare(a.Place, b.Place)
	})
	return out[:min(limit, len(out))], nil
}

// atPlaces reads what stands at places; each cast among them is read once.
func (c *Casting) atPlaces(ctx context.Context, of offersFor, places []listing.Offered) ([]*localv1.Offer, error) {
	casts := make(map[record.ID][]casting.Offer)
	var out []*localv1.Offer
	for _, p := range places {
		all, read := casts[p.Cast]
		if !read {
			var err error
			if all, err = of(ctx, p.Cast); err != nil && !errors.Is(err, casting.ErrUnknown) {
				return nil, err // a cast that this node has dropped takes its offers along
			}
			casts[p.Cast] = all
		}
		for _, o := range all {
			if o.ID == p.ID {
				w := c.offer(o)
				w.Cursor = p.Place
				out = append(out, w)
			}
		}
	}
	return out, nil
}

// received returns the id of the one offer that s is, or begins.
func (c *Casting) received(ctx context.Context, s string) (record.ID, error) {
	return pick(s, "byway offers", begun(ctx, s, c.Listed.FindOffer))
}

// shown returns one offer as it stands; nil where there is none.
func (c *Casting) shown(ctx context.Context, p Person, id record.ID) (*localv1.Offer, error) {
	at, ok, err := c.Listed.Offer(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	all, err := c.atPlaces(ctx, p.Offers, []listing.Offered{at})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}
