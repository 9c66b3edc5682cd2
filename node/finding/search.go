package finding

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// askAtOnce is how many nodes are asked for their cards at a time.
const askAtOnce = 8

// Find returns the organisations that deal in a category, above it or below it, and whose cards are
// live, in the order of the book: those of one community, or all that are known where id is zero. A
// node in the DHT first follows the hints that it finds there, for at most some seconds; a person's
// node searches what Refresh brought home, and asks nobody. Errors: ErrUnknown, ctx's.
func (f *Finder) Find(ctx context.Context, id record.ID, p category.Path) ([]contacts.Contact, error) {
	if p.IsZero() {
		return nil, fmt.Errorf("%w: find what? try a word such as food", category.ErrPath)
	}
	members, err := f.membersOf(id)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	for _, m := range members {
		if m.ring != nil {
			wg.Go(func() { f.followHints(ctx, m, p) })
		}
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(f.cfg.Book.List(), func(c contacts.Contact) bool { return !f.deals(c, id, p) }), nil
}

func (f *Finder) membersOf(id record.ID) ([]*member, error) {
	if !id.IsZero() {
		m, err := f.member(id)
		if err != nil {
			return nil, err
		}
		return []*member{m}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]*member, 0, len(f.members))
	for _, m := range f.members {
		out = append(out, m)
	}
	return out, nil
}

func (f *Finder) deals(c contacts.Contact, id record.ID, p category.Path) bool {
	if !c.HasCard || c.Card.Live(f.cfg.Now()) != nil || !names(c.Card, p) {
		return false
	}
	if id.IsZero() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, here := f.places[place{id, c.Key}]
	return here
}

// names reports whether a card names p, what is above it or what is below it: as casting takes it.
func names(c profile.Card, p category.Path) bool {
	return slices.ContainsFunc(c.Categories, func(q category.Path) bool { return p.Contains(q) || q.Contains(p) })
}

// followHints asks each node that says it deals in p, or above it, for its card. What fails, or isn't
// what it seemed, costs its own hint alone.
func (f *Finder) followHints(ctx context.Context, m *member, p category.Path) {
	hints := make(chan peer.AddrInfo)
	var wg sync.WaitGroup
	for range askAtOnce {
		wg.Go(func() {
			for info := range hints {
				if err := f.followHint(ctx, m, info, p); err != nil && ctx.Err() == nil {
					f.cfg.Log.Debug("a hint led nowhere", "peer", info.ID, "err", err)
				}
			}
		})
	}
	for _, info := range m.ring.providers(ctx, p) {
		if info.ID != f.cfg.Host.ID() {
			hints <- info
		}
	}
	close(hints)
	wg.Wait()
}

func (f *Finder) followHint(ctx context.Context, m *member, info peer.AddrInfo, p category.Path) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	f.cfg.Host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.TempAddrTTL)
	v, c, err := profile.Fetch(ctx, func(ctx context.Context, req []byte) answer.Outcome {
		return f.cfg.Exchange.Call(ctx, info.ID, CardProtocol(), req)
	}, f.cfg.Now())
	if err != nil {
		return err
	}
	if !names(c, p) {
		return fmt.Errorf("the card of %s doesn't list %s", c.Key.Short(), p)
	}
	if err := f.see(ctx, m.founding.ID, v, c); err != nil {
		return err
	}
	if leadsTo(c, info.ID) {
		return nil
	}
	// Somebody else's card, perhaps an old one: its organisation has the last word.
	return f.lookUp(ctx, m, c.Key)
}

func leadsTo(c profile.Card, p peer.ID) bool {
	for _, r := range c.Roads {
		if string(r.Peer) == string(p) {
			return true
		}
	}
	return false
}

// lookUp takes the newest card of an organisation from the DHT into the book. Where the DHT is silent
// or hostile, the book stays as it is.
func (f *Finder) lookUp(ctx context.Context, m *member, k record.Key) error {
	if b, err := m.ring.card(ctx, k); err == nil && b != nil {
		return f.take(ctx, m.founding.ID, b)
	}
	return nil
}
