package finding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/node/steward"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// What a Finder says no with. Match with errors.Is.
var (
	// ErrUnknown: this node is in no such community. Join it first, by an invite.
	ErrUnknown = errors.New("not a member of that community")
	// ErrMember: this node is a member already.
	ErrMember = errors.New("a member of that community already")
	// ErrUnreachable: no steward could be asked. Try again later, or ask a member for a new invite.
	ErrUnreachable = errors.New("no steward of the community could be reached")
	// ErrNotSteward: Config.Steward isn't set, and without a steward a community serves nobody.
	ErrNotSteward = errors.New("a community needs a steward that is always on; try: byway up --steward")
	// ErrStopped: the Finder wasn't started, or was closed.
	ErrStopped = errors.New("finding isn't running")
)

// Exchange is what finding needs of protocol/exchange.
type Exchange interface {
	Call(ctx context.Context, to peer.ID, p exchange.Protocol, req []byte) answer.Outcome
	Handle(p exchange.Protocol, h answer.Handler) error
}

// Tables is what finding needs of a store.
type Tables interface {
	steward.Tables
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Delete(ctx context.Context, t store.Table, key []byte) error
}

// Book is what finding needs of node/contacts.
type Book interface {
	SeeCard(ctx context.Context, v record.Verified) (contacts.Contact, error)
	Get(k record.Key) (contacts.Contact, bool)
	List() []contacts.Contact
}

// Config is what a Finder needs. All but Steward, Card, Deliver, Log and Now must be set.
type Config struct {
	Host     host.Host
	Exchange Exchange
	Tables   Tables
	Book     Book
	Mesh     *mesh.Mesh
	// NewKey makes a key for a community that is founded here; it is used once.
	NewKey func(ctx context.Context) (record.Signer, error)
	// Self returns the key by which this node is known: the organisation's, or the steward's.
	Self func(ctx context.Context) (record.Key, error)
	// Steward has the node serve the communities whose founding record names the key of Self. Without it
	// the node founds none, and is an ordinary member of those.
	Steward bool
	// Card returns the organisation's newest card, signed anew where what it says has changed; it is called
	// for each announcement. What the card should say of the communities is in Standing. The node
	// answers profile.ServiceID with the same. Nil for a person's node.
	Card func(ctx context.Context) (record.Verified, error)
	// Deliver takes what is accepted from the gossip or a steward's list of a community, as a
	// mesh.Deliver does; an item may come again after a restart. Nil where nobody listens.
	Deliver func(ctx context.Context, community record.ID, i intention.Item) error
	// Log hears of what can't be said to anybody; nil discards it.
	Log *slog.Logger
	// Now is the node's clock; nil for the machine's.
	Now func() time.Time
}

// Finder is a node's part in its communities. Its methods may be called concurrently.
type Finder struct {
	cfg   Config
	forks *forks

	mu      sync.Mutex
	members map[record.ID]*member
	places  map[place]struct{} // who was found where
	serving bool               // the steward's protocol is answered
	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// stewardProtocol is the steward's protocol as exchange carries it.
func stewardProtocol() exchange.Protocol {
	return exchange.Protocol{
		ID: community.StewardID, MaxRequest: community.MaxRequest, MaxResponse: community.MaxResponse,
		Timeout: community.Timeout, Rate: community.Rate, Burst: community.Burst,
	}
}

// CardProtocol is the protocol by which a node is asked for its organisation's card.
func CardProtocol() exchange.Protocol {
	return exchange.Protocol{
		ID: profile.ServiceID, MaxRequest: profile.MaxRequest, MaxResponse: profile.MaxRecord,
		Timeout: profile.Timeout, Rate: profile.Rate, Burst: profile.Burst,
	}
}

// Open reads the memberships that were kept; nothing is opened to the network before Start.
func Open(ctx context.Context, c Config) (*Finder, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	f := &Finder{cfg: c, forks: newForks(c.Log), members: map[record.ID]*member{}, places: map[place]struct{}{}}
	if err := f.loadMembers(ctx); err != nil {
		return nil, fmt.Errorf("read communities: %w", err)
	}
	if err := f.loadPlaces(ctx); err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return f, nil
}

// Start takes up the memberships again, until Close; ctx bounds the start alone. One that
// can't be taken up is logged: the others go on.
func (f *Finder) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, m := range f.members {
		if err := f.start(m); err != nil {
			f.cfg.Log.Error("a community couldn't be taken up", "community", m.founding.ID.Short(), "err", err)
		}
	}
	return nil
}

// Close ends the node's part in all communities and returns once nothing runs any more;
// the memberships stay. A second Close does nothing.
func (f *Finder) Close() error {
	f.mu.Lock()
	if f.cancel == nil {
		f.mu.Unlock()
		return nil
	}
	f.cancel()
	members := f.members
	f.members = map[record.ID]*member{}
	f.mu.Unlock()
	f.wg.Wait()
	var errs []error
	for _, m := range members {
		errs = append(errs, f.stop(m))
	}
	return errors.Join(errs...)
}

// start opens what the member's role asks for. The caller holds mu.
func (f *Finder) start(m *member) error {
	if f.ctx == nil || f.ctx.Err() != nil {
		return ErrStopped
	}
	if m.steward {
		if err := f.openDesk(m); err != nil {
			return err
		}
	}
	if f.cfg.Card == nil && m.desk == nil {
		f.wg.Go(func() { f.refreshNowAndThen(f.ctx, m) })
	}
	if !f.gossips(m) {
		return nil
	}
	// An organisation enters with the topics of its card, once that is written.
	if m.steward || m.role.Mesh {
		if err := f.enterMesh(f.ctx, m, nil); err != nil {
			return err
		}
	}
	v := &cards{now: f.cfg.Now, forks: f.forks}
	server := m.steward || f.cfg.Card != nil
	r, err := newRing(f.cfg.Host, m.founding.ID, server, func() []peer.AddrInfo { return f.stewards(m) }, v)
	if err != nil {
		f.cfg.Mesh.Leave(m.founding.ID)
		return err
	}
	m.ring = r
	f.wg.Go(func() { f.tend(f.ctx, m) })
	if f.cfg.Card != nil {
		f.wg.Go(func() { f.announceNowAndThen(f.ctx, m) })
	}
	return nil
}

func (f *Finder) stop(m *member) error {
	f.cfg.Mesh.Leave(m.founding.ID)
	if m.ring == nil {
		return nil
	}
	return m.ring.close()
}

// gossips reports whether the node takes part in the community's mesh and DHT.
func (f *Finder) gossips(m *member) bool {
	return m.role.Mesh || m.steward || f.cfg.Card != nil
}

func (f *Finder) openDesk(m *member) error {
	desk, err := steward.Open(f.ctx, steward.Config{
		Founding: m.record, Tables: f.cfg.Tables, Publish: f.cfg.Mesh.Publish, Log: f.cfg.Log, Now: f.cfg.Now,
	})
	if err != nil {
		return fmt.Errorf("open the steward's desk: %w", err)
	}
	if !f.serving {
		if err := f.cfg.Exchange.Handle(stewardProtocol(), community.Handler(f.deskOf)); err != nil {
			return err
		}
		f.serving = true
	}
	m.desk = desk
	f.wg.Go(func() { desk.Run(f.ctx) })
	return nil
}

func (f *Finder) deskOf(id record.ID) (community.Steward, bool) {
	m, err := f.member(id)
	if err != nil || m.desk == nil {
		return community.Steward{}, false
	}
	return m.desk.Steward(), true
}

func (f *Finder) member(id record.ID) (*member, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m := f.members[id]; m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknown, id.Short())
}
