package finding

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	// refreshEvery is how often a person's node brings the directories of its communities home: a vendor
	// that restarted elsewhere is found there again.
	refreshEvery = time.Hour
	// refreshWithin spreads the first time after a start, in which many nodes may start together.
	refreshWithin = 2 * time.Second
)

// RefreshAll is Refresh of each community. It goes on after a failure, and returns them all.
func (f *Finder) RefreshAll(ctx context.Context) error {
	members, err := f.membersOf(record.ID{})
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range members {
		if err := f.Refresh(ctx, m.founding.ID); err != nil {
			errs = append(errs, fmt.Errorf("refresh %s: %w", m.founding.Name, err))
		}
	}
	return errors.Join(errs...)
}

// refreshNowAndThen brings one directory home until ctx ends.
func (f *Finder) refreshNowAndThen(ctx context.Context, m *member) {
	timer := time.NewTimer(rand.N(refreshWithin))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := f.Refresh(ctx, m.founding.ID); err != nil && ctx.Err() == nil {
			f.cfg.Log.Info("a directory couldn't be brought home; it is tried again", "community", m.founding.ID.Short(), "in", refreshEvery, "err", err)
		}
		timer.Reset(refreshEvery)
	}
}
