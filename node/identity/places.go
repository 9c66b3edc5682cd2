package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// The tables, which identity alone writes:
//
//	identity  "mark"             → incarnation (16) ‖ check (32)
//	keys      public key (32)    → kind (1) ‖ incarnation (16; zeros for none) ‖ n (8, big-endian)
const (
	tableIdentity store.Table = "identity"
	tableKeys     store.Table = "keys"

	placeSize = 1 + incarnationSize + 8
	scanPage  = 1000 // rows
)

var markKey = []byte("mark")

// place is where a key comes from.
type place struct {
	kind        Kind
	incarnation [incarnationSize]byte
	n           uint64
}

// placeAt is where number n of a kind comes from in one incarnation. The host's and the
// organisation's number 0 come from none: the root's words alone bring them back.
func placeAt(k Kind, incarnation [incarnationSize]byte, n uint64) place {
	if n == 0 && (k == KindHost || k == KindOrganisation) {
		incarnation = [incarnationSize]byte{}
	}
	return place{kind: k, incarnation: incarnation, n: n}
}

func (p place) encode() []byte {
	b := append([]byte{byte(p.kind)}, p.incarnation[:]...)
	return binary.BigEndian.AppendUint64(b, p.n)
}

func parsePlace(b []byte) (place, error) {
	if len(b) != placeSize {
		return place{}, fmt.Errorf("%w: a key's place of %d bytes, want %d", store.ErrCorrupt, len(b), placeSize)
	}
	return place{
		kind: Kind(b[0]), incarnation: [incarnationSize]byte(b[1:]), n: binary.BigEndian.Uint64(b[1+incarnationSize:]),
	}, nil
}

// mark ties a store to one root, without telling anything of it.
type mark struct {
	incarnation [incarnationSize]byte
	check       [32]byte
}

// fits returns ErrRoot where the store isn't of this root.
func (m *mark) fits(root *Root) error {
	check, err := root.derive(checkDomain, m.incarnation[:])
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(check[:], m.check[:]) != 1 {
		return fmt.Errorf("%w: it isn't the root that this store's keys come from; put the right one back, or use the folder that belongs to it", ErrRoot)
	}
	return nil
}

// readMark returns nil where the store has none yet.
func readMark(ctx context.Context, t Tables) (*mark, error) {
	b, err := t.Get(ctx, tableIdentity, markKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which root the store belongs to: %w", err)
	}
	if len(b) != incarnationSize+32 {
		return nil, fmt.Errorf("%w: a mark of %d bytes, want %d", store.ErrCorrupt, len(b), incarnationSize+32)
	}
	return &mark{[incarnationSize]byte(b), [32]byte(b[incarnationSize:])}, nil
}

func makeMark(ctx context.Context, t Tables, root *Root) (*mark, error) {
	var m mark
	if _, err := rand.Read(m.incarnation[:]); err != nil {
		return nil, err
	}
	var err error
	if m.check, err = root.derive(checkDomain, m.incarnation[:]); err != nil {
		return nil, err
	}
	if err := t.Put(ctx, tableIdentity, markKey, append(m.incarnation[:], m.check[:]...)); err != nil {
		return nil, fmt.Errorf("tie the store to its root: %w", err)
	}
	return &m, nil
}

// load reads every key that was made, of this incarnation and of earlier ones.
func (i *Identity) load(ctx context.Context) error {
	var after []byte
	for {
		rows, err := i.tables.Scan(ctx, tableKeys, nil, after, scanPage)
		if err != nil {
			return fmt.Errorf("read which keys were made: %w", err)
		}
		for _, r := range rows {
			key, err := record.ParseKey(r.Key)
			if err != nil {
				return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
			}
			p, err := parsePlace(r.Value)
			if err != nil {
				return err
			}
			i.own(key, p)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].Key
	}
}

// own notes a key that is durable; the caller holds mu, or is Open.
func (i *Identity) own(k record.Key, p place) {
	i.places[k] = p
	if p.n == 0 {
		i.zeroth[p.kind] = k
	}
	if p.incarnation == i.incarnation {
		i.next[p.kind] = max(i.next[p.kind], p.n+1)
	}
}
