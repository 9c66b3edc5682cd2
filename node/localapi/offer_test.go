package localapi

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
)

// received has offers for several casts, in the order in which they came; read counts how
// often the offers of a cast were read.
type received struct {
	*person
	all  []casting.Offer
	read int
}

func (r *received) Casts(context.Context, bool) (out []casting.Intention, err error) {
	for _, o := range r.all {
		i := casting.Intention{}
		if i.ID = o.Cast; !slices.ContainsFunc(out, func(x casting.Intention) bool { return x.ID == i.ID }) {
			out = append(out, i)
		}
	}
	return out, nil
}

func (r *received) Offers(_ context.Context, cast record.ID) (out []casting.Offer, err error) {
	r.read++
	for _, o := range r.all {
		if o.Cast == cast {
			out = append(out, o)
		}
	}
	return out, nil
}

// places lists them as a listing does.
type places struct{ *received }

func (p places) Offers(_ context.Context, after uint64, newest bool, limit int) (out []listing.Offered, err error) {
	for i, o := range p.all {
		out = append(out, listing.Offered{Place: uint64(i + 1), ID: o.ID, Cast: o.Cast})
	}
	if newest {
		slices.Reverse(out)
	}
	out = slices.DeleteFunc(out, func(o listing.Offered) bool {
		return after > 0 && (o.Place == after || newest == (o.Place > after))
	})
	return out[:min(limit, len(out))], nil
}

func (p places) Offer(ctx context.Context, id record.ID) (listing.Offered, bool, error) {
	all, err := p.Offers(ctx, 0, false, len(p.all))
	for _, o := range all {
		if o.ID == id {
			return o, true, err
		}
	}
	return listing.Offered{}, false, err
}

func (p places) FindOffer(context.Context, string, int) ([]record.ID, error) { return nil, nil }

func TestOffersArePagedOverAllCastsOrOne(t *testing.T) {
	c, p, _ := newPerson(t)
	r := &received{person: p}
	for i := range 6 {
		cast := record.SumID(fmt.Append(nil, "cast ", i%2))
		r.all = append(r.all, casting.Offer{Offer: offer.Offer{ID: record.SumID(fmt.Append(nil, "offer ", i)), Cast: cast}})
	}
	c.Person, c.Listed = r, places{r}
	even := r.all[0].Cast.String()
	for _, in := range []struct {
		cast   string
		newest bool
		want   []int
	}{
		{"", false, []int{0, 1, 2, 3, 4, 5}},
		{"", true, []int{5, 4, 3, 2, 1, 0}},
		{even, false, []int{0, 2, 4}},
		{even, true, []int{4, 2, 0}},
	} {
		for _, size := range []uint32{1, 2, 4, 50} {
			var got []string
			req := &localv1.ListOffersRequest{CastId: in.cast, Newest: in.newest, Limit: size}
			for {
				page, err := c.ListOffers(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range page.GetOffers() {
					got = append(got, o.GetId())
				}
				if req.After = page.GetNext(); req.After == 0 {
					break
				}
			}
			var want []string
			for _, i := range in.want {
				want = append(want, r.all[i].ID.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("cast %q, newest %v, %d at a time: %v, want %v", in.cast, in.newest, size, got, want)
			}
		}
	}
}

func TestPageOfOffersReadsEachCastOnce(t *testing.T) {
	c, p, _ := newPerson(t)
	r := &received{person: p}
	for i := range 6 {
		r.all = append(r.all, casting.Offer{Offer: offer.Offer{ID: record.SumID(fmt.Append(nil, i)), Cast: record.SumID(fmt.Append(nil, "cast ", i%2))}})
	}
	c.Person, c.Listed = r, places{r}
	if _, err := c.ListOffers(t.Context(), &localv1.ListOffersRequest{}); err != nil || r.read != 2 {
		t.Errorf("%d reads of two casts (%v)", r.read, err)
	}
}
