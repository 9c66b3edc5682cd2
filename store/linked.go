package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
)

// AppendLinked calls build with the next place in the chain from me to them, appends
// the entries that it made (all about one subject, which may be new and must have
// expect entries, or any number for -1), and returns once they are synced. Exactly one
// of them is a record by me to them with the N and Sent that build was given; its Held
// may name something newer, such as a record that build appends with it. Where build
// returns nothing, nothing is written. The place is the first of the store's epoch where
// nothing was sent to them in it yet; see NextEpoch.
//
// Several calls may be under way for one pair: places are given in order and queued in
// order, and don't wait for each other's sync. build runs while later calls for the pair
// wait; it must not call AppendLinked. It may be called again after a place was lost
// to another writer: what it made before was never stored, and must not be shown to anybody
// before AppendLinked returned nil. Errors: build's own, and those of Append.
func (c *core) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	p := c.pairs.enter(pairKey{me, them})
	defer c.pairs.leave(p)
	for {
		err := c.tryLinked(ctx, p, expect, build)
		if !errors.Is(err, errChain) {
			return err
		}
	}
}

// tryLinked gives one place in the chain. It holds the pair's turn until the request is
// queued, so that requests come to the writer in the order of their places.
func (c *core) tryLinked(ctx context.Context, p *pair, expect int, build func(record.Link) ([]record.Entry, error)) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	release := sync.OnceFunc(func() { <-p.turn })
	defer release()
	link, epoch, err := c.nextLink(ctx, p)
	if err != nil {
		return err
	}
	es, err := build(link)
	if err != nil || len(es) == 0 {
		return err
	}
	made, err := checkMade(p.key, link, es)
	if err != nil {
		return err
	}
	r, err := prepare(Batch{Appends: []Append{{Subject: es[0].Subject, Expect: expect, Entries: es}}})
	if err != nil {
		return err
	}
	r.link = &linkCheck{me: p.key.me, them: p.key.them, link: link, epoch: epoch}
	var age uint64
	err = c.submit(ctx, r, func() {
		age = p.extend(Head{N: link.N, Sent: made})
		release()
	})
	if err != nil {
		p.forget(age)
	}
	return err
}

// nextLink returns the place after the last one queued, or after the last one stored
// where that is further.
func (c *core) nextLink(ctx context.Context, p *pair) (link record.Link, epoch uint32, err error) {
	stored, err := c.Head(ctx, p.key.me, p.key.them)
	if err != nil {
		return link, 0, err
	}
	if epoch, err = c.Epoch(ctx); err != nil {
		return link, 0, err
	}
	link = record.Link{N: stored.next(epoch), Sent: stored.Sent, Held: stored.Held}
	if queued := p.queued(); queued.N > stored.N {
		link.N, link.Sent = queued.next(epoch), queued.Sent
	}
	return link, epoch, nil
}

// next returns the place after the head, which is the first of epoch where the head's is an earlier one.
func (h Head) next(epoch uint32) uint64 {
	return max(h.N+1, record.Place(epoch, 1))
}

// checkMade returns the id of the one statement that takes the place given.
func checkMade(k pairKey, link record.Link, es []record.Entry) (record.ID, error) {
	var made record.ID
	for _, e := range es {
		st := e.Rec.Statement()
		l := st.Link()
		if e.Rec.IsZero() || st.Author() != k.me || st.Recipient() != k.them || l.N < link.N {
			continue
		}
		if !made.IsZero() || !sentByKeeper(e) || l.N != link.N || l.Sent != link.Sent {
			return record.ID{}, fmt.Errorf("%w: %s isn't at place %d of its chain", ErrInvalid, st.ID().Short(), link.N)
		}
		made = st.ID()
	}
	if made.IsZero() {
		return made, fmt.Errorf("%w: no record at place %d of the chain from %s to %s", ErrInvalid, link.N, k.me.Short(), k.them.Short())
	}
	return made, nil
}
