package localapi

import (
	"context"
	"errors"
	"strings"

	"github.com/bywaynet/byway/node/contacts"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// Communities are those that the node is in.
type Communities interface {
	Create(ctx context.Context, name, description string, tops []category.Path) (Community, error)
	Invite(ctx context.Context, id record.ID) (string, error)
	Join(ctx context.Context, invite string, mesh bool, categories []category.Path) (Community, error)
	List() []Community
	// Find returns the organisations that deal in a category: of one community, or of
	// all where the id is zero. With refresh the directory is fetched first.
	Find(ctx context.Context, id record.ID, p category.Path, refresh bool) ([]contacts.Contact, error)
}

// Finding serves the FindingService. All its fields are required.
type Finding struct {
	localv1connect.UnimplementedFindingServiceHandler
	Communities Communities
	Addresses   func([]road.Road) []string
}

// CreateCommunity implements the service.
func (f *Finding) CreateCommunity(ctx context.Context, req *localv1.CreateCommunityRequest) (*localv1.CreateCommunityResponse, error) {
	tops, err := paths(req.GetCategories())
	if err != nil {
		return nil, err
	}
	c, err := f.Communities.Create(ctx, req.GetName(), req.GetDescription(), tops)
	if err != nil {
		return nil, communityFailure(err)
	}
	invite, err := f.Communities.Invite(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &localv1.CreateCommunityResponse{Community: communityToWire(c), Invite: invite}, nil
}

func path(word string) (category.Path, error) {
	p, err := category.Parse(word)
	if err != nil {
		f := Fail(BadInput, "%w", err)
		f.Text, _, _ = strings.Cut(f.Text, "; try ") // one hint is enough
		return p, f.Hint("words of letters with / between, such as food/coffee")
	}
	return p, nil
}

func paths(words []string) ([]category.Path, error) {
	var out []category.Path
	for _, w := range words {
		p, err := path(w)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func communityToWire(c Community) *localv1.Community {
	w := &localv1.Community{Id: c.ID.String(), Name: c.Name, Description: c.Description, Role: c.Role}
	for _, t := range c.Tops {
		w.Categories = append(w.Categories, t.String())
	}
	return w
}

// Invite implements the service.
func (f *Finding) Invite(ctx context.Context, req *localv1.InviteRequest) (*localv1.InviteResponse, error) {
	id, err := oneCommunity(f.Communities, req.GetCommunity())
	var which *Failure
	if errors.As(err, &which) && which.Kind == Ambiguous {
		return nil, which.Hint("byway community invite NAME, or with the first letters of its id")
	}
	if err != nil {
		return nil, err
	}
	invite, err := f.Communities.Invite(ctx, id)
	if err != nil {
		return nil, err
	}
	return &localv1.InviteResponse{Invite: invite}, nil
}

// oneCommunity returns the one that word means: a name, or else the beginning of an id;
// the only one where it is empty.
func oneCommunity(cs Communities, word string) (record.ID, error) {
	all := cs.List()
	if len(all) == 0 {
		return record.ID{}, Fail(NotFound, "this node is in no community yet").Hint("byway community join INVITE")
	}
	found := all
	if word != "" {
		found = named(all, word)
	}
	switch len(found) {
	case 0:
		return record.ID{}, Fail(NotFound, "this node is in no community called %q", word).Hint("byway community join INVITE, or byway community list")
	case 1:
		return found[0].ID, nil
	}
	var lines []string
	for _, c := range found {
		lines = append(lines, c.Name+"  "+c.ID.String())
	}
	return record.ID{}, Fail(Ambiguous, "which community? It could be one of %d", len(found)).Among(lines...).Hint("--community NAME, or the first letters of its id")
}

// named returns the communities of that name; where there are none, those whose id
// begins so.
func named(all []Community, word string) []Community {
	var called, begun []Community
	part := strings.TrimPrefix(word, idHead)
	for _, c := range all {
		if strings.EqualFold(c.Name, word) {
			called = append(called, c)
		}
		if len(part) >= minPrefix && strings.HasPrefix(c.ID.String()[len(idHead):], part) {
			begun = append(begun, c)
		}
	}
	if len(called) > 0 {
		return called
	}
	return begun
}

// communityFailure turns what founding and joining say into a Failure.
func communityFailure(err error) error {
	switch {
	case errors.Is(err, community.ErrInvite):
		return Fail(BadInput, "%w", err).Hint("the whole line that `byway community invite` prints over there")
	case errors.Is(err, community.ErrMalformed):
		return Fail(BadInput, "%w", err)
	}
	return err
}

// JoinCommunity implements the service.
func (f *Finding) JoinCommunity(ctx context.Context, req *localv1.JoinCommunityRequest) (*localv1.JoinCommunityResponse, error) {
	cats, err := paths(req.GetCategories())
	if err != nil {
		return nil, err
	}
	c, err := f.Communities.Join(ctx, req.GetInvite(), req.GetMesh(), cats)
	if err != nil {
		return nil, communityFailure(err)
	}
	return &localv1.JoinCommunityResponse{Community: communityToWire(c)}, nil
}

// ListCommunities implements the service.
func (f *Finding) ListCommunities(context.Context, *localv1.ListCommunitiesRequest) (*localv1.ListCommunitiesResponse, error) {
	out := &localv1.ListCommunitiesResponse{}
	for _, c := range f.Communities.List() {
		out.Communities = append(out.Communities, communityToWire(c))
	}
	return out, nil
}

// Find implements the service.
func (f *Finding) Find(ctx context.Context, req *localv1.FindRequest) (*localv1.FindResponse, error) {
	p, err := path(req.GetCategory())
	if err != nil {
		return nil, err
	}
	var id record.ID
	if req.GetCommunity() != "" {
		if id, err = oneCommunity(f.Communities, req.GetCommunity()); err != nil {
			return nil, err
		}
	}
	found, err := f.Communities.Find(ctx, id, p, req.GetRefresh())
	if err != nil {
		return nil, err
	}
	out := &localv1.FindResponse{}
	for _, c := range found {
		out.Vendors = append(out.Vendors, contactToWire(c, f.Addresses))
	}
	return out, nil
}
