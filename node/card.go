package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

const (
	tableOwn store.Table = "own"
	// cardLife is how long a card is good; it is made anew at half of that.
	cardLife = 20 * 24 * time.Hour
)

// ownCard makes the organisation's card, and again when what it says has changed.
type ownCard struct {
	tables cardTables
	signer record.Signer
	now    func() time.Time
	say    func(ctx context.Context) (profile.Card, error) // what the card should say now

	mu   sync.Mutex
	last record.Verified
	card profile.Card
}

type cardTables interface {
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
}

var cardKey = []byte("card")

// current returns the card as it should be now, kept before it is returned, so that a
// sequence number is never used for two.
func (o *ownCard) current(ctx context.Context) (record.Verified, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now().UTC().Truncate(time.Millisecond)
	if o.last.IsZero() {
		if err := o.load(ctx, now); err != nil {
			return record.Verified{}, err
		}
	}
	want, err := o.say(ctx)
	if err != nil {
		return record.Verified{}, err
	}
	if !o.last.IsZero() && sameCard(want, o.card) && now.Before(o.card.Issued.Add(cardLife/2)) {
		return o.last, nil
	}
	// By the clock, so that a node whose store was lost isn't outranked by its own old card.
	want.Sequence = max(o.card.Sequence+1, uint64(now.UnixMilli()))
	want.Issued, want.Expires = now, now.Add(cardLife)
	r, err := profile.New(ctx, want, o.signer)
	if err != nil {
		return record.Verified{}, err
	}
	v, c, err := profile.Verify(r.Bytes(), now)
	if err != nil {
		return record.Verified{}, err
	}
	if err := o.tables.Put(ctx, tableOwn, cardKey, v.Bytes()); err != nil {
		return record.Verified{}, err
	}
	o.last, o.card = v, c
	return v, nil
}

func (o *ownCard) load(ctx context.Context, now time.Time) error {
	b, err := o.tables.Get(ctx, tableOwn, cardKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o.last, o.card, err = profile.Verify(b, now)
	return err
}

// sameCard compares what the owner says; times, sequence and key aside.
func sameCard(a, b profile.Card) bool {
	return a.Name == b.Name && a.Description == b.Description && a.URL == b.URL && a.Steward == b.Steward &&
		slices.Equal(a.Speaks, b.Speaks) && slices.Equal(a.Accepts, b.Accepts) && slices.Equal(a.Categories, b.Categories) &&
		slices.EqualFunc(a.Roads, b.Roads, sameRoad)
}

func sameRoad(a, b road.Road) bool {
	return slices.Equal(a.Peer, b.Peer) && slices.EqualFunc(a.Addresses, b.Addresses, slices.Equal[[]byte])
}

// saysOf returns what an organisation's card should say, from its settings.
func saysOf(name string, roads []road.Road, accepts []terms.Ref, categories []category.Path, steward bool, speaks []string) profile.Card {
	speaks = slices.Clone(speaks)
	slices.Sort(speaks)
	categories = slices.Clone(categories)
	slices.SortFunc(categories, category.Path.Compare)
	categories = slices.Compact(categories)
	if len(categories) > profile.MaxCategories {
		categories = categories[:profile.MaxCategories]
	}
	return profile.Card{Name: name, Roads: roads, Speaks: speaks, Accepts: accepts, Categories: categories, Steward: steward}
}

// accepted lists the terms that a policy accepts by rule, in the roster's order.
func accepted(r *terms.Roster, accepts func(id string) bool) []terms.Ref {
	var out []terms.Ref
	for _, t := range r.All() {
		if accepts(t.Ref.ID) && len(out) < profile.MaxAccepts {
			out = append(out, t.Ref)
		}
	}
	return out
}
