package inbox

import (
	"context"
	"errors"
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
	Places     Places
	Now        func() time.Time
}

// Places keeps which entries wait, by their place in the feed: node/listing does.
type Places interface {
	// Waiting returns the places of entries that Waits was true of, with all that the feed has, oldest first.
	Waiting(ctx context.Context) ([]uint64, error)
	// Settled forgets places.
	Settled(ctx context.Context, seqs []uint64) error
}

// Inbox lists items. Safe for concurrent use.
type Inbox struct{ Config }

// New returns an inbox.
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

// Waiting returns what waits for the owner, oldest first. It looks only at what was
// found to wait, or to be able to, when it was taken in.
func (b *Inbox) Waiting(ctx context.Context) ([]Item, error) {
	seqs, err := b.Places.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var items []Item
	var settled []uint64
	for _, seq := range seqs {
		es, err := b.Feed.Feed(ctx, seq-1, 1)
		if err != nil {
			return nil, err
		}
		if len(es) == 0 {
			continue
		}
		it, ok, err := b.describe(ctx, es[0])
		switch {
		case err != nil:
			return nil, err
		case ok && it.Waiting:
			items = append(items, it)
		case !ok || !it.undecided:
			settled = append(settled, seq)
		}
	}
	return items, b.Places.Settled(ctx, settled)
}

// Waits reports whether an entry waits for the owner, or may yet: what is taken in by
// Places. Errors: those of the store; then it may wait.
func (b *Inbox) Waits(ctx context.Context, e store.Event) (bool, error) {
	if m, err := agreement.Read(e.Entry.Rec); err == nil && m.Kind != agreement.KindProffer && m.Kind != agreement.KindAlternative {
		return false, nil // not worth reading the thread
	}
	it, ok, err := b.describe(ctx, e)
	return err != nil || ok && (it.Waiting || it.undecided), err
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
	if errors.Is(err, agreement.ErrUnknown) {
		return Item{}, false, nil // kept beside, as proof that it contradicts something
	}
	if err != nil {
		return Item{}, false, err
	}
	it, ok := b.of(m, a.View(b.Now()), e.Entry.Mine)
	it.Cursor, it.At, it.ID = e.Seq, e.Entry.At, e.Entry.Subject
	return it, ok, nil
}
