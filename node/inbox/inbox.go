package inbox

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Item is one thing that waits for a decision, or has happened.
type Item struct {
	// Cursor is its place in the feed: ask for what comes after it.
	Cursor uint64
	At     time.Time
	// Kind is a word: proffer, alternative, agreement, declined, ended, intention, offer.
	Kind string
	ID   record.ID
	// Who is the counterparty as the owner knows it.
	Who  string
	Text string
	// Waiting says that nothing goes on until she decides.
	Waiting bool
	// Commands are the command lines that answer or show it.
	Commands []string
}

// Feed is the store's.
type Feed interface {
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
}

// Agreements reads one thread.
type Agreements interface {
	Get(ctx context.Context, id record.ID) (agreement.Agreement, error)
}

// Describer says of an entry of another protocol what it means to the owner; false
// where it means nothing to her.
type Describer interface {
	Describe(ctx context.Context, e store.Event) (Item, bool, error)
}

// Config is what an Inbox reads; all but Others must be set.
type Config struct {
	Feed       Feed
	Agreements Agreements
	Book       *contacts.Book
	Others     Describer
	Now        func() time.Time
}

// Inbox lists items. Safe for concurrent use.
type Inbox struct {
	Config

	mu     sync.Mutex
	seen   uint64               // the feed was read up to here for waiting
	origin map[record.ID]uint64 // subjects that waited when last looked at: the place before the item's event
}

// New returns an inbox that has read nothing yet.
func New(c Config) *Inbox {
	return &Inbox{Config: c, origin: map[record.ID]uint64{}}
}

// page is how many events are read at once.
const page = 256

// List returns at most limit items after a cursor, oldest first, and the cursor to go
// on from: the same one again where nothing has happened.
func (b *Inbox) List(ctx context.Context, after uint64, limit int) ([]Item, uint64, error) {
	var items []Item
	for {
		es, err := b.Feed.Feed(ctx, after, page)
		if err != nil {
			return nil, after, err
		}
		for _, e := range es {
			it, ok, err := b.describe(ctx, e)
			if err != nil {
				return nil, after, err
			}
			after = e.Seq
			if !ok {
				continue
			}
			if items = append(items, it); len(items) == limit {
				return items, after, nil
			}
		}
		if len(es) < page {
			return items, after, nil
		}
	}
}

// Waiting returns what waits for the owner, oldest first. The first call reads the
// whole feed; later ones what came since.
func (b *Inbox) Waiting(ctx context.Context) ([]Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	touched := maps.Clone(b.origin)
	for {
		es, err := b.Feed.Feed(ctx, b.seen, page)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			b.seen = e.Seq
			it, ok, err := b.describe(ctx, e)
			if err != nil {
				return nil, err
			}
			if ok && it.Waiting {
				touched[e.Entry.Subject] = e.Seq - 1
			}
		}
		if len(es) < page {
			break
		}
	}
	return b.stillWaiting(ctx, touched)
}

// stillWaiting looks again at the events that waited, and forgets those that don't any more.
func (b *Inbox) stillWaiting(ctx context.Context, touched map[record.ID]uint64) ([]Item, error) {
	b.origin = map[record.ID]uint64{}
	var items []Item
	for subject, before := range touched {
		es, err := b.Feed.Feed(ctx, before, 1)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			it, ok, err := b.describe(ctx, e)
			if err != nil {
				return nil, err
			}
			if ok && it.Waiting {
				b.origin[subject] = before
				items = append(items, it)
			}
		}
	}
	slices.SortFunc(items, func(x, y Item) int {
		if x.Cursor < y.Cursor {
			return -1
		}
		return 1
	})
	return items, nil
}

func (b *Inbox) describe(ctx context.Context, e store.Event) (Item, bool, error) {
	if e.Entry.Rec.IsZero() {
		return Item{}, false, nil
	}
	m, err := agreement.Read(e.Entry.Rec)
	if err != nil {
		if b.Others == nil {
			return Item{}, false, nil
		}
		it, ok, err := b.Others.Describe(ctx, e)
		it.Cursor, it.At = e.Seq, e.Entry.At
		return it, ok, err
	}
	a, err := b.Agreements.Get(ctx, e.Entry.Subject)
	if err != nil {
		return Item{}, false, err
	}
	it, ok := b.of(m, a.View(b.Now()), e.Entry.Mine)
	it.Cursor, it.At, it.ID = e.Seq, e.Entry.At, e.Entry.Subject
	return it, ok, nil
}
