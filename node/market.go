package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/finding"
	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/store"
)

var (
	intentionProtocol = exchange.Protocol{
		ID: intention.ID, MaxRequest: intention.MaxRequest, MaxResponse: intention.MaxResponse,
		Timeout: intention.Timeout, Rate: rate.Limit(intention.Rate), Burst: intention.Burst,
	}
	offerProtocol = exchange.Protocol{
		ID: offer.ID, MaxRequest: offer.MaxRequest, MaxResponse: offer.MaxResponse,
		Timeout: offer.Timeout, Rate: rate.Limit(offer.Rate), Burst: offer.Burst,
	}
)

const catalogFile = "catalog.json"

// openCasting makes the side of casting that the owner is on.
func (r *running) openCasting(ctx context.Context) (err error) {
	if r.key.IsZero() {
		if len(r.node.onIntention) > 0 {
			return fmt.Errorf("%w: a person's node hears no intentions, so it has no handler for them", ErrParty)
		}
		r.person, err = casting.OpenPerson(ctx, casting.PersonConfig{
			Store: r.guarded(), Keys: r.ids, Agreements: r.service, Publisher: r.finder, Roads: r.courier, Roster: r.roster,
			NewKey: func(ctx context.Context) (record.Key, error) { return r.ids.New(ctx, identity.KindCast) },
			Meet: func(ctx context.Context, vendor record.Key) (record.Key, error) {
				return r.book.Mine(ctx, vendor, r.newRelationship)
			},
			Direct:     r.courier.Line(intentionProtocol),
			Reply:      func() []road.Road { return courier.Own(r.host) },
			Acceptable: func() []string { return r.dealing.Preferences().Acceptable },
			CastOf: func(ctx context.Context, offer record.ID) (record.ID, error) {
				o, _, err := r.listing.Offer(ctx, offer)
				return o.Cast, err
			},
			Now: r.node.parts.Now, Log: r.node.config.Log,
		})
		return err
	}
	r.vendor, err = casting.OpenVendor(ctx, casting.VendorConfig{
		Store: r.guarded(), Keys: r.ids, Key: r.key, Name: r.who.Organisation, Agreements: r.service,
		Offers: r.line(offerProtocol), Roads: r.courier, Roster: r.roster,
		Reply: func() []road.Road { return courier.Own(r.host) },
		Accepts: func() []string {
			var ids []string
			for _, t := range r.accepts() {
				ids = append(ids, t.ID)
			}
			return ids
		},
		Categories:  r.dealsIn,
		CatalogFile: filepath.Join(r.node.config.Dir, catalogFile),
		Now:         r.node.parts.Now, Log: r.node.config.Log,
	})
	if err != nil {
		return err
	}
	for _, h := range r.node.onIntention {
		if err := r.vendor.OnIntention(h.interest, h.f); err != nil {
			return err
		}
	}
	return nil
}

func (r *running) newRelationship(ctx context.Context) (record.Key, error) {
	return r.ids.New(ctx, identity.KindRelationship)
}

// openFinding reads the memberships; serve takes them up.
func (r *running) openFinding(ctx context.Context) (err error) {
	log, now := r.node.config.Log, r.node.parts.Now
	if r.mesh, err = mesh.New(ctx, mesh.Config{Host: r.host, Log: log, Now: now}); err != nil {
		return err
	}
	r.later(r.mesh.Close)
	c := finding.Config{
		Host: r.host, Exchange: r.exchange, Tables: r.store, Book: r.book, Mesh: r.mesh, Log: log, Now: now,
		Steward: r.node.config.Steward,
		NewKey: func(ctx context.Context) (record.Signer, error) {
			return r.signer(ctx, identity.KindCommunity, r.ids.New)
		},
		Self: r.self,
	}
	if r.card != nil {
		c.Card = r.card.current
		c.Deliver = func(ctx context.Context, _ record.ID, i intention.Item) error {
			return r.vendor.Heard(ctx, i, casting.ByMesh)
		}
	}
	if r.finder, err = finding.Open(ctx, c); err == nil {
		r.later(r.finder.Close)
	}
	return err
}

func (r *running) signer(ctx context.Context, k identity.Kind, by func(context.Context, identity.Kind) (record.Key, error)) (record.Signer, error) {
	key, err := by(ctx, k)
	if err != nil {
		return nil, err
	}
	return r.ids.Signer(ctx, key)
}

// self is the key by which this node is known as a steward.
func (r *running) self(ctx context.Context) (record.Key, error) {
	if !r.key.IsZero() {
		return r.key, nil
	}
	return r.ids.First(ctx, identity.KindCommunity)
}

// serveMarket answers what persons cast and vendors offer.
func (r *running) serveMarket(context.Context) error {
	if r.person != nil {
		return r.exchange.Handle(offerProtocol, r.person.Handle)
	}
	return r.exchange.Handle(intentionProtocol, r.vendor.Handler())
}

// listen lets peers in, now that all they may ask for is answered, and takes up the
// communities, which are told where.
func (r *running) listen(ctx context.Context) error {
	r.later(r.exchange.Close) // peers are answered by parts that are open, or not at all
	if err := r.listenAgain(ctx); err != nil {
		return err
	}
	return r.finder.Start(ctx)
}

var listenKey = []byte("listen")

// listenAgain listens where the owner says; else where it did the last time, or at
// first on ports of the system's choice, which are kept.
func (r *running) listenAgain(ctx context.Context) error {
	if len(r.node.config.Listen) > 0 {
		return parts.Listen(r.host, r.node.config.Listen)
	}
	b, err := r.store.Get(ctx, tableOwn, listenKey)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		err := parts.Listen(r.host, strings.Fields(string(b)))
		if err == nil {
			return nil
		}
		r.node.config.Log.Warn("the ports of the last time are taken: others find this node when they next hear from it; if a node in a copy of this folder has them, stop one of the two for good", "error", err)
	}
	if err := parts.Listen(r.host, defaultListen); err != nil {
		return err
	}
	var kept []string
	for _, a := range r.host.Network().ListenAddresses() {
		kept = append(kept, a.String())
	}
	return r.store.Put(ctx, tableOwn, listenKey, []byte(strings.Join(kept, " ")))
}

// changed publishes the card again: what it says may have changed.
func (r *running) changed() {
	if r.card != nil {
		r.finder.Announce()
	}
}

// settings are the owner's, and the card follows them.
type settings struct {
	*dealing.Dealing
	changed func()
}

// SetPolicy implements localapi.Settings.
func (s settings) SetPolicy(ctx context.Context, p dealing.Policy) error {
	err := s.Dealing.SetPolicy(ctx, p)
	if err == nil {
		s.changed()
	}
	return err
}
