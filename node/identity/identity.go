package identity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Kind is what a key is for. It is stored, and goes into every seed: append-only.
type Kind uint8

// The kinds.
const (
	KindHost         Kind = 1 // the node's peer id on the network
	KindOrganisation Kind = 2 // the one public key of an organisation
	KindRelationship Kind = 3 // a person's key for one counterparty
	KindCast         Kind = 4 // a key for one intention, used for nothing else
	KindCommunity    Kind = 5 // the founder's key of one community
)

var kindNames = map[Kind]string{
	KindHost: "host", KindOrganisation: "organisation", KindRelationship: "relationship",
	KindCast: "cast", KindCommunity: "community",
}

// String returns the kind in a word, or its number where it isn't known here.
func (k Kind) String() string {
	if n, ok := kindNames[k]; ok {
		return n
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// maxSigners bounds the signers kept in memory, of about 200 bytes each: making one anew takes some 30 µs.
const maxSigners = 1024

// What identity refuses. Match with errors.Is; the text around says what to do.
var (
	// ErrUnknownKey: not a key of this party. Ask for one that New or First returned.
	ErrUnknownKey = errors.New("not a key of this party")
	// ErrRoot: not the root that the store's keys come from. The text says what to do;
	// nothing was changed.
	ErrRoot = errors.New("root refused")
	// ErrKind: a kind that isn't known, or not meant for what was asked.
	ErrKind = errors.New("wrong kind of key")
	// ErrClosed: Close was called, here or on the root.
	ErrClosed = errors.New("identity closed")
)

// Tables is what identity needs of a store: Put returns once the row is durable, and
// a failed Put may have stored it or not.
type Tables interface {
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error) // store.ErrNotFound where there is none
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

// Identity knows every key that was made from one party's root. It is
// safe for concurrent use.
type Identity struct {
	tables Tables

	first sync.Mutex // held over a whole First or Seed, so that one number 0 is made

	root *Root

	mu          sync.RWMutex
	closed      bool
	incarnation [incarnationSize]byte
	places      map[record.Key]place
	zeroth      map[Kind]record.Key // number 0 of a kind, of whatever incarnation
	next        map[Kind]uint64     // the next number for New, from 1
	signers     map[record.Key]record.Signer
}

// Open reads from t which keys were made, and ties t to the root where it is new. The
// root stays the caller's: close it after the Identity. Errors: ErrRoot where t's keys
// come from another one, ErrClosed where the root is closed; those of t.
func Open(ctx context.Context, root *Root, t Tables) (*Identity, error) {
	m, err := readMark(ctx, t)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m, err = makeMark(ctx, t, root)
	} else {
		err = m.fits(root)
	}
	if err != nil {
		return nil, err
	}
	i := &Identity{
		tables: t, root: root, incarnation: m.incarnation,
		places: map[record.Key]place{}, zeroth: map[Kind]record.Key{},
		next: map[Kind]uint64{}, signers: map[record.Key]record.Signer{},
	}
	if err := i.load(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// Renew gives a store that was restored a new incarnation, so that no key that the lost
// one may have made comes a second time; the keys that the store knows stay owned. Call
// it before Open. Errors: as for Open; the old incarnation holds then.
func Renew(ctx context.Context, root *Root, t Tables) error {
	m, err := readMark(ctx, t)
	if err != nil {
		return err
	}
	if m != nil {
		if err := m.fits(root); err != nil {
			return err
		}
	}
	_, err = makeMark(ctx, t, root)
	return err
}

// New makes the next key of a kind and returns it once its number is durable. Every
// call returns another key. Errors: ErrKind, ErrClosed, those of the store: no key
// was handed out, call again.
func (i *Identity) New(ctx context.Context, k Kind) (record.Key, error) {
	if _, ok := kindNames[k]; !ok {
		return record.Key{}, fmt.Errorf("%w: %s", ErrKind, k)
	}
	i.mu.Lock()
	p := placeAt(k, i.incarnation, max(i.next[k], 1))
	i.next[k] = p.n + 1
	i.mu.Unlock()
	return i.make(ctx, p)
}

// First returns the key with number 0 of a kind, the same one always, and makes it
// where it isn't there. It is for kinds of which a party has one. Errors as for New.
func (i *Identity) First(ctx context.Context, k Kind) (record.Key, error) {
	if _, ok := kindNames[k]; !ok {
		return record.Key{}, fmt.Errorf("%w: %s", ErrKind, k)
	}
	i.first.Lock()
	defer i.first.Unlock()
	i.mu.RLock()
	key, ok := i.zeroth[k]
	closed := i.closed
	i.mu.RUnlock()
	switch {
	case closed:
		return record.Key{}, ErrClosed
	case ok:
		return key, nil
	}
	return i.make(ctx, placeAt(k, i.incarnation, 0))
}

// Owns reports whether k was made here, in this run or an earlier one.
func (i *Identity) Owns(k record.Key) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	_, ok := i.places[k]
	return ok
}

// Kind returns what a key is for. Errors: ErrUnknownKey.
func (i *Identity) Kind(k record.Key) (Kind, error) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	p, ok := i.places[k]
	if !ok {
		return 0, fmt.Errorf("%w: %s", ErrUnknownKey, k.Short())
	}
	return p.kind, nil
}

// Signer returns the signer of a key. Signers stay usable after Close. Errors: ErrUnknownKey, ErrClosed, ctx's.
func (i *Identity) Signer(ctx context.Context, k record.Key) (record.Signer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	i.mu.RLock()
	s, cached := i.signers[k]
	p, owned := i.places[k]
	closed := i.closed
	i.mu.RUnlock()
	switch {
	case closed:
		return nil, ErrClosed
	case cached:
		return s, nil
	case !owned:
		return nil, fmt.Errorf("%w: %s", ErrUnknownKey, k.Short())
	}
	s, err := i.root.signer(p)
	if err != nil {
		return nil, err
	}
	if s.Key() != k {
		return nil, fmt.Errorf("%w: it doesn't make the key %s that the store says it made; restore both from one backup", ErrRoot, k.Short())
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed {
		i.keep(s)
	}
	return s, nil
}

// Seed returns the seed of the host key with number n, for a library that wants its
// private key itself. The number is durable before it returns. Errors: ErrKind for
// every other kind, whose seeds stay here; else as for New.
func (i *Identity) Seed(ctx context.Context, k Kind, n uint64) ([32]byte, error) {
	if k != KindHost {
		return [32]byte{}, fmt.Errorf("%w: seeds are given out for %s keys alone, not %s", ErrKind, KindHost, k)
	}
	i.first.Lock()
	defer i.first.Unlock()
	p := placeAt(k, i.incarnation, n)
	if _, err := i.make(ctx, p); err != nil {
		return [32]byte{}, err
	}
	return i.root.seed(p)
}

// Close forgets the signers kept here, and makes no more. A second Close is harmless. It
// returns no error.
func (i *Identity) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	clear(i.signers)
	return nil
}

// make derives the key at p, has its number durable, and only then owns it. New
// leaves a number whose Put failed behind: whether it was stored can't be known.
func (i *Identity) make(ctx context.Context, p place) (record.Key, error) {
	i.mu.RLock()
	closed := i.closed
	i.mu.RUnlock()
	if closed {
		return record.Key{}, ErrClosed
	}
	s, err := i.root.signer(p)
	if err != nil {
		return record.Key{}, err
	}
	key := s.Key()
	if i.Owns(key) {
		return key, nil
	}
	if err := i.tables.Put(ctx, tableKeys, key[:], p.encode()); err != nil {
		return record.Key{}, fmt.Errorf("keep the number of a new %s key: %w", p.kind, err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return record.Key{}, ErrClosed
	}
	i.own(key, p)
	i.keep(s)
	return key, nil
}

// keep caches a signer; the caller holds mu. Which one goes when it is full doesn't matter: any can be made anew.
func (i *Identity) keep(s record.Signer) {
	if len(i.signers) >= maxSigners {
		for k := range maps.Keys(i.signers) {
			delete(i.signers, k)
			break
		}
	}
	i.signers[s.Key()] = s
}
