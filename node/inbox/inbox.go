package inbox

import (
	"context"
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

	// undecided: it doesn't wait for her yet, but may, as when her preferences couldn't be asked.
	undecided bool
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

	mu      sync.Mutex
	seen    uint64   // the feed was read up to here for waiting
	waiting []uint64 // the places of the items that waited, or might yet, when last looked at
}

// New returns an inbox that has read nothing yet.
func New(c Config) *Inbox { return &Inbox{Config: c} }

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
	l := look{inbox: b}
	for _, seq := range b.waiting { // those that waited may not any more
		if _, err := l.read(ctx, seq-1, 1); err != nil {
			return nil, err
		}
	}
	seen := b.seen
	for {
		last, err := l.read(ctx, seen, page)
		if err != nil {
			return nil, err
		}
		if last == seen {
			break
		}
		seen = last
	}
	b.seen, b.waiting = seen, l.again
	return l.items, nil
}

// look is one search for what waits.
type look struct {
	inbox *Inbox
	items []Item   // what waits now
	again []uint64 // the places to look at next time: of these, and of what may wait yet
}

// read looks at up to limit entries after a place, and returns that of the last.
func (l *look) read(ctx context.Context, after uint64, limit int) (uint64, error) {
	es, err := l.inbox.Feed.Feed(ctx, after, limit)
	if err != nil {
		return after, err
	}
	for _, e := range es {
		after = e.Seq
		if e.Entry.Mine {
			continue // nothing that she said herself waits for her
		}
		it, ok, err := l.inbox.describe(ctx, e)
		switch {
		case err != nil:
			return after, err
		case !ok:
			continue
		case it.Waiting:
			l.items = append(l.items, it)
		case !it.undecided:
			continue
		}
		l.again = append(l.again, e.Seq)
	}
	return after, nil
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
	if m.Kind == agreement.KindReceipt {
		return Item{}, false, nil // says nothing new to her: not worth reading the thread
	}
	a, err := b.Agreements.Get(ctx, e.Entry.Subject)
	if err != nil {
		return Item{}, false, err
	}
	it, ok := b.of(m, a.View(b.Now()), e.Entry.Mine)
	it.Cursor, it.At, it.ID = e.Seq, e.Entry.At, e.Entry.Subject
	return it, ok, nil
}
