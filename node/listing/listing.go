package listing

import (
	"context"
	"log/slog"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Store is what the lines are made from and kept in.
type Store interface {
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
	Wait(ctx context.Context, after uint64) (uint64, error)
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
	Commit(ctx context.Context, b store.Batch) error
}

// Config is what a Listing works with. Store is needed.
type Config struct {
	Store Store
	// Waits reports whether an entry waits for the owner's decision, or may yet. Nil: none does.
	// One that it fails about is taken to wait.
	Waits func(ctx context.Context, e store.Event) (bool, error)
	// Log takes what was passed over since it can't be read; nil for nothing.
	Log *slog.Logger
}

// Listing keeps the lines. New makes one. Safe for concurrent use.
type Listing struct {
	Config
	rows rows

	mu     sync.Mutex // held while the feed is taken in
	loaded bool
	cursor cursor
}

// New returns a listing that has taken in nothing yet.
func New(c Config) *Listing {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Listing{Config: c, rows: rows{store: c.Store, log: c.Log}}
}

// Run takes in what is new as it comes, so that readers find little left to do. It
// returns ctx's error, or that of the store: reading goes on without it.
func (l *Listing) Run(ctx context.Context) error {
	for {
		seq, err := l.follow(ctx)
		if err != nil {
			return err
		}
		if _, err := l.Store.Wait(ctx, seq); err != nil {
			return err
		}
	}
}
