package steward

import (
	"context"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

// archive keeps the live casts of one community, and the withdrawals until their casts
// would have expired: who held the cast learns from the list that it is gone. It is a community.Casts.
type archive struct {
	shelf   *shelf
	till    *till
	publish func(ctx context.Context, top category.Path, form []byte) (intention.Item, error)
	now     func() time.Time
}

// Live implements community.Casts: live casts, and withdrawals of casts that would be.
func (a *archive) Live(ctx context.Context, top category.Path, after uint64, limit int) ([]community.Numbered, error) {
	return a.shelf.list(ctx, top, after, limit, a.now())
}

// Publish implements community.Casts: it charges the caller, publishes the form to its topic, and
// keeps it before it answers. What is here already is as good as published.
func (a *archive) Publish(ctx context.Context, form []byte) error {
	if err := a.till.charge(ctx, "casts"); err != nil {
		return err
	}
	top, err := a.topOf(form)
	if err != nil {
		return refusal(err)
	}
	item, err := a.publish(ctx, top, form)
	if err != nil {
		// A copy that came by gossip may still be on its way to the shelf; it is heard.
		return refusal(err)
	}
	return a.keep(ctx, top, item)
}

// topOf finds the topic of a form: a cast names it, a withdrawal's is that of its cast.
func (a *archive) topOf(form []byte) (category.Path, error) {
	if len(form) != intention.FormSize {
		return category.Path{}, fmt.Errorf("%w: %d bytes, want %d", intention.ErrForm, len(form), intention.FormSize)
	}
	v, err := record.Verify(form, record.Want{At: a.now(), Complete: true})
	if err != nil {
		return category.Path{}, err
	}
	if v.Statement().Type() != intention.TypeWithdrawal {
		c, err := intention.ReadCast(v)
		return c.Category.Top(), err
	}
	w, err := intention.ReadWithdrawal(v)
	if err != nil {
		return category.Path{}, err
	}
	for _, i := range a.shelf.about([32]byte(w.Key)) {
		if len(i.tops) > 0 {
			return i.tops[0], nil
		}
	}
	return category.Path{}, answer.Refuse(answer.NotFound, "the cast %s isn't live here; try the steward that it was given to", w.Cast.Short())
}

// keep puts an item on the shelf: a withdrawal takes its cast's place. Both are found by
// the cast's key, so that a withdrawal by another key, which anybody can make, takes nobody's.
func (a *archive) keep(ctx context.Context, top category.Path, i intention.Item) error {
	kept := item{id: i.Record.ID(), kind: kindCast, expires: i.Cast.Expires, subject: [32]byte(i.Cast.Key)}
	if !i.IsCast() {
		kept.kind, kept.expires, kept.subject = kindWithdrawal, i.Withdrawal.Expires, [32]byte(i.Withdrawal.Key)
	}
	if !top.IsZero() {
		kept.tops = []category.Path{top}
	}
	return a.shelf.add(ctx, &kept, i.Record.Bytes(), func(about []item) decision {
		if kept.kind == kindCast {
			return decision{keep: len(about) == 0}
		}
		for _, other := range about {
			if other.kind == kindWithdrawal {
				return decision{}
			}
			// One that came by a list without its topic is listed where its cast was.
			kept.tops = other.tops
		}
		return decision{keep: true, drop: about}
	})
}
