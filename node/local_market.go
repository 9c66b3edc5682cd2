package node

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/finding"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// shop is the vendor's side, and the card follows its price list.
type shop struct {
	*casting.Vendor
	changed func()
}

// Import implements localapi.Shop.
func (s shop) Import(ctx context.Context, r io.Reader, o catalog.Options) (catalog.Report, error) {
	rep, err := s.Vendor.Import(ctx, r, o)
	if err == nil {
		s.changed()
	}
	return rep, err
}

// communities are finding's, in localapi's words.
type communities struct{ *running }

func (c communities) wire(m finding.Membership) localapi.Community {
	out := localapi.Community{ID: m.Founding.ID, Name: m.Founding.Name, Description: m.Founding.Description, Tops: m.Founding.Tops, Role: "member", Peers: m.Peers, Cards: m.Cards}
	switch {
	case m.Steward:
		out.Role = "steward"
	case m.Role.Mesh || !c.key.IsZero():
		out.Role = "mesh"
	}
	return out
}

// Create implements localapi.Communities.
func (c communities) Create(ctx context.Context, name, description string, tops []category.Path) (localapi.Community, error) {
	m, err := c.finder.Found(ctx, name, description, tops)
	if errors.Is(err, finding.ErrNotSteward) {
		f := localapi.Fail(localapi.Failed, "%w", err)
		f.Text, f.Try, _ = strings.Cut(f.Text, "; try: ")
		return localapi.Community{}, f
	}
	if err != nil {
		return localapi.Community{}, err
	}
	c.changed()
	return c.wire(m), nil
}

// Invite implements localapi.Communities.
func (c communities) Invite(_ context.Context, id record.ID) (string, error) {
	return c.finder.Invite(id)
}

// Join implements localapi.Communities.
func (c communities) Join(ctx context.Context, invite string, mesh bool, categories []category.Path) (localapi.Community, error) {
	m, err := c.finder.Join(ctx, invite, finding.Role{Mesh: mesh, Categories: categories})
	if errors.Is(err, finding.ErrMember) {
		return localapi.Community{}, localapi.Fail(localapi.Failed, "%w", err).Hint("byway community list")
	}
	if err != nil {
		return localapi.Community{}, err
	}
	c.changed()
	return c.wire(m), nil
}

// List implements localapi.Communities.
func (c communities) List() []localapi.Community {
	var out []localapi.Community
	for _, m := range c.finder.Communities() {
		out = append(out, c.wire(m))
	}
	return out
}

// Find implements localapi.Communities. A person's node searches its own directory,
// and brings home first what is new where that is asked for or nothing is there.
func (c communities) Find(ctx context.Context, id record.ID, p category.Path, refresh bool) ([]contacts.Contact, error) {
	if refresh {
		if err := c.refresh(ctx, id); err != nil {
			return nil, err
		}
	}
	found, err := c.finder.Find(ctx, id, p)
	if err != nil || len(found) > 0 || refresh || !c.key.IsZero() {
		return found, err
	}
	// One community out of reach doesn't hide what another brought home.
	missed := c.refresh(ctx, id)
	if found, err = c.finder.Find(ctx, id, p); err == nil && len(found) == 0 {
		return nil, missed
	}
	return found, err
}

func (c communities) refresh(ctx context.Context, id record.ID) error {
	if id.IsZero() {
		return c.finder.RefreshAll(ctx)
	}
	return c.finder.Refresh(ctx, id)
}
