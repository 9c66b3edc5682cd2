package localapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/contacts"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// communities keeps what was asked of it.
type communities struct {
	all   []Community
	fail  error
	found []record.ID // the community of each look-up
}

func (c *communities) Create(_ context.Context, name, _ string, tops []category.Path) (Community, error) {
	if c.fail != nil {
		return Community{}, c.fail
	}
	c.all = append(c.all, Community{ID: record.SumID([]byte(name)), Name: name, Tops: tops, Role: "steward"})
	return c.all[len(c.all)-1], nil
}

func (c *communities) Invite(_ context.Context, id record.ID) (string, error) {
	return "invite to " + id.Short(), nil
}

func (c *communities) Join(ctx context.Context, invite string, _ bool, _ []category.Path) (Community, error) {
	return c.Create(ctx, invite, "", nil)
}

func (c *communities) List() []Community { return c.all }

func (c *communities) Find(_ context.Context, id record.ID, _ category.Path, _ bool) ([]contacts.Contact, error) {
	c.found = append(c.found, id)
	return []contacts.Contact{contact("bakery", "The Bakery")}, nil
}

func newFinding(names ...string) (*Finding, *communities) {
	cs := &communities{}
	for _, n := range names {
		cs.all = append(cs.all, Community{ID: record.SumID([]byte(n)), Name: n})
	}
	return &Finding{Communities: cs, Addresses: func([]road.Road) []string { return nil }}, cs
}

func TestBadInputToFindingIsRefusedWithAWayOut(t *testing.T) {
	f, cs := newFinding("Town", "Village")
	_, err := f.CreateCommunity(t.Context(), &localv1.CreateCommunityRequest{Name: "New", Categories: []string{"food", "!"}})
	wantFailure(t, err, BadInput, "categor", "food/coffee")
	_, err = f.Find(t.Context(), &localv1.FindRequest{Category: "bad/Category"})
	wantFailure(t, err, BadInput, "bad/Category", "food/coffee")
	if text := failureFor(err).Text; strings.Contains(text, "try ") {
		t.Errorf("a second hint in %q", text)
	}
	_, err = f.Find(t.Context(), &localv1.FindRequest{Category: ""})
	wantFailure(t, err, BadInput, "categor", "food/coffee")
	_, err = f.Find(t.Context(), &localv1.FindRequest{Category: "food", Community: "Elsewhere"})
	wantFailure(t, err, NotFound, `"Elsewhere"`, "byway community join INVITE")
	_, err = f.Find(t.Context(), &localv1.FindRequest{Category: "food", Community: "bafkrei"})
	wantFailure(t, err, NotFound, `"bafkrei"`, "byway community join INVITE")
	_, err = f.Invite(t.Context(), &localv1.InviteRequest{})
	wantFailure(t, err, Ambiguous, "which community", "byway community invite NAME")
	_, err = f.JoinCommunity(t.Context(), &localv1.JoinCommunityRequest{Categories: []string{"!"}})
	wantFailure(t, err, BadInput, "categor", "food/coffee")
	cs.fail = community.ErrInvite
	_, err = f.JoinCommunity(t.Context(), &localv1.JoinCommunityRequest{Invite: "nonsense"})
	wantFailure(t, err, BadInput, "not an invite", "byway community invite")
	cs.fail = community.ErrMalformed
	_, err = f.CreateCommunity(t.Context(), &localv1.CreateCommunityRequest{})
	wantFailure(t, err, BadInput, "malformed", "")
	cs.fail = errors.New("the disk is full")
	_, err = f.CreateCommunity(t.Context(), &localv1.CreateCommunityRequest{Name: "New"})
	wantFailure(t, err, Failed, "the disk is full", "")
	if len(cs.all) != 2 || len(cs.found) != 0 {
		t.Errorf("it is in %d communities, and looked %d times", len(cs.all), len(cs.found))
	}
	none, _ := newFinding()
	_, err = none.Invite(t.Context(), &localv1.InviteRequest{})
	wantFailure(t, err, NotFound, "in no community yet", "byway community join INVITE")
}

func TestCommunityIsMeantByNameOrElseByItsID(t *testing.T) {
	f, cs := newFinding("Town", "Village")
	town := cs.all[0].ID
	// A community that calls itself by another's letters: its name is what it is picked by.
	cs.all = append(cs.all, Community{ID: record.SumID([]byte("ape")), Name: cs.all[1].ID.Short()})
	for _, word := range []string{"town", town.String(), town.Short(), "", cs.all[1].ID.Short()} {
		if _, err := f.Find(t.Context(), &localv1.FindRequest{Category: "food", Community: word}); err != nil {
			t.Errorf("%q: %v", word, err)
		}
	}
	if want := []record.ID{town, town, town, {}, cs.all[2].ID}; !slices.Equal(cs.found, want) {
		t.Errorf("looked in %v, want %v", cs.found, want)
	}
}

func TestNewCommunityComesWithItsInvite(t *testing.T) {
	f, _ := newFinding()
	r, err := f.CreateCommunity(t.Context(), &localv1.CreateCommunityRequest{Name: "Town", Categories: []string{"food/bread"}})
	if err != nil || r.GetInvite() == "" || !slices.Equal(r.GetCommunity().GetCategories(), []string{"food/bread"}) || r.GetCommunity().GetRole() != "steward" {
		t.Errorf("got %v (%v)", r, err)
	}
}
