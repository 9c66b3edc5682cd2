package casting

import (
	"bytes"
	"context"
	"errors"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
)

// errNobody is what is inferred where nothing is to be sent.
var errNobody = errors.New("nothing is sent from here")

// nobody is the Caller of an offer.Service that sends nothing: a person's, and the one
// by which a vendor makes offers that its outbox then brings.
type nobody struct{}

func (nobody) Call(context.Context, record.Key, []byte) answer.Outcome {
	return answer.Outcome{Inferred: errNobody}
}

// Handle is the answer.Handler of offer.ID: it takes in an offer for a live cast of hers
// whose vendor is bound by the cast's own terms, and keeps both the offer and that
// agreement before it answers. What it refuses leaves nothing.
func (p *Person) Handle(ctx context.Context, req []byte) ([]byte, error) {
	return p.offers.Handle(ctx, req)
}

// welcomes tells whether a cast of hers by that key still takes offers.
func (p *Person) welcomes(ctx context.Context, cast record.ID, key record.Key) error {
	i, err := p.fold(ctx, cast)
	switch {
	case errors.Is(err, ErrUnknown), err == nil && i.Cast().Key != key:
		return answer.Refuse(answer.NotFound, "no such intention under that key")
	case err != nil:
		return err
	case !i.Open(p.now()):
		return answer.Refuse(answer.Expired, "the intention is %s", i.State(p.now()))
	}
	return nil
}

// fold reads a cast of hers. Errors: ErrUnknown, those of the store.
func (p *Person) fold(ctx context.Context, cast record.ID) (intention.Intention, error) {
	es, err := p.Store.Entries(ctx, cast)
	if err != nil {
		return intention.Intention{}, err
	}
	if len(es) == 0 || !es[0].Mine || es[0].Rec.Statement().Type() != intention.TypeCast {
		return intention.Intention{}, ErrUnknown
	}
	return intention.Fold(es)
}

// binds holds that the acceptance inside an offer binds its vendor to her own cast, whole,
// and keeps the agreement that it makes.
func (p *Person) binds(ctx context.Context, o offer.Offer) error {
	v, err := record.Verify(o.Acceptance, record.Want{To: p.Keys.Owns, At: p.now(), Complete: true})
	if err != nil {
		return answer.FromGate(err)
	}
	m, err := agreement.Read(v)
	if err != nil {
		return agreement.Refusal(err)
	}
	if m.Kind != agreement.KindAcceptance {
		return answer.Refuse(answer.UnknownType, "a %s where an acceptance of the cast's terms belongs", m.Kind)
	}
	if m.Second != o.Vendor || m.First != o.To {
		return answer.Refuse(answer.WrongSigner, "the acceptance is by another vendor, or to another key")
	}
	es, err := p.Store.Entries(ctx, o.Cast)
	if err != nil {
		return err
	}
	if len(es) == 0 || !bytes.Equal(m.Carrier.Bytes(), es[0].Rec.Bytes()) {
		return answer.Refuse(answer.Conflict, "the acceptance is of something else than this cast")
	}
	c, err := intention.ReadCast(es[0].Rec)
	if err != nil {
		return err
	}
	if c.Currency != "" && o.Price.Currency != c.Currency {
		return answer.Refuse(answer.Refused, "priced in %s, wanted in %s", o.Price.Currency, c.Currency)
	}
	if _, err := p.Agreements.Keep(ctx, v); err != nil {
		return agreement.Refusal(err)
	}
	return nil
}

// received remembers how the vendor of a new offer is reached.
func (p *Person) received(_ context.Context, o offer.Offer) { p.learn(o) }

func (p *Person) learn(o offer.Offer) {
	if len(o.Reply) == 0 {
		return
	}
	if err := p.Roads.Learn(o.Vendor, o.Reply); err != nil {
		p.Log.Info("no road to a vendor that this node can take", "offer", o.ID.Short(), "err", err)
	}
}
