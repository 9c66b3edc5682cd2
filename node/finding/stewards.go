package finding

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// Steward returns the roads to a community's stewards that this node knows, itself left out: of the invite, of
// the first steward's card, of the founding record. Errors: ErrUnknown.
func (f *Finder) Steward(id record.ID) ([]peer.AddrInfo, error) {
	m, err := f.member(id)
	if err != nil {
		return nil, err
	}
	return f.stewards(m), nil
}

func (f *Finder) stewards(m *member) []peer.AddrInfo {
	var out []peer.AddrInfo
	add := func(roads []road.Road) {
		for _, r := range roads {
			info, err := courier.First([]road.Road{r})
			known := func(o peer.AddrInfo) bool { return o.ID == info.ID }
			if err == nil && info.ID != f.cfg.Host.ID() && !slices.ContainsFunc(out, known) {
				out = append(out, info)
			}
		}
	}
	add(m.invite.Roads)
	// A card is newer than the founding record, whose roads may be of years ago.
	if c, ok := f.cfg.Book.Get(m.founding.Steward); ok && c.HasCard && c.Card.Live(f.cfg.Now()) == nil {
		add(c.Card.Roads)
	}
	add(m.founding.Roads)
	return out
}

// Publish gives a cast or withdrawal, in its gossip form, to a community: by the mesh where the node is
// in it and hears somebody there, else by the first steward that takes it. It returns nil once the form is
// there, also where it was before. Errors: ErrUnknown, ErrUnreachable, *answer.Refusal.
func (f *Finder) Publish(ctx context.Context, id record.ID, top string, form []byte) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	if m.desk != nil {
		return m.desk.Steward().Casts.Publish(ctx, form)
	}
	if m.ring != nil && f.cfg.Mesh.Peers(id) > 0 {
		return f.gossip(ctx, id, top, form)
	}
	return f.ask(ctx, m, func(c community.Client, _ peer.ID) error { return c.Cast(ctx, form) })
}

func (f *Finder) gossip(ctx context.Context, id record.ID, top string, form []byte) error {
	p, err := category.Parse(top)
	if err != nil {
		return err
	}
	_, err = f.cfg.Mesh.Publish(ctx, id, p.Top(), form)
	return published(err)
}

// ask asks the stewards in turn until one says yes, or no for good.
func (f *Finder) ask(ctx context.Context, m *member, what func(community.Client, peer.ID) error) error {
	errs := []error{fmt.Errorf("%w: %s", ErrUnreachable, m.founding.Name)}
	for _, info := range f.stewards(m) {
		err := f.dial(ctx, info)
		if err == nil {
			err = what(f.client(m.founding.ID, info.ID), info.ID)
		}
		var no *answer.Refusal
		if err == nil || errors.As(err, &no) && (answer.Outcome{Said: no.Status}).Final() {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
