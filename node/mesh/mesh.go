package mesh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

// MaxRooms is how many communities one node takes part in at a time: a validator's memory
// is 13 MB when full, and a queue 4 MiB.
const MaxRooms = 8

// What a Mesh refuses. Match with errors.Is.
var (
	// ErrRefused: the validator didn't accept what was to be published; the chain says why, in
	// intention's errors. Nothing left this node.
	ErrRefused = errors.New("not published")
	// ErrNotJoined: this node isn't in that community's gossip, or not in that topic. Join first.
	ErrNotJoined = errors.New("not in that gossip")
	// ErrJoined: this node is in that community's gossip already. Leave first.
	ErrJoined = errors.New("in that gossip already")
	// ErrTooMany: MaxRooms communities. Leave another one.
	ErrTooMany = errors.New("in the gossip of too many communities")
	// ErrClosed: the Mesh was closed.
	ErrClosed = errors.New("gossip closed")
)

// Config is what a Mesh needs.
type Config struct {
	// Host stays the caller's: close the Mesh before it.
	Host host.Host
	// Log hears of losses, and of what pubsub has to say; nil discards both.
	Log *slog.Logger
	// Now is the clock by which casts are judged; nil for the machine's.
	Now func() time.Time
}

// Deliver takes one accepted cast or withdrawal, which came by the given top category;
// zero where a withdrawal came by none. It is called by one goroutine for each community,
// in the order of acceptance, with a context that ends when the node leaves. Where it fails, the
// item is forgotten, so that it is taken when it comes again.
type Deliver func(ctx context.Context, top category.Path, i intention.Item) error

// Entry says how a node takes part in one community.
type Entry struct {
	Founding community.Founding
	// Tops are the topics to take part in, each of Founding.Tops; nil for all.
	Tops []category.Path
	// Known hands over the forms that the node kept from before a restart: they are
	// remembered, not delivered. Nil where none are kept.
	Known func(remember func(form []byte)) error
	// Deliver takes what is accepted.
	Deliver Deliver
}

// Mesh is a node's part in the gossip of its communities. Its methods may be called concurrently.
type Mesh struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	rooms  map[record.ID]*room
}

// New returns a Mesh in no community; until the first Join it opens no protocol. It runs
// until Close, whatever becomes of ctx, of which it has the values alone.
func New(ctx context.Context, c Config) (*Mesh, error) {
	if c.Host == nil {
		return nil, errors.New("gossip needs a host")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &Mesh{cfg: c, ctx: ctx, cancel: cancel, rooms: map[record.ID]*room{}}, nil
}

// Join takes part in a community's gossip until Leave or Close. Errors: ErrJoined,
// ErrTooMany, ErrClosed, ErrNotJoined for a top that the community doesn't list.
func (m *Mesh) Join(_ context.Context, e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch id := e.Founding.ID; {
	case m.closed:
		return ErrClosed
	case m.rooms[id] != nil:
		return fmt.Errorf("%w: %s", ErrJoined, id.Short())
	case len(m.rooms) >= MaxRooms:
		return fmt.Errorf("%w: %d", ErrTooMany, MaxRooms)
	}
	r, err := m.openRoom(e)
	if err != nil {
		return err
	}
	m.rooms[e.Founding.ID] = r
	return nil
}

// Follow takes part in these topics of a community that was joined, and in no others any
// more; nil for all. What the validator remembers stays. Errors: ErrNotJoined.
func (m *Mesh) Follow(id record.ID, tops []category.Path) error {
	r, err := m.room(id)
	if err != nil {
		return err
	}
	if tops == nil {
		tops = r.entry.Founding.Tops
	}
	return r.follow(tops)
}

// Leave ends this node's part in a community's gossip, and returns once nothing more is
// delivered. It does nothing where there is none. Peers that stay connected may take who
// joins again for gone until they connect anew; to change topics there is Follow.
func (m *Mesh) Leave(id record.ID) {
	m.mu.Lock()
	r := m.rooms[id]
	delete(m.rooms, id)
	m.mu.Unlock()
	if r != nil {
		r.close()
	}
}

// Publish sends a cast or withdrawal, in its gossip form, to the topic of a top category, after
// the same validator that judges what others send; it is delivered here too, and returned.
// Whether anybody hears it depends on Peers. Errors: ErrRefused, ErrNotJoined, ErrClosed, ctx's.
func (m *Mesh) Publish(ctx context.Context, id record.ID, top category.Path, data []byte) (intention.Item, error) {
	r, err := m.room(id)
	if err != nil {
		return intention.Item{}, err
	}
	return r.publish(ctx, top, data)
}

// Take judges a cast or withdrawal that came by another way, such as a steward's list, and delivers it as
// if a peer had sent it; it isn't passed on. It waits for room in the queue. A zero top is for
// items of any. Errors: as of Publish.
func (m *Mesh) Take(ctx context.Context, id record.ID, top category.Path, data []byte) error {
	r, err := m.room(id)
	if err != nil {
		return err
	}
	return r.take(ctx, top, data)
}

// Peers returns how many peers of the community's gossip are connected, 0 where this node isn't in it.
func (m *Mesh) Peers(id record.ID) int {
	r, err := m.room(id)
	if err != nil {
		return 0
	}
	return len(r.pubsub.ListPeers(""))
}

// Drops returns what was lost on this node of a community's gossip.
func (m *Mesh) Drops(id record.ID) Drops {
	r, err := m.room(id)
	if err != nil {
		return Drops{}
	}
	return r.drops.read()
}

// Close leaves all. A second Close does nothing. Streams that peers hold open, and pubsub's own
// goroutines that serve them, end with the host.
func (m *Mesh) Close() error {
	m.mu.Lock()
	m.closed = true
	rooms := m.rooms
	m.rooms = map[record.ID]*room{}
	m.mu.Unlock()
	m.cancel()
	for _, r := range rooms {
		r.close()
	}
	return nil
}

func (m *Mesh) room(id record.ID) (*room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch r := m.rooms[id]; {
	case m.closed:
		return nil, ErrClosed
	case r == nil:
		return nil, fmt.Errorf("%w: community %s", ErrNotJoined, id.Short())
	default:
		return r, nil
	}
}
