package localapi

import (
	"context"
	"strings"

	"github.com/bywaynet/byway/node/contacts"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/category"
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
		return nil, err
	}
	invite, err := f.Communities.Invite(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &localv1.CreateCommunityResponse{Community: communityToWire(c), Invite: invite}, nil
}

func paths(words []string) ([]category.Path, error) {
	var out []category.Path
	for _, w := range words {
		p, err := category.Parse(w)
		if err != nil {
			return nil, Fail(BadInput, "%v", err).Hint("words of letters with / between, such as food/coffee")
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
	if err != nil {
		return nil, err
	}
	invite, err := f.Communities.Invite(ctx, id)
	if err != nil {
		return nil, err
	}
	return &localv1.InviteResponse{Invite: invite}, nil
}

// oneCommunity returns the one that word means: a name, or the beginning of an id; the only one where it is empty.
func oneCommunity(cs Communities, word string) (record.ID, error) {
	var found []Community
	for _, c := range cs.List() {
		if word == "" || strings.EqualFold(c.Name, word) || strings.HasPrefix(c.ID.String(), word) || strings.HasPrefix(c.ID.Short(), word) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return record.ID{}, Fail(NotFound, "this node is in no community of that name").Hint("byway community join INVITE")
	case 1:
		return found[0].ID, nil
	}
	var lines []string
	for _, c := range found {
		lines = append(lines, c.Name+"  "+c.ID.String())
	}
	return record.ID{}, Fail(Ambiguous, "which community? This node is in %d", len(found)).Among(lines...).Hint("--community NAME")
}

// JoinCommunity implements the service.
func (f *Finding) JoinCommunity(ctx context.Context, req *localv1.JoinCommunityRequest) (*localv1.JoinCommunityResponse, error) {
	cats, err := paths(req.GetCategories())
	if err != nil {
		return nil, err
	}
	c, err := f.Communities.Join(ctx, req.GetInvite(), req.GetMesh(), cats)
	if err != nil {
		return nil, err
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
	p, err := category.Parse(req.GetCategory())
	if err != nil {
		return nil, Fail(BadInput, "%v", err).Hint("words of letters with / between, such as food/coffee")
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
