package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Tables is what the book needs of a store.
type Tables interface {
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

const (
	tableContacts store.Table = "contacts" // key → line
	tableCards    store.Table = "cards"    // key → whole record of the newest card
	page                      = 256
)

// Book holds the contacts in memory, and writes each change through. Safe for
// concurrent use.
type Book struct {
	tables Tables
	now    func() time.Time

	mu    sync.RWMutex
	known map[record.Key]Contact
	met   map[record.Key]record.Key // the owner's key → the contact that is met under it
	keys  sync.Mutex                // held while a key is made, so that one contact gets one
}

// line is what is kept of a contact beside its card.
type line struct {
	Petname string `json:"petname,omitempty"`
	Mine    string `json:"mine,omitempty"`
}

// Open reads the book from its tables; cards pass the verify gate again.
func Open(ctx context.Context, t Tables, now func() time.Time) (*Book, error) {
	b := &Book{tables: t, now: now, known: map[record.Key]Contact{}, met: map[record.Key]record.Key{}}
	if err := scan(ctx, t, tableCards, b.loadCard); err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	if err := scan(ctx, t, tableContacts, b.loadLine); err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	return b, nil
}

func scan(ctx context.Context, t Tables, table store.Table, take func(store.Row) error) error {
	var after []byte
	for {
		rows, err := t.Scan(ctx, table, nil, after, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := take(r); err != nil {
				return err
			}
			after = r.Key
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (b *Book) loadCard(r store.Row) error {
	// A cache: a card that no longer verifies is left out, and asked for again.
	if _, card, err := profile.Verify(r.Value, b.now()); err == nil {
		b.known[card.Key] = Contact{Key: card.Key, Card: card, HasCard: true}
	}
	return nil
}

func (b *Book) loadLine(r store.Row) error {
	k, err := record.ParseKey(r.Key)
	if err != nil {
		return err
	}
	var l line
	if err := json.Unmarshal(r.Value, &l); err != nil {
		return fmt.Errorf("contact %s: %w", k.Short(), err)
	}
	c := b.known[k]
	c.Key, c.Petname = k, l.Petname
	if l.Mine != "" {
		if c.Mine, err = record.ParseKeyText(l.Mine); err != nil {
			return fmt.Errorf("contact %s: %w", k.Short(), err)
		}
		b.met[c.Mine] = k
	}
	b.known[k] = c
	return nil
}

// SeeCard takes a card into the book if it is newer than the one that is there, and
// returns the contact as it then is. The card must have passed profile.Read's checks.
func (b *Book) SeeCard(ctx context.Context, v record.Verified) (Contact, error) {
	card, err := profile.Read(v)
	if err != nil {
		return Contact{}, err
	}
	b.mu.RLock()
	c := b.known[card.Key]
	b.mu.RUnlock()
	if c.HasCard && !profile.Newer(card, c.Card) {
		return c, nil
	}
	if err := b.tables.Put(ctx, tableCards, card.Key[:], v.Bytes()); err != nil {
		return Contact{}, fmt.Errorf("keep the card of %s: %w", card.Key.Short(), err)
	}
	return b.change(card.Key, func(c *Contact) { c.Card, c.HasCard = card, true }), nil
}

func (b *Book) change(k record.Key, f func(*Contact)) Contact {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.known[k]
	c.Key = k
	f(&c)
	b.known[k] = c
	if !c.Mine.IsZero() {
		b.met[c.Mine] = k
	}
	return c
}

// Get returns the contact with that key; false where it isn't in the book.
func (b *Book) Get(k record.Key) (Contact, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.known[k]
	return c, ok
}

// ByMine returns the contact that is met under the owner's key mine.
func (b *Book) ByMine(mine record.Key) (Contact, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	k, ok := b.met[mine]
	return b.known[k], ok
}

// List returns the contacts, those with a petname first, then by claimed name.
func (b *Book) List() []Contact {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Contact, 0, len(b.known))
	for _, c := range b.known {
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y Contact) int {
		return cmp.Or(
			cmp.Compare(boolToInt(x.Petname == ""), boolToInt(y.Petname == "")),
			cmp.Compare(x.Petname, y.Petname), cmp.Compare(x.Card.Name, y.Card.Name),
			slices.Compare(x.Key[:], y.Key[:]))
	})
	return out
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (b *Book) keep(ctx context.Context, c Contact) error {
	l := line{Petname: c.Petname}
	if !c.Mine.IsZero() {
		l.Mine = c.Mine.String()
	}
	v, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := b.tables.Put(ctx, tableContacts, c.Key[:], v); err != nil {
		return fmt.Errorf("keep contact %s: %w", c.Key.Short(), err)
	}
	return nil
}

// Mine returns the key under which the owner meets k, and has it made by create, kept
// before it is returned, where there is none yet.
func (b *Book) Mine(ctx context.Context, k record.Key, create func(context.Context) (record.Key, error)) (record.Key, error) {
	if c, ok := b.Get(k); ok && !c.Mine.IsZero() {
		return c.Mine, nil
	}
	b.keys.Lock()
	defer b.keys.Unlock()
	c, _ := b.Get(k)
	if !c.Mine.IsZero() {
		return c.Mine, nil
	}
	mine, err := create(ctx)
	if err != nil {
		return record.Key{}, fmt.Errorf("make a key for %s: %w", k.Short(), err)
	}
	c.Key, c.Mine = k, mine
	if err := b.keep(ctx, c); err != nil {
		return record.Key{}, err
	}
	b.change(k, func(c *Contact) { c.Mine = mine })
	return mine, nil
}
