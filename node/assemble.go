package node

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/finding"
	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/inbox"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/listing"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/node/resuming"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/vault"
)

// running is a node that runs: each part beside what it stands on.
type running struct {
	node    *Node
	who     party
	started time.Time

	root     *identity.Root
	kept     Safe // where the root is
	store    parts.Store
	vault    *vault.Vault
	ids      *identity.Identity
	key      record.Key // an organisation's; zero for a person
	host     host.Host
	exchange *exchange.Exchange
	book     *contacts.Book
	courier  *courier.Courier
	roster   *terms.Roster
	dealing  *dealing.Dealing
	service  *agreement.Service
	card     *ownCard // nil for a person
	mesh     *mesh.Mesh
	finder   *finding.Finder
	person   *casting.Person // nil for an organisation
	vendor   *casting.Vendor // nil for a person
	resuming *resuming.Resuming
	listing  *listing.Listing
	inbox    *inbox.Inbox
	api      *localapi.Server

	ctx    context.Context // ends when the node closes
	cancel context.CancelFunc
	work   sync.WaitGroup
	undo   []func() error // what close does, last first
	asked  sync.Once

	backingUp sync.Mutex // held while the node is backed up
}

// assemble builds the parts from the bottom up and starts them. Where one fails, those
// before it are closed again.
func (n *Node) assemble(ctx context.Context) (r *running, err error) {
	r = &running{node: n, started: n.parts.Now(), roster: terms.Default()}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.who, err = n.config.settle(); err != nil {
		return r, err
	}
	for _, step := range []func(context.Context) error{
		r.openRoot, r.openStore, r.openVault, r.openKeys, r.openHost, r.openBook, r.openDealing, r.openCard,
		r.openFinding, r.openCasting, r.openResuming, r.serve, r.serveMarket, r.listen, r.begin, r.openAPI,
	} {
		if err := step(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// later adds what close has to do before all that was added earlier.
func (r *running) later(f func() error) { r.undo = append(r.undo, f) }

// close undoes what assemble did: first nobody gets in, then what runs is joined, then
// what they stood on is closed.
func (r *running) close() error {
	var errs []error
	for i := len(r.undo) - 1; i >= 0; i-- {
		errs = append(errs, r.undo[i]())
	}
	r.cancel()
	return errors.Join(errs...)
}

// goes runs f until the node closes; an error that isn't the closing is logged.
func (r *running) goes(name string, f func(context.Context) error) {
	r.work.Go(func() {
		if err := f(r.ctx); err != nil && r.ctx.Err() == nil {
			r.node.config.Log.Error("a part of the node stopped", "part", name, "error", err)
		}
	})
}

func (r *running) openRoot(ctx context.Context) (err error) {
	var made bool
	c := r.node.config
	if r.root, r.kept, made, err = c.openRoot(ctx, &r.who, r.node.parts.Ring); err != nil {
		return err
	}
	r.later(func() error { r.root.Close(); return nil })
	if made {
		c.warnOf(r.kept)
	}
	return nil
}

func (r *running) openStore(ctx context.Context) error {
	o, err := r.node.config.open(ctx, r.root, r.node.parts)
	if err != nil {
		return err
	}
	r.store, r.ids = o.store, o.ids
	r.later(o.close)
	return nil
}

func (r *running) openKeys(ctx context.Context) (err error) {
	if r.who.Organisation != "" {
		if r.key, err = r.ids.First(ctx, identity.KindOrganisation); err != nil {
			return err
		}
	}
	if r.who.fresh {
		return r.who.write(r.node.config.Dir)
	}
	if r.who.bare {
		if err := r.who.write(r.node.config.Dir); err != nil {
			r.node.config.Log.Warn("the file that says whose node it is has no checksum yet: damage to it wouldn't be seen", "file", partyFile, "err", err)
		}
	}
	return nil
}

func (r *running) openHost(ctx context.Context) error {
	seed, err := r.ids.Seed(ctx, identity.KindHost, 0)
	if err != nil {
		return err
	}
	profile := parts.Home
	if r.who.Organisation != "" || r.node.config.Steward {
		profile = parts.Vendor
	}
	r.host, err = r.node.parts.Host(parts.HostConfig{Profile: profile, Seed: seed})
	if err != nil {
		return err
	}
	r.later(r.host.Close)
	r.exchange = exchange.New(r.host, r.node.config.Log)
	r.later(r.exchange.Close)
	r.later(func() error { // before what it stands on goes
		r.cancel()
		r.work.Wait()
		return nil
	})
	return nil
}

func (r *running) openBook(ctx context.Context) (err error) {
	if r.book, err = contacts.Open(ctx, r.store, r.node.parts.Now); err != nil {
		return err
	}
	r.courier, err = courier.Open(ctx, courier.Config{
		Host: r.host, Exchange: r.exchange, Tables: r.store, Log: r.node.config.Log,
		Card: func(k record.Key) (roads []road.Road, speaks []string) {
			c, _ := r.book.Get(k)
			return c.Card.Roads, c.Card.Speaks
		},
	})
	return err
}

func (r *running) openDealing(ctx context.Context) (err error) {
	r.dealing, err = dealing.Open(ctx, dealing.Config{
		Tables: r.store, Book: r.book, Roster: r.roster, Now: r.node.parts.Now,
		NewKey: r.newRelationship, Prior: dealing.NewHistory(r.store).Of, Organisation: r.who.Organisation != "", Takings: takings{r}, Commit: r.vault.Commit,
		Note: func(ctx context.Context, subject record.ID, note []byte) error {
			return r.store.Append(ctx, subject, -1, []record.Entry{{At: r.node.parts.Now().UTC().Truncate(time.Millisecond), Note: note}})
		},
	})
	if err != nil {
		return err
	}
	r.service = agreement.NewService(agreement.Config{
		Journal: r.guarded(), Keys: r.ids, Caller: r.line(agreementProtocol), Decider: r.dealing,
		Heard: r.heard, Ready: r.ready, Contradicted: r.contradicted, Threads: r.threadsOf, Now: r.node.parts.Now, Log: r.node.config.Log,
	})
	r.listing = listing.New(listing.Config{Store: r.store, Log: r.node.config.Log, Waits: func(ctx context.Context, e store.Event) (bool, error) { return r.inbox.Waits(ctx, e) }})
	r.inbox = inbox.New(inbox.Config{
		Feed: r.store, Agreements: r.service, Book: r.book, Others: describer{r}, Places: r.listing, Now: r.node.parts.Now,
	})
	return r.settle(ctx)
}

func (r *running) openCard(ctx context.Context) error {
	if r.key.IsZero() {
		return nil
	}
	signer, err := r.ids.Signer(ctx, r.key)
	if err != nil {
		return err
	}
	r.card = &ownCard{tables: r.store, signer: signer, now: r.node.parts.Now, say: r.says}
	return nil
}

// says returns what the organisation's card should say now.
func (r *running) says(context.Context) (profile.Card, error) {
	speaks := []string{agreement.ID, intention.ID, profile.ServiceID, resume.ID}
	steward, _ := r.finder.Standing()
	if steward {
		speaks = append(speaks, community.StewardID)
	}
	return saysOf(r.who.Organisation, courier.Own(r.host), r.accepts(), r.dealsIn(), steward, speaks), nil
}

// accepts lists the terms that the policy accepts without asking.
func (r *running) accepts() []terms.Ref {
	policy := r.dealing.Policy()
	return accepted(r.roster, func(id string) bool { return policy.Rules[id].Reply == dealing.ReplyAccept })
}

// settle takes the settings that the configuration names.
func (r *running) settle(ctx context.Context) error {
	if p := r.node.config.Preferences; p != nil {
		if err := r.dealing.SetPreferences(ctx, *p); err != nil {
			return err
		}
	}
	if p := r.node.config.Policy; p != nil {
		return r.dealing.SetPolicy(ctx, *p)
	}
	return nil
}

// takings decides on proffers that take an offer, once there is a side that made some.
type takings struct{ *running }

// Taking implements dealing.Takings.
func (t takings) Taking(ctx context.Context, p agreement.Proffer) (agreement.Decision, bool) {
	if t.vendor == nil {
		return agreement.Decision{}, false
	}
	return t.vendor.Taking(ctx, p)
}

// serve answers peers from here on.
func (r *running) serve(context.Context) error {
	if err := r.exchange.Handle(agreementProtocol, r.service.Handle); err != nil {
		return err
	}
	if err := r.exchange.Handle(resumeProtocol, r.resuming.Service().Handle); err != nil {
		return err
	}
	if r.card != nil {
		if err := r.exchange.Handle(profileProtocol, profile.Handler(r.card.current)); err != nil {
			return err
		}
	}
	return nil
}

// begin starts what goes on by itself, now that answers to it can come in.
func (r *running) begin(context.Context) error {
	r.goes("agreements", r.service.Run)
	r.goes("resuming", r.resuming.Run)
	r.goes("listing", r.listing.Run)
	if r.person != nil {
		r.goes("casts", r.person.Run)
	} else {
		r.goes("intentions", r.vendor.Run)
	}
	for _, h := range r.node.onAgreement {
		r.goes("handler "+h.name, func(ctx context.Context) error { return r.follow(ctx, h) })
	}
	return nil
}

func (r *running) openAPI(context.Context) error {
	l, err := r.node.parts.Control(r.node.config.Dir)
	if err != nil {
		return err
	}
	r.api = localapi.NewServer(r.services(), r.node.config.Log)
	served := make(chan struct{})
	go func(l net.Listener) {
		defer close(served)
		if err := r.api.Serve(l); err != nil {
			r.node.config.Log.Error("the control socket failed", "error", err)
		}
	}(l)
	r.later(func() error {
		const grace = 3 * time.Second
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		err := r.api.Close(ctx)
		<-served
		return err
	})
	return nil
}
