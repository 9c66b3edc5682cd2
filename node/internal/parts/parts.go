// Package parts is what a test may replace of a node.
package parts

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/node/identity/safe"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Store is what a node keeps everything in; *store.DB and *store.Memory are two.
type Store interface {
	Commit(ctx context.Context, b store.Batch) error
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
	Subjects(ctx context.Context, t record.Type, after uint64, limit int) ([]store.Event, error)
	Head(ctx context.Context, me, them record.Key) (store.Head, error)
	Epoch(ctx context.Context) (uint32, error)
	NextEpoch(ctx context.Context) (uint32, error)
	Pair(ctx context.Context, me, them record.Key) (store.Pair, error)
	Pairs(ctx context.Context, after store.Pair, limit int) ([]store.Pair, error)
	Places(ctx context.Context, me, them record.Key, side store.Side, from uint64, limit int) ([]store.Place, error)
	Faults(ctx context.Context, me, them record.Key, after []byte, limit int) ([]store.Fault, []byte, error)
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
	Wait(ctx context.Context, after uint64) (uint64, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Delete(ctx context.Context, t store.Table, key []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
	Size(ctx context.Context) (store.Size, error)
	Close() error
}

// Parts is what a test may replace of a node. Real returns what a node on a real
// machine has.
type Parts struct {
	// Store opens what the node keeps in dir, sealed under key.
	Store func(ctx context.Context, dir string, key [32]byte, log *slog.Logger) (Store, error)
	// Ring is the keyring for the root of the keys; nil where there is none.
	Ring safe.Ring
	Host func(c HostConfig) (host.Host, error)
	// Control is where the owner's programs come in; dir is the node's folder.
	Control func(dir string) (net.Listener, error)
	Now     func() time.Time
}

// Real returns Badger in the node's folder, a host on real sockets, the control socket
// in that folder, and the clock of the machine.
func Real() Parts {
	return Parts{
		Store: func(ctx context.Context, dir string, key [32]byte, log *slog.Logger) (Store, error) {
			return store.Open(ctx, dir, StoreOptions(key, log))
		},
		Ring: safe.System(),
		Host: NewHost,
		Control: func(dir string) (net.Listener, error) {
			l, _, err := localapi.Listen(dir)
			return l, err
		},
		Now: time.Now,
	}
}

// StoreOptions are those of a node's store, under the root's key for it. What lives until it
// was sent or has expired is in the spool; what can be asked for again, or made again from
// the rest, is in the index alone.
func StoreOptions(key [32]byte, log *slog.Logger) store.Options {
	return store.Options{
		Key: key, Log: log,
		Spool: []store.Table{"answering", "heard", "intentions", "sending", "steward-cards", "steward-casts"},
		Cache: []store.Table{"cursors", "directory", "listing"},
	}
}
