package finding

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// connectTimeout bounds one dial to a steward.
const connectTimeout = 10 * time.Second

// Found founds a community with this node as its first steward. No tops means the 24 that
// are ours. Errors: ErrNotSteward, community.ErrMalformed, ErrStopped, what the keys and the store say.
func (f *Finder) Found(ctx context.Context, name, description string, tops []category.Path) (Membership, error) {
	if !f.cfg.Steward {
		return Membership{}, ErrNotSteward
	}
	if len(tops) == 0 {
		for _, d := range category.Defaults() {
			tops = append(tops, d.Path)
		}
	}
	self, err := f.cfg.Self(ctx)
	if err != nil {
		return Membership{}, err
	}
	by, err := f.cfg.NewKey(ctx)
	if err != nil {
		return Membership{}, err
	}
	draft := community.Founding{
		Name: name, Description: description, Tops: tops, Steward: self, Roads: f.roads(), Founded: f.cfg.Now(),
	}
	_, _ = rand.Read(draft.Nonce[:]) // never fails, by its contract
	r, err := community.New(ctx, draft, by)
	if err != nil {
		return Membership{}, err
	}
	v, founding, err := community.Verify(r.Bytes(), r.ID())
	if err != nil {
		return Membership{}, err
	}
	invite := community.Invite{Community: r.ID(), Roads: draft.Roads}
	m := newMember(v, founding, Role{}, invite)
	m.steward = true
	return f.admit(ctx, m)
}

// Invite returns the word by which others join: it leads to this node where it is a steward, else
// to the steward by which it joined. Errors: ErrUnknown, community.ErrInvite.
func (f *Finder) Invite(id record.ID) (string, error) {
	m, err := f.member(id)
	if err != nil {
		return "", err
	}
	i := m.invite
	if m.desk != nil {
		i.Roads = f.roads()
	}
	return i.Text()
}

// Join joins the community of an invite: it asks a steward for the founding record, which
// has to be the one that the invite names. A steward whose store was lost serves again.
// Errors: community.ErrInvite, ErrMember,
// ErrUnreachable, ErrStopped.
func (f *Finder) Join(ctx context.Context, invite string, r Role) (Membership, error) {
	i, err := community.ParseInvite(invite)
	if err != nil {
		return Membership{}, err
	}
	if _, err := f.member(i.Community); err == nil {
		return Membership{}, fmt.Errorf("%w: %s", ErrMember, i.Community.Short())
	}
	v, founding, err := f.fetchFounding(ctx, i)
	if err != nil {
		return Membership{}, err
	}
	m := newMember(v, founding, r, i)
	if m.steward, err = f.serves(ctx, founding); err != nil {
		return Membership{}, err
	}
	return f.admit(ctx, m)
}

func (f *Finder) fetchFounding(ctx context.Context, i community.Invite) (record.Verified, community.Founding, error) {
	errs := []error{ErrUnreachable}
	for _, r := range i.Roads {
		info, err := courier.First([]road.Road{r})
		if err == nil {
			err = f.dial(ctx, info)
		}
		if err == nil {
			v, founding, asked := f.client(i.Community, info.ID).Founding(ctx)
			if asked == nil {
				return v, founding, nil
			}
			err = asked
		}
		errs = append(errs, err)
	}
	return record.Verified{}, community.Founding{}, errors.Join(errs...)
}

// roads is this node's own road, within the bounds of a message.
func (f *Finder) roads() []road.Road {
	roads := courier.Own(f.cfg.Host)
	for i := range roads {
		roads[i].Addresses = roads[i].Addresses[:min(len(roads[i].Addresses), road.MaxAddresses)]
	}
	return roads
}

func (f *Finder) dial(ctx context.Context, to peer.AddrInfo) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return f.cfg.Host.Connect(ctx, to)
}

// client asks one peer as a steward of the community.
func (f *Finder) client(id record.ID, to peer.ID) community.Client {
	return community.Client{Community: id, Call: func(ctx context.Context, req []byte) answer.Outcome {
		return f.cfg.Exchange.Call(ctx, to, stewardProtocol(), req)
	}}
}
