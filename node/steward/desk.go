package steward

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// MaxCasts is how many casts and withdrawals are kept for one community: 128 MiB. Above it the one
// that was taken in first leaves; who asks often has seen it.
const MaxCasts = 1 << 15

// pruneEvery is how often what has expired leaves the store. It is never listed.
const pruneEvery = 10 * time.Minute

// Config is what a Desk needs.
type Config struct {
	// Founding is the founding record of the community that is served.
	Founding record.Verified
	// Tables keep casts and cards; they stay the caller's.
	Tables Tables
	// Publish sends a form to a topic of the community, after the whole validator; mesh.Mesh has
	// it. What it doesn't accept, it says in intention's errors.
	Publish func(ctx context.Context, id record.ID, top category.Path, form []byte) (intention.Item, error)
	// Log hears of what can't be said to anybody; nil discards it.
	Log *slog.Logger
	// Now is the node's clock; nil for the machine's.
	Now func() time.Time
}

// Desk serves one community. Its methods may be called concurrently.
type Desk struct {
	cfg       Config
	community community.Founding
	directory *directory
	archive   *archive
}

// Open reads what the desk kept. Errors: the store's, and those of community.Read.
func Open(ctx context.Context, c Config) (*Desk, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	f, err := community.Read(c.Founding)
	if err != nil {
		return nil, err
	}
	casts, err := openShelf(ctx, c.Tables, tableCasts, f.ID, MaxCasts, c.Now())
	if err != nil {
		return nil, err
	}
	cards, err := openShelf(ctx, c.Tables, tableCards, f.ID, MaxCards, c.Now())
	if err != nil {
		return nil, err
	}
	return &Desk{
		cfg: c, community: f,
		directory: &directory{shelf: cards, till: newTill(CardBurst, CardEvery, c.Now), now: c.Now},
		archive: &archive{
			shelf: casts, till: newTill(CastBurst, CastEvery, c.Now), now: c.Now,
			publish: func(ctx context.Context, top category.Path, form []byte) (intention.Item, error) {
				return c.Publish(ctx, f.ID, top, form)
			},
		},
	}, nil
}

// Steward returns what protocol/community's handler serves for the community.
func (d *Desk) Steward() community.Steward {
	return community.Steward{Founding: d.cfg.Founding, Directory: d.directory, Casts: d.archive}
}

// Heard keeps what came by gossip, and returns once it is synced.
func (d *Desk) Heard(ctx context.Context, top category.Path, i intention.Item) error {
	return d.archive.keep(ctx, top, i)
}

// Cards returns how many live cards the directory has.
func (d *Desk) Cards() int { return d.directory.shelf.count(d.cfg.Now()) }

// Known hands over the forms of all casts and withdrawals that are kept: what a validator has to
// remember after a restart.
func (d *Desk) Known(ctx context.Context, remember func(form []byte)) error {
	after := uint64(0)
	for {
		page, err := d.archive.shelf.list(ctx, category.Path{}, after, scanAtOnce, d.cfg.Now())
		if err != nil {
			return err
		}
		for _, n := range page {
			remember(n.Bytes)
			after = n.Seq
		}
		if len(page) < scanAtOnce {
			return nil
		}
	}
}

// Prune removes what has expired from the store.
func (d *Desk) Prune(ctx context.Context) error {
	now := d.cfg.Now()
	return errors.Join(d.archive.shelf.prune(ctx, now), d.directory.shelf.prune(ctx, now))
}

// Run prunes now and then until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := d.Prune(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("the steward's desk can't be cleared", "community", d.community.ID.Short(), "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// refusal is what a caller is told of a card or cast that was refused.
func refusal(err error) error {
	switch {
	case errors.Is(err, form.ErrType):
		return answer.Refuse(answer.UnknownType, "%v", err)
	case errors.Is(err, profile.ErrMalformed):
		return answer.Refuse(answer.Malformed, "%v", err)
	}
	return intention.Refusal(err)
}
