package node

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/finding"
	"github.com/bywaynet/byway/node/listing"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/record"
)

// Status returns what the node is, and where it is reached. Errors: ErrState.
func (n *Node) Status(ctx context.Context) (Status, error) {
	r, err := n.live()
	if err != nil {
		return Status{}, err
	}
	return owner{r}.Status(ctx)
}

// Found founds a community with this node as its first steward, with the 24 top
// categories that are ours, and returns the invite by which others join.
func (n *Node) Found(ctx context.Context, name string) (invite string, err error) {
	r, err := n.live()
	if err != nil {
		return "", err
	}
	m, err := r.finder.Found(ctx, name, "", nil)
	if err != nil {
		return "", err
	}
	r.changed()
	return r.finder.Invite(m.Founding.ID)
}

// Join joins the community of an invite: an organisation's node in its mesh, under its
// price list's categories; a person's node by its steward alone. Errors: what the invite
// or the steward say; nothing was joined.
func (n *Node) Join(ctx context.Context, invite string) error {
	r, err := n.live()
	if err != nil {
		return err
	}
	_, err = communities{r}.Join(ctx, invite, false, nil)
	return err
}

// Find returns the organisations that deal in a category, in any of the node's communities.
func (n *Node) Find(ctx context.Context, p Category) ([]Contact, error) {
	r, err := n.live()
	if err != nil {
		return nil, err
	}
	return communities{r}.Find(ctx, record.ID{}, p, r.key.IsZero())
}

// Import replaces an organisation's price list, all or nothing, and says who answers
// from now on: Auto or ByHuman. Errors: ErrParty on a person's node; those of
// catalog.Import, with the report.
func (n *Node) Import(ctx context.Context, list io.Reader, o ImportOptions, answer casting.Mode) (ImportReport, error) {
	r, err := n.live()
	if err != nil {
		return catalog.Report{}, err
	}
	if r.vendor == nil {
		return catalog.Report{}, fmt.Errorf("%w: a person has no price list", ErrParty)
	}
	report, err := shop{r.vendor, r.changed}.Import(ctx, list, o)
	if err != nil {
		return report, err
	}
	return report, r.vendor.SetMode(ctx, answer)
}

// Proffer proffers terms to one organisation, named by petname, name or key. It
// returns once it is answered or a human is asked over there. Where it couldn't be
// delivered the error is agreement.ErrUnreached, and the node goes on trying.
func (n *Node) Proffer(ctx context.Context, who string, ask Ask) (Agreement, error) {
	r, err := n.live()
	if err != nil {
		return Agreement{}, err
	}
	c, err := r.book.Resolve(who)
	if err != nil {
		return Agreement{}, err
	}
	a, err := r.dealing.Proffer(ctx, r.service, c, ask)
	return agreementOf(a, a.View(n.parts.Now())), err
}

// Cast casts an intention to a community, or to the vendors that it names. Errors:
// ErrParty on an organisation's node, casting.ErrWish.
func (n *Node) Cast(ctx context.Context, w Wish) (Intention, error) {
	r, err := n.live()
	if err != nil {
		return Intention{}, err
	}
	if r.person == nil {
		return Intention{}, fmt.Errorf("%w: an organisation casts nothing", ErrParty)
	}
	if len(w.To) == 0 && w.Community.IsZero() {
		if w.Community, err = r.onlyCommunity(); err != nil {
			return Intention{}, err
		}
	}
	return r.person.Cast(ctx, w)
}

// ErrCommunity says that there are none or several communities, where one has to be meant. Name it, or join one.
var ErrCommunity = errors.New("which community isn't clear")

func (r *running) onlyCommunity() (record.ID, error) {
	all := r.finder.Communities()
	if len(all) != 1 {
		return record.ID{}, fmt.Errorf("%w: this node is in %d", ErrCommunity, len(all))
	}
	return all[0].Founding.ID, nil
}

// Offers returns the offers for an intention once there are at least want of them, or
// with ctx's error those that there are when ctx ends.
func (n *Node) Offers(ctx context.Context, cast ID, want int) ([]Offer, error) {
	r, err := n.live()
	if err != nil {
		return nil, err
	}
	if r.person == nil {
		return r.vendor.Sent(ctx, cast)
	}
	var seq uint64
	for {
		offers, err := r.person.Offers(context.WithoutCancel(ctx), cast)
		if err != nil || len(offers) >= want {
			return offers, err
		}
		if seq, err = r.store.Wait(ctx, seq); err != nil {
			return offers, err
		}
	}
}

// Accept takes an offer: it proffers the offer's service terms under a key made for
// that vendor. Errors: offer.ErrLapsed, casting.ErrUnknown; as for Proffer.
func (n *Node) Accept(ctx context.Context, offer ID) (Agreement, error) {
	r, err := n.live()
	if err != nil {
		return Agreement{}, err
	}
	if r.person == nil {
		return Agreement{}, fmt.Errorf("%w: an organisation takes no offers", ErrParty)
	}
	a, err := r.person.Accept(ctx, offer, "")
	return agreementOf(a, a.View(n.parts.Now())), err
}

// Agreements returns all threads of terms, oldest first.
func (n *Node) Agreements(ctx context.Context) ([]Agreement, error) {
	r, err := n.live()
	if err != nil {
		return nil, err
	}
	const page = 256
	var out []Agreement
	for q := (listing.Query{}); ; {
		lines, err := r.listing.Page(ctx, q, page, n.parts.Now())
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			a, err := r.service.Get(ctx, l.View.ID)
			if err != nil {
				return nil, err
			}
			q.After, out = l.Place, append(out, agreementOf(a, a.View(n.parts.Now())))
		}
		if len(lines) < page {
			return out, nil
		}
	}
}

// OnIntention has f called about each live intention of its interest: at least once
// each, over restarts too, for at most 10 seconds; what it returns is offered, nil says
// nothing. A panic is logged and f called again, a few times; an f that ignores its
// context is left to itself, and called again once it has returned. It goes before the
// price list's rule. The node is found under the interest's categories, and hears what is cast
// there; an interest without any is about all that the node hears for other reasons, such
// as its price list. Call it before Start. Errors: ErrState, ErrParty, casting.ErrHandler.
func (n *Node) OnIntention(i Interest, f func(ctx context.Context, i Intention) (*Quote, error)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state != built {
		return fmt.Errorf("%w any more to take a handler: call OnIntention before Start", ErrState)
	}
	n.onIntention = append(n.onIntention, intentionHandler{i, f})
	return nil
}

type intentionHandler struct {
	interest Interest
	f        func(ctx context.Context, i Intention) (*Quote, error)
}

// ErrUnreached is in the chain where something is signed and kept, but the other side
// wasn't reached yet: the node goes on sending it.
var ErrUnreached = agreement.ErrUnreached

// ErrMember is in the chain where Join names a community that the node is in already: there is
// nothing left to do.
var ErrMember = finding.ErrMember
