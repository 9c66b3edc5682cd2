package finding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// After a failure an announcement is tried again, each time twice as late.
const (
	retryFirst = 5 * time.Second
	retryLast  = 10 * time.Minute
	// lookEvery is how often a node that is alone in the DHT looks whether it still is.
	lookEvery = time.Second
)

// Announce lets an organisation's node publish its card and its categories again now, in all its
// communities: what Config.Card returns has changed. It returns at once.
func (f *Finder) Announce() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.members {
		kick(m.announceNow)
	}
}

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (f *Finder) announceNowAndThen(ctx context.Context, m *member) {
	retry := retryFirst
	for {
		wait := provideEvery
		alone, err := f.announce(ctx, m)
		if err != nil {
			if ctx.Err() == nil {
				f.cfg.Log.Warn("the card couldn't be published everywhere", "community", m.founding.ID.Short(), "again in", retry, "err", err)
			}
			wait, retry = retry, min(2*retry, retryLast)
		} else {
			retry = retryFirst
		}
		early, err := f.rest(ctx, m, wait, alone)
		if err != nil {
			return
		}
		if early {
			retry = retryFirst
		}
	}
}

// rest waits until the card is to be published again: after wait, when Announce asks, or when somebody is
// there to give it to. It returns ctx's error.
func (f *Finder) rest(ctx context.Context, m *member, wait time.Duration, alone bool) (early bool, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	if !alone {
		look.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-m.announceNow:
			return true, nil
		case <-timer.C:
			return false, nil
		case <-look.C:
			if !m.ring.alone() {
				return true, nil
			}
		}
	}
}

// announce hands the card to the stewards, puts it into the DHT, and provides each prefix of
// the categories that it is found under. It goes on after a failure, and returns them all; that
// nobody else is in the DHT yet is none: what is published waits at this node.
func (f *Finder) announce(ctx context.Context, m *member) (alone bool, err error) {
	v, err := f.cfg.Card(ctx)
	if err != nil {
		return false, err
	}
	card, err := profile.Read(v)
	if err != nil {
		return false, err
	}
	if err := f.followCategories(ctx, m, card); err != nil {
		return false, err
	}
	errs := []error{f.handOver(ctx, m, v)}
	alone = m.ring.alone()
	if err := m.ring.putCard(ctx, card.Key, v.Bytes()); err != nil && !alone {
		errs = append(errs, fmt.Errorf("put the card: %w", err))
	}
	for _, p := range prefixes(m.categories(card)) {
		if ctx.Err() != nil {
			break
		}
		if err := m.ring.provide(ctx, p); err != nil && !alone {
			errs = append(errs, fmt.Errorf("provide %s: %w", p, err))
		}
	}
	return alone, errors.Join(errs...)
}

// handOver gives the card to the node's own desk, or else to all stewards that are known.
func (f *Finder) handOver(ctx context.Context, m *member, v record.Verified) error {
	if m.desk != nil {
		return m.desk.Steward().Directory.Keep(ctx, v.Bytes())
	}
	var errs []error
	taken := false
	for _, info := range f.stewards(m) {
		err := f.dial(ctx, info)
		if err == nil {
			err = f.client(m.founding.ID, info.ID).Card(ctx, v.Bytes())
		}
		taken = taken || err == nil
		errs = append(errs, err)
	}
	if taken {
		return nil
	}
	return fmt.Errorf("hand over the card: %w", errors.Join(append(errs, ErrUnreachable)...))
}

// categories are what the organisation is found under in this community.
func (m *member) categories(c profile.Card) []category.Path {
	all := m.role.Categories
	if len(all) == 0 {
		all = c.Categories
	}
	return slices.DeleteFunc(slices.Clone(all), func(p category.Path) bool { return !m.founding.Lists(p.Top()) })
}

// prefixes returns each prefix of each path, once.
func prefixes(paths []category.Path) []category.Path {
	var out []category.Path
	for _, p := range paths {
		out = append(out, p.Prefixes()...)
	}
	slices.SortFunc(out, category.Path.Compare)
	return slices.Compact(out)
}

// followCategories moves the node to the topics of its categories where those have changed.
func (f *Finder) followCategories(ctx context.Context, m *member, c profile.Card) error {
	if m.steward || m.role.Mesh {
		return nil
	}
	tops := []category.Path{}
	for _, p := range m.categories(c) {
		tops = append(tops, p.Top())
	}
	slices.SortFunc(tops, category.Path.Compare)
	tops = slices.Compact(tops)
	m.mu.Lock()
	entered, same := m.entered, slices.Equal(tops, m.tops)
	m.mu.Unlock()
	switch {
	case !entered:
		return f.enterMesh(ctx, m, tops)
	case same:
		return nil
	}
	if err := f.cfg.Mesh.Follow(m.founding.ID, tops); err != nil {
		return err
	}
	m.mu.Lock()
	m.tops = tops
	m.mu.Unlock()
	kick(m.catchUpNow)
	return nil
}
