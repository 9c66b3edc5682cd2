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
		if err := f.announce(ctx, m); err != nil {
			f.cfg.Log.Warn("the card couldn't be published everywhere", "community", m.founding.ID.Short(), "again in", retry, "err", err)
			wait, retry = retry, min(2*retry, retryLast)
		} else {
			retry = retryFirst
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-m.announceNow:
			timer.Stop()
			retry = retryFirst
		case <-timer.C:
		}
	}
}

// announce hands the card to the stewards, puts it into the DHT, and provides each prefix of
// the categories that it is found under. It goes on after a failure, and returns them all.
func (f *Finder) announce(ctx context.Context, m *member) error {
	v, err := f.cfg.Card(ctx)
	if err != nil {
		return err
	}
	card, err := profile.Read(v)
	if err != nil {
		return err
	}
	if err := f.followCategories(ctx, m, card); err != nil {
		return err
	}
	errs := []error{f.handOver(ctx, m, v)}
	if err := m.ring.putCard(ctx, card.Key, v.Bytes()); err != nil {
		errs = append(errs, fmt.Errorf("put the card: %w", err))
	}
	for _, p := range prefixes(m.categories(card)) {
		if ctx.Err() != nil {
			break
		}
		if err := m.ring.provide(ctx, p); err != nil {
			errs = append(errs, fmt.Errorf("provide %s: %w", p, err))
		}
	}
	return errors.Join(errs...)
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
	same := m.entered && slices.Equal(tops, m.tops)
	m.mu.Unlock()
	if same {
		return nil
	}
	f.cfg.Mesh.Leave(m.founding.ID)
	return f.enterMesh(ctx, m, tops)
}
