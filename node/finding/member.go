package finding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/bywaynet/byway/node/steward"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Role is what a node is in one community, beside a person's or an organisation's.
type Role struct {
	// Mesh lets a person's node join gossip and DHT: others then see her address there.
	Mesh bool `json:"mesh,omitempty"`
	// Categories are what an organisation is found under here; none for those of its card.
	Categories []category.Path `json:"categories,omitempty"`
}

// Membership is one community that the node is in. A value: changing it changes nothing.
type Membership struct {
	Founding community.Founding
	Role     Role
	// Steward says that this node is the community's steward: it serves those who aren't in the mesh,
	// and keeps the directory.
	Steward bool
	// Peers is how many nodes of the community's gossip are connected; 0 outside of it.
	Peers int
	// Cards is how many live cards of its directory are here: a steward's own, else what was fetched
	// or found.
	Cards int
}

// member is a membership with what runs for it.
type member struct {
	record   record.Verified
	founding community.Founding
	role     Role
	steward  bool             // this node is one, and serves
	invite   community.Invite // by which it was joined
	desk     *steward.Desk    // nil but for a steward
	ring     *ring            // nil where the node isn't in the DHT

	announceNow chan struct{} // what the card says has changed
	catchUpNow  chan struct{} // the topics have changed

	mu      sync.Mutex
	entered bool              // the mesh, with tops
	tops    []category.Path   // nil for all
	seen    map[string]uint64 // cursors of stewards' lists, by steward and top
}

const (
	tableCommunities store.Table = "communities" // community → memberRow
)

// memberRow is what is kept of a membership.
type memberRow struct {
	Founding []byte `json:"founding"`
	Invite   string `json:"invite"`
	Role     Role   `json:"role"`
	// Steward says that the node was the steward when it entered.
	Steward bool `json:"steward,omitempty"`
}

func newMember(v record.Verified, f community.Founding, r Role, i community.Invite) *member {
	return &member{
		record: v, founding: f, role: r, invite: i, seen: map[string]uint64{},
		announceNow: make(chan struct{}, 1), catchUpNow: make(chan struct{}, 1),
	}
}

func (f *Finder) loadMembers(ctx context.Context) error {
	rows, err := f.cfg.Tables.Scan(ctx, tableCommunities, nil, nil, store.MaxLimit)
	if err != nil {
		return err
	}
	for _, r := range rows {
		var row memberRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return err
		}
		id, err := record.IDFromBytes(r.Key)
		if err != nil {
			return err
		}
		v, founding, err := community.Verify(row.Founding, id)
		if err != nil {
			return err
		}
		i, err := community.ParseInvite(row.Invite)
		if err != nil {
			return err
		}
		m := newMember(v, founding, row.Role, i)
		if m.steward, err = f.serves(ctx, founding); err != nil {
			return err
		}
		if row.Steward && !m.steward {
			f.cfg.Log.Warn("this node was the steward of a community, and is an ordinary member now; try: byway up --steward",
				"community", id.Short(), "name", founding.Name)
		}
		f.members[id] = m
	}
	return nil
}

// serves reports whether this node is to be the steward of a community.
func (f *Finder) serves(ctx context.Context, c community.Founding) (bool, error) {
	if !f.cfg.Steward {
		return false, nil
	}
	self, err := f.cfg.Self(ctx)
	return err == nil && self == c.Steward, err
}

// admit keeps a new membership and takes it up; where that fails, it is as if it never was.
func (f *Finder) admit(ctx context.Context, m *member) (Membership, error) {
	text, err := m.invite.Text()
	if err != nil {
		return Membership{}, err
	}
	value, err := json.Marshal(memberRow{Founding: m.record.Bytes(), Invite: text, Role: m.role, Steward: m.steward})
	if err != nil {
		return Membership{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id := m.founding.ID
	if f.members[id] != nil {
		return Membership{}, fmt.Errorf("%w: %s", ErrMember, id.Short())
	}
	if err := f.cfg.Tables.Put(ctx, tableCommunities, id[:], value); err != nil {
		return Membership{}, fmt.Errorf("keep the membership: %w", err)
	}
	f.members[id] = m
	if err := f.start(m); err != nil {
		delete(f.members, id)
		if gone := f.cfg.Tables.Delete(ctx, tableCommunities, id[:]); gone != nil {
			return Membership{}, fmt.Errorf("%w, and it couldn't be undone: %w", err, gone)
		}
		return Membership{}, err
	}
	return f.show(m), nil
}

// Communities returns what the node is a member of, by name.
func (f *Finder) Communities() []Membership {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Membership, 0, len(f.members))
	for _, m := range f.members {
		out = append(out, f.show(m))
	}
	slices.SortFunc(out, func(a, b Membership) int {
		return cmp.Or(cmp.Compare(a.Founding.Name, b.Founding.Name), slices.Compare(a.Founding.ID[:], b.Founding.ID[:]))
	})
	return out
}

// Standing returns what the card of this node should say of its communities: whether it is a
// steward of one, and what it is found under there beside its own categories, sorted.
func (f *Finder) Standing() (isSteward bool, categories []category.Path) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.members {
		isSteward = isSteward || m.steward
		categories = append(categories, m.role.Categories...)
	}
	slices.SortFunc(categories, category.Path.Compare)
	return isSteward, slices.Compact(categories)
}

func (f *Finder) show(m *member) Membership {
	return Membership{
		Founding: m.founding, Role: m.role, Steward: m.steward, Peers: f.cfg.Mesh.Peers(m.founding.ID), Cards: f.cards(m),
	}
}

// cards counts. The caller holds mu.
func (f *Finder) cards(m *member) int {
	if m.desk != nil {
		return m.desk.Cards()
	}
	n := 0
	for at := range f.places {
		if at.community != m.founding.ID {
			continue
		}
		if c, ok := f.cfg.Book.Get(at.organisation); ok && c.HasCard && c.Card.Live(f.cfg.Now()) == nil {
			n++
		}
	}
	return n
}
