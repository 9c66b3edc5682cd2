package casting

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// VendorConfig is what a Vendor works with. All but GoodFor, Now and Log are needed.
type VendorConfig struct {
	Store Store
	Keys  Keyring
	// Key is the organisation's public key, Name how it calls itself in what it signs.
	Key        record.Key
	Name       string
	Agreements Accepter
	// Offers calls a person's node by offer.ID.
	Offers Caller
	Roads  Roads
	// Reply returns the roads by which this vendor is reached.
	Reply  func() []road.Road
	Roster *terms.Roster
	// Accepts returns the roster ids that the policy accepts: what an offer that names
	// no service terms will have.
	Accepts func() []string
	// Categories returns what the vendor deals in; none: in nothing. Intentions at, under
	// or above one of them are answered by rule or wait for a human.
	Categories func() []category.Path
	// CatalogFile is where the price list is kept: in the node's folder, for a store's row is too small for it.
	CatalogFile string
	// GoodFor is how long an offer holds where nothing is said; 0 for DefaultGoodFor.
	GoodFor time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Vendor hears intentions and answers them for one organisation. Safe for concurrent use.
type Vendor struct {
	VendorConfig
	outbox *outbox
	// maker makes offers and sends none, sender sends what was made: so a person's node
	// that can't be reached doesn't hold up the next offer.
	maker, sender *offer.Service
	catalog       catalog.Catalog
	direct        *intention.Validator
	pace          *rate.Limiter
	making        [64]sync.Mutex // by the cast's id: held while an offer for it is made
	taking        sync.Mutex     // held while an offer is promised to one proffer

	mu           sync.Mutex
	heard        map[record.ID]trace // live, or withdrawn and not expired
	last         uint64              // the newest place given
	catalogFault error               // why the list in CatalogFile isn't in force
	changed      chan struct{}       // closed when last or the rule changes, then replaced
	mode         Mode
	rewinds      uint64 // how often the rule was sent back to the start
	handlers     []*handler
	running      context.Context // of Run; nil while it isn't running
	wg           sync.WaitGroup  // of the handlers that run
}

// OpenVendor returns the vendor's side: what is live, the price list, and in its outbox
// each offer that wasn't acknowledged. A price list that can't be read is logged, and
// left aside until another is imported.
func OpenVendor(ctx context.Context, c VendorConfig) (*Vendor, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.GoodFor == 0 {
		c.GoodFor = DefaultGoodFor
	}
	v := &Vendor{
		VendorConfig: c, outbox: newOutbox(), direct: intention.NewValidator(MaxHeard),
		pace: rate.NewLimiter(OfferRate, OfferBurst), heard: map[record.ID]trace{}, changed: make(chan struct{}),
	}
	made := offer.Config{Journal: c.Store, Keys: c.Keys, Caller: nobody{}, Live: takesNone, Now: v.now}
	v.maker = offer.NewService(made)
	made.Caller = c.Offers
	v.sender = offer.NewService(made)
	for _, load := range []struct {
		what string
		f    func(context.Context) error
	}{{"intentions", v.loadHeard}, {"the way to answer", v.loadMode}, {"offers", v.loadSent}} {
		if err := load.f(ctx); err != nil {
			return nil, fmt.Errorf("read %s: %w", load.what, err)
		}
	}
	v.loadCatalog()
	return v, nil
}

// Run hands what is heard to handlers and to the price list's rule, sends offers, and
// forgets what has expired, until ctx ends; it returns once all that has returned. A
// handler that ignores its context holds it up for seconds at most, and is left behind.
func (v *Vendor) Run(ctx context.Context) error {
	v.mu.Lock()
	v.running = ctx
	v.wg.Go(func() { v.serve(ctx, &handler{name: ruleName, rule: true}) })
	for _, h := range v.handlers {
		v.wg.Go(func() { v.serve(ctx, h) })
	}
	v.wg.Go(func() { v.outbox.run(ctx) })
	v.wg.Go(func() { v.pruneHourly(ctx) })
	v.mu.Unlock()
	<-ctx.Done()
	v.mu.Lock()
	v.running = nil
	v.mu.Unlock()
	v.wg.Wait()
	return context.Cause(ctx)
}

// takesNone is a vendor's word on offers to it: it casts nothing.
func takesNone(context.Context, record.ID, record.Key) error {
	return answer.Refuse(answer.NotFound, "no such intention")
}

func (v *Vendor) now() time.Time { return v.Now().UTC().Truncate(time.Millisecond) }

// Handler answers requests of intention.ID: casts and withdrawals of persons who named this vendor.
func (v *Vendor) Handler() answer.Handler {
	return intention.Handler(v.direct, v.now, func(ctx context.Context, i intention.Item) error {
		return v.Heard(ctx, i, Directly)
	})
}

// stir has those who wait for something new look again. Under v.mu.
func (v *Vendor) stir() {
	close(v.changed)
	v.changed = make(chan struct{})
}
