package steward

import (
	"bytes"
	"context"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/profile"
)

// MaxCards is how many cards a directory has: above it the one that was taken in first
// leaves, and comes back when its organisation hands it over again, within a day.
const MaxCards = 1 << 14

// directory keeps the cards of one community. It is a community.Directory.
type directory struct {
	shelf *shelf
	till  *till
	now   func() time.Time
}

// Cards implements community.Directory.
func (d *directory) Cards(ctx context.Context, top category.Path, after uint64, limit int) ([]community.Numbered, error) {
	return d.shelf.list(ctx, top, after, limit, d.now())
}

// Keep implements community.Directory: it charges the caller, then takes in a card that is
// live, and newer than the one held or its fork.
func (d *directory) Keep(ctx context.Context, card []byte) error {
	if err := d.till.charge(ctx, "cards"); err != nil {
		return err
	}
	v, c, err := profile.Verify(card, d.now())
	if err != nil {
		return refusal(err)
	}
	if err := c.Live(d.now()); err != nil {
		return answer.Refuse(answer.Expired, "%v", err)
	}
	i := item{id: c.ID, subject: [32]byte(c.Key), kind: kindCard, sequence: c.Sequence, expires: c.Expires, tops: topsOf(c.Categories)}
	old := false
	err = d.shelf.add(ctx, &i, v.Bytes(), func(about []item) decision {
		var next decision
		next, old = replaces(i, about)
		return next
	})
	if err == nil && old {
		return answer.Refuse(answer.Conflict, "a newer card of %s is held", c.Key.Short())
	}
	return err
}

// replaces decides on a card beside those held of the same organisation, as
// profile.Held does: the highest sequence stays, and up to profile.MaxForks cards of it.
func replaces(i item, held []item) (d decision, old bool) {
	var last *item
	for at, h := range held {
		switch {
		case h.id == i.id:
			return decision{}, false
		case h.sequence > i.sequence:
			return decision{}, true
		case h.sequence < i.sequence:
			d.drop = append(d.drop, h)
		case last == nil || bytes.Compare(h.id[:], last.id[:]) > 0:
			last = &held[at]
		}
	}
	if len(held)-len(d.drop) >= profile.MaxForks {
		if bytes.Compare(i.id[:], last.id[:]) > 0 {
			return decision{}, false
		}
		d.drop = append(d.drop, *last)
	}
	d.keep = true
	return d, false
}

func topsOf(paths []category.Path) []category.Path {
	var out []category.Path
	for _, p := range paths {
		seen := false
		for _, t := range out {
			seen = seen || t == p.Top()
		}
		if !seen {
			out = append(out, p.Top())
		}
	}
	return out
}
