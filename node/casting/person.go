package casting

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

// PersonConfig is what a Person works with. All but Now and Log are needed.
type PersonConfig struct {
	Store Store
	Keys  Keyring
	// NewKey makes a key for one cast, used for nothing else.
	NewKey func(ctx context.Context) (record.Key, error)
	// Meet returns the key under which she meets a vendor, made for it alone.
	Meet       func(ctx context.Context, vendor record.Key) (record.Key, error)
	Agreements Settler
	Publisher  Publisher
	// Direct calls a vendor by intention.ID.
	Direct Caller
	Roads  Roads
	// Reply returns the roads by which offers can come: this node's own.
	Reply func() []road.Road
	// Roster has intention.TermsID, which every cast proffers.
	Roster *terms.Roster
	// Acceptable returns the roster ids that she takes, the most liked first.
	Acceptable func() []string
	// CastOf returns the cast that an offer is for, zero where there is no such offer; nil
	// has the offers of all casts read to find one.
	CastOf func(ctx context.Context, offer record.ID) (record.ID, error)
	Now    func() time.Time
	Log    *slog.Logger
}

// Person casts intentions and takes offers for one person. Safe for concurrent use.
type Person struct {
	PersonConfig
	outbox *outbox
	offers *offer.Service

	rows    sync.Mutex // held while a row of hers is read and written
	takings sync.Mutex // held while an offer is taken
}

// OpenPerson returns the person's side, with all that isn't delivered yet in its outbox.
func OpenPerson(ctx context.Context, c PersonConfig) (*Person, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Person{PersonConfig: c, outbox: newOutbox()}
	p.offers = offer.NewService(offer.Config{
		Journal: c.Store, Keys: c.Keys, Caller: nobody{}, Live: p.welcomes, Accepts: p.binds, Received: p.received, Now: p.now,
	})
	err := scan(ctx, c.Store, tableCasts, nil, func(r store.Row) error {
		row, err := readCastRow(r)
		if err != nil {
			return err
		}
		if !p.now().Before(row.Expires) {
			return nil
		}
		p.outbox.put(p.errands(row)...)
		return nil
	})
	if err == nil {
		err = p.mendTakings(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was cast: %w", err)
	}
	return p, nil
}

// Run brings what was cast to where it goes, and tries again, until ctx ends.
func (p *Person) Run(ctx context.Context) error {
	p.outbox.run(ctx)
	return context.Cause(ctx)
}

func (p *Person) now() time.Time { return p.Now().UTC().Truncate(time.Millisecond) }

// Cast signs an intention under a fresh key, keeps it, and has it on its way: it returns
// once each party was tried, and what wasn't reached is tried again until the intention
// expires, over restarts too; Deliveries tell. Errors, with nothing kept: ErrWish,
// intention.ErrMalformed, record.ErrTooLarge, those of the store and of the keys.
func (p *Person) Cast(ctx context.Context, w Wish) (Intention, error) {
	if err := w.validate(); err != nil {
		return Intention{}, err
	}
	now := p.now()
	c := w.cast(now)
	t, ok := p.Roster.Lookup(intention.TermsID)
	if !ok {
		return Intention{}, fmt.Errorf("%w: %s isn't on the roster", ErrWish, intention.TermsID)
	}
	c.Terms, c.Reply = t.Ref, p.Reply()
	if len(c.Reply) == 0 {
		return Intention{}, fmt.Errorf("%w: this node listens nowhere, so no offer could come; try an address to listen on", ErrWish)
	}
	if _, err := rand.Read(c.Nonce[:]); err != nil {
		return Intention{}, err
	}
	v, err := p.sign(ctx, c)
	if err != nil {
		return Intention{}, err
	}
	row := newCastRow(v, w, c, now)
	if err := p.keep(ctx, v, row); err != nil {
		return Intention{}, err
	}
	p.outbox.begin(ctx, p.errands(row)...)
	return p.Get(context.WithoutCancel(ctx), v.ID())
}

func (p *Person) sign(ctx context.Context, c intention.Cast) (record.Verified, error) {
	k, err := p.NewKey(ctx)
	if err != nil {
		return record.Verified{}, fmt.Errorf("make a key for the cast: %w", err)
	}
	signer, err := p.Keys.Signer(ctx, k)
	if err != nil {
		return record.Verified{}, err
	}
	r, err := intention.NewCast(ctx, c, signer)
	if err != nil {
		return record.Verified{}, err
	}
	return r.Verify(record.Want{At: p.now(), Complete: true})
}

// keep appends what she said to the entries of its cast, with the row beside.
func (p *Person) keep(ctx context.Context, v record.Verified, row castRow) error {
	return p.Store.Commit(ctx, store.Batch{
		Appends: []store.Append{{Subject: row.ID, Expect: -1, Entries: []record.Entry{{Subject: row.ID, At: p.now(), Mine: true, Rec: v}}}},
		Rows:    []store.Row{row.row()},
	})
}

// Withdraw takes a cast back, by the same key and the same way. A second call is no
// error. Errors: ErrUnknown, ErrOver where it has expired or an offer was taken, those of the store.
func (p *Person) Withdraw(ctx context.Context, id record.ID) (Intention, error) {
	row, err := p.withdraw(ctx, id)
	if err != nil {
		return Intention{}, err
	}
	p.outbox.begin(ctx, p.errands(row)...)
	return p.Get(context.WithoutCancel(ctx), id)
}

func (p *Person) withdraw(ctx context.Context, id record.ID) (castRow, error) {
	p.rows.Lock()
	defer p.rows.Unlock()
	row, err := p.castRow(ctx, id)
	if err != nil || row.Withdrawn {
		return row, err
	}
	es, err := p.Store.Entries(ctx, id)
	if err != nil {
		return row, err
	}
	i, err := intention.Fold(es)
	if err != nil {
		return row, err
	}
	switch {
	case i.State(p.now()) == intention.Taken:
		return row, fmt.Errorf("%w: you took an offer for it, and an agreement isn't withdrawn; try: byway agreements end ID", ErrOver)
	case !i.Open(p.now()):
		return row, fmt.Errorf("%w: it expired at %s", ErrOver, i.Cast().Expires.Format(time.RFC3339))
	}
	signer, err := p.Keys.Signer(ctx, i.Cast().Key)
	if err != nil {
		return row, err
	}
	r, err := intention.NewWithdrawal(ctx, i.Cast(), signer)
	if err != nil {
		return row, err
	}
	v, err := r.Verify(record.Want{At: p.now(), Complete: true})
	if err != nil {
		return row, err
	}
	row.withdraw()
	return row, p.keep(ctx, v, row)
}

// castRow reads her own row about a cast. Errors: ErrUnknown, those of the store.
func (p *Person) castRow(ctx context.Context, id record.ID) (castRow, error) {
	b, err := p.Store.Get(ctx, tableCasts, id[:])
	if errors.Is(err, store.ErrNotFound) {
		return castRow{}, fmt.Errorf("%w: cast %s", ErrUnknown, id.Short())
	}
	if err != nil {
		return castRow{}, err
	}
	return readCastRow(store.Row{Key: id[:], Value: b})
}
