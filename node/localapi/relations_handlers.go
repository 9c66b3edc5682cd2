package localapi

import (
	"context"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/record"
)

// maxRelations is the most that one page has.
const maxRelations = 256

// Relation is one relationship: a key of this party's, the other side's, and both ends of the chain.
type Relation struct {
	Me, Them record.Key
	// Sent and Held are the last places of both sides, as in record.Link; 0 for none.
	Sent, Held uint64
	// MissingSent and MissingHeld are runs of places, both ends included.
	MissingSent, MissingHeld [][2]uint64
	Faults                   []ChainFault
	// Resuming says in words how far resuming is; "" where nothing is to resume.
	Resuming string
}

// ChainFault is a contradiction in a chain, in a sentence that says what to do, with what proves it.
type ChainFault struct {
	Text    string
	N       uint64
	At      time.Time
	Records []record.Verified
}

// Chains lists the relationships of a party: the node, from its store.
type Chains interface {
	// Relations returns up to limit, ordered by Me and Them, after the given keys; zero ones start at the first.
	Relations(ctx context.Context, me, them record.Key, limit int) ([]Relation, error)
}

// Relations serves the RelationsService. All its fields are required.
type Relations struct {
	localv1connect.UnimplementedRelationsServiceHandler
	Chains Chains
	// Contact returns whom the owner knows under a key; false for nobody.
	Contact func(k record.Key) (contacts.Contact, bool)
	// Resolve returns the contact that a word of the owner's means.
	Resolve func(who string) (contacts.Contact, error)
}

// ListRelations implements the service.
func (r *Relations) ListRelations(ctx context.Context, req *localv1.ListRelationsRequest) (*localv1.ListRelationsResponse, error) {
	me, them, err := relationCursor(req.GetAfter())
	if err != nil {
		return nil, err
	}
	with, err := r.who(req.GetThem())
	if err != nil {
		return nil, err
	}
	limit := int(req.GetLimit())
	if limit < 1 || limit > maxRelations {
		limit = maxRelations
	}
	out := &localv1.ListRelationsResponse{}
	for {
		page, err := r.Chains.Relations(ctx, me, them, maxRelations)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			if len(out.Relations) == limit {
				out.Next = append(append([]byte{}, me[:]...), them[:]...)
				return out, nil
			}
			if me, them = one.Me, one.Them; with.IsZero() || them == with {
				out.Relations = append(out.Relations, r.toWire(one))
			}
		}
		if len(page) < maxRelations {
			return out, nil
		}
	}
}

// who reads a key, known or not, or what the owner calls a contact; the zero key for nothing.
func (r *Relations) who(s string) (record.Key, error) {
	if s == "" {
		return record.Key{}, nil
	}
	if k, err := record.ParseKeyText(s); err == nil {
		return k, nil
	}
	c, err := r.Resolve(s)
	if err != nil {
		return record.Key{}, dealingFailure(err)
	}
	return c.Key, nil
}

func relationCursor(b []byte) (me, them record.Key, err error) {
	if len(b) == 0 {
		return me, them, nil
	}
	if len(b) != 2*record.KeySize {
		return me, them, Fail(BadInput, "a cursor of %d bytes", len(b)).Hint("the one that the page before ended with, or none")
	}
	return record.Key(b[:record.KeySize]), record.Key(b[record.KeySize:]), nil
}

func (r *Relations) toWire(one Relation) *localv1.Relation {
	out := &localv1.Relation{
		Me: one.Me.String(), Them: one.Them.String(), Sent: placeToWire(one.Sent), Held: placeToWire(one.Held),
		MissingSent: rangesToWire(one.MissingSent), MissingHeld: rangesToWire(one.MissingHeld), Resuming: one.Resuming,
	}
	if c, ok := r.Contact(one.Them); ok {
		out.Petname = c.Petname
	}
	for _, f := range one.Faults {
		w := &localv1.ChainFault{Text: f.Text, Place: placeToWire(f.N), AtMs: f.At.UnixMilli()}
		for _, v := range f.Records {
			w.Records = append(w.Records, v.Bytes())
		}
		out.Faults = append(out.Faults, w)
	}
	return out
}

func placeToWire(n uint64) *localv1.ChainPlace {
	l := record.Link{N: n}
	return &localv1.ChainPlace{Epoch: l.Epoch(), Count: l.Count()}
}

func rangesToWire(rs [][2]uint64) (out []*localv1.PlaceRange) {
	for _, r := range rs {
		out = append(out, &localv1.PlaceRange{First: placeToWire(r[0]), Last: placeToWire(r[1])})
	}
	return out
}
