package localapi

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/bywaynet/byway/node/casting"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/record"
)

// Person is a person's side of casting.
type Person interface {
	Cast(ctx context.Context, w casting.Wish) (casting.Intention, error)
	Casts(ctx context.Context, all bool) ([]casting.Intention, error)
	Withdraw(ctx context.Context, id record.ID) (casting.Intention, error)
	Offers(ctx context.Context, cast record.ID) ([]casting.Offer, error)
	Accept(ctx context.Context, id record.ID, termsID string) (agreement.Agreement, error)
}

// Shop is an organisation's side of casting.
type Shop interface {
	Intentions(ctx context.Context, all bool) ([]casting.Intention, error)
	Offer(ctx context.Context, id record.ID, q casting.Quote) (casting.Offer, error)
	Sent(ctx context.Context, cast record.ID) ([]casting.Offer, error)
	Import(ctx context.Context, r io.Reader, o catalog.Options) (catalog.Report, error)
	Catalog() catalog.List
	Mode() casting.Mode
	SetMode(ctx context.Context, m casting.Mode) error
}

// Casting serves the CastingService: Person or Shop is set, whichever the owner is.
type Casting struct {
	localv1connect.UnimplementedCastingServiceHandler
	Person      Person
	Shop        Shop
	Book        Book
	Communities Communities
	Listed      Offers
	Answers     Answers
	Now         func() time.Time
}

func (c *Casting) person() (Person, error) {
	if c.Person == nil {
		return nil, Fail(BadInput, "this is an organisation's node: it answers intentions, and casts none").Hint("byway intentions")
	}
	return c.Person, nil
}

func (c *Casting) shop() (Shop, error) {
	if c.Shop == nil {
		return nil, Fail(BadInput, "this is a person's node: it casts intentions, and sells nothing").Hint("byway casts")
	}
	return c.Shop, nil
}

// shows is what a cast shows until sealed roads are built; the command says it each time.
const shows = "vendors that answer see this node's address, and can tie your casts together by it, until sealed roads are built"

// Cast implements the service.
func (c *Casting) Cast(ctx context.Context, req *localv1.CastRequest) (*localv1.CastResponse, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	w, err := wishFromWire(req)
	if err != nil {
		return nil, err
	}
	for _, who := range req.GetTo() {
		k, err := c.Book.Resolve(who)
		if err != nil {
			return nil, contactFailure(err)
		}
		w.To = append(w.To, k.Key)
	}
	if len(w.To) == 0 {
		if w.Community, err = oneCommunity(c.Communities, req.GetCommunity()); err != nil {
			return nil, err
		}
	}
	i, err := p.Cast(ctx, w)
	if err != nil {
		return nil, castingFailure(err)
	}
	return &localv1.CastResponse{Intention: c.intention(i), Notes: append(notYet(i), shows)}, nil
}

// notYet says which deliveries are still to come.
func notYet(i casting.Intention) []string {
	var out []string
	for _, d := range i.Deliveries {
		switch {
		case d.Refused != "":
			out = append(out, "refused: "+d.Refused)
		case !d.Taken:
			out = append(out, "not delivered yet: this node goes on trying")
		}
	}
	return out
}

// ListCasts implements the service.
func (c *Casting) ListCasts(ctx context.Context, req *localv1.ListCastsRequest) (*localv1.ListCastsResponse, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	all, err := p.Casts(ctx, req.GetAll())
	if err != nil {
		return nil, err
	}
	out := &localv1.ListCastsResponse{}
	for _, i := range all {
		out.Casts = append(out.Casts, c.intention(i))
	}
	return out, nil
}

// cast returns the id of her intention that s begins.
func (c *Casting) cast(ctx context.Context, p Person, s string) (record.ID, error) {
	all, err := p.Casts(ctx, true)
	if err != nil {
		return record.ID{}, err
	}
	return pick(s, "byway casts --all", idsOf(all, func(i casting.Intention) record.ID { return i.ID }))
}

// Withdraw implements the service.
func (c *Casting) Withdraw(ctx context.Context, req *localv1.WithdrawRequest) (*localv1.WithdrawResponse, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	id, err := c.cast(ctx, p, req.GetId())
	if err != nil {
		return nil, err
	}
	i, err := p.Withdraw(ctx, id)
	if err != nil {
		return nil, castingFailure(err)
	}
	return &localv1.WithdrawResponse{Intention: c.intention(i)}, nil
}

// Accept implements the service. A proffer that isn't answered in time is returned as it
// stands: the node goes on sending it.
func (c *Casting) Accept(ctx context.Context, req *localv1.AcceptRequest) (*localv1.AcceptResponse, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	wait, err := span("wait", req.GetWaitMs(), time.Millisecond)
	if err != nil {
		return nil, err
	}
	id, err := c.received(ctx, req.GetOfferId())
	if err != nil {
		return nil, err
	}
	a, err := p.Accept(ctx, id, req.GetTerms())
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		return nil, castingFailure(err)
	}
	if a, err = c.Answers.await(ctx, a, wait); err != nil {
		return nil, err
	}
	v := a.View(c.Now())
	out := &localv1.AcceptResponse{AgreementId: a.ID().String(), AgreementView: v.Words, Refused: refusedBy(v)}
	out.Offer, err = c.shown(ctx, p, id)
	return out, err
}
