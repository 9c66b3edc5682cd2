package finding

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// The life of an organisation's own card.
const (
	// cardLife is how long a card may be used: a node that is gone leaves the directories within it.
	cardLife = 14 * 24 * time.Hour
	// cardRenew is how long before its end a card that says nothing new is signed again.
	cardRenew = 7 * 24 * time.Hour
)

const tableOwn store.Table = "own-card" // "card" → the whole record of the last card signed

// ownCard is the organisation's newest card.
type ownCard struct {
	mu     sync.Mutex
	loaded bool
	record record.Verified
	card   profile.Card
}

// OwnCard returns the organisation's newest card, signed now where what it says has changed or it
// runs out; the zero record on a person's node. Errors: what Config.Card, the signer and the store say.
func (f *Finder) OwnCard(ctx context.Context) (record.Verified, error) {
	if f.cfg.Card == nil {
		return record.Verified{}, nil
	}
	f.own.mu.Lock()
	defer f.own.mu.Unlock()
	if err := f.loadOwn(ctx); err != nil {
		return record.Verified{}, err
	}
	next, err := f.cfg.Card(ctx)
	if err != nil {
		return record.Verified{}, fmt.Errorf("write the card: %w", err)
	}
	f.complete(&next)
	if same(next, f.own.card) && f.own.card.Expires.Sub(f.cfg.Now()) > cardRenew {
		return f.own.record, nil
	}
	return f.signOwn(ctx, next)
}

func (f *Finder) loadOwn(ctx context.Context) error {
	if f.own.loaded {
		return nil
	}
	b, err := f.cfg.Tables.Get(ctx, tableOwn, []byte("card"))
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		v, c, err := profile.Verify(b, f.cfg.Now())
		if err != nil {
			return fmt.Errorf("read the card that was signed last: %w", err)
		}
		f.own.record, f.own.card = v, c
	}
	f.own.loaded = true
	return nil
}

// signOwn signs a card above the last, and above what a lost store can have signed.
func (f *Finder) signOwn(ctx context.Context, next profile.Card) (record.Verified, error) {
	now := f.cfg.Now()
	next.Sequence = max(f.own.card.Sequence+1, uint64(now.UnixMilli()))
	next.Issued, next.Expires = now, now.Add(cardLife)
	self, err := f.cfg.Self(ctx)
	if err != nil {
		return record.Verified{}, err
	}
	r, err := profile.New(ctx, next, self)
	if err != nil {
		return record.Verified{}, fmt.Errorf("sign the card: %w", err)
	}
	v, c, err := profile.Verify(r.Bytes(), now)
	if err != nil {
		return record.Verified{}, err
	}
	// Kept before anybody sees it: a second card of its sequence would be a fork.
	if err := f.cfg.Tables.Put(ctx, tableOwn, []byte("card"), v.Bytes()); err != nil {
		return record.Verified{}, fmt.Errorf("keep the card: %w", err)
	}
	f.own.record, f.own.card = v, c
	return v, nil
}

// complete fills in what the Finder knows: roads, the protocols that it answers, and what the
// organisation is found under in its communities.
func (f *Finder) complete(c *profile.Card) {
	c.Roads = f.roads()
	speaks := append(slices.Clone(c.Speaks), profile.ServiceID)
	categories := slices.Clone(c.Categories)
	c.Steward = false
	f.mu.Lock()
	for _, m := range f.members {
		if m.role.Steward {
			c.Steward = true
			speaks = append(speaks, community.StewardID)
		}
		categories = append(categories, m.role.Categories...)
	}
	f.mu.Unlock()
	slices.Sort(speaks)
	c.Speaks = slices.Compact(speaks)
	slices.SortFunc(categories, category.Path.Compare)
	categories = slices.Compact(categories)
	c.Categories = categories[:min(len(categories), profile.MaxCategories)]
}

// same reports whether two cards say the same, whatever their times and sequence.
func same(a, b profile.Card) bool {
	for _, c := range []*profile.Card{&a, &b} {
		c.ID, c.Key, c.Sequence, c.Issued, c.Expires = record.ID{}, record.Key{}, 0, time.Time{}, time.Time{}
		if len(c.Accepts) == 0 {
			c.Accepts = nil
		}
		if len(c.Categories) == 0 {
			c.Categories = nil
		}
		c.Roads = slices.Clone(c.Roads)
		for i := range c.Roads {
			c.Roads[i].Addresses = slices.Clone(c.Roads[i].Addresses)
			slices.SortFunc(c.Roads[i].Addresses, bytes.Compare)
		}
	}
	return reflect.DeepEqual(a, b)
}
