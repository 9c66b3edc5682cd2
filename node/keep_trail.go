package node

import (
	"context"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/store"
)

// trail is a trail of an open store, as a backup reads it.
type trail struct {
	dir   string // of the store
	key   [32]byte
	trail store.Trail
	head  func(store.Trail) store.TrailPlace
}

// Head implements backup.Trail.
func (t trail) Head(context.Context) (backup.Place, error) { return fromStore(t.head(t.trail)), nil }

// Holds implements backup.Trail.
func (t trail) Holds(ctx context.Context, p backup.Place) (bool, error) {
	return store.HoldsTrail(ctx, t.dir, t.key, t.trail, toStore(p))
}

// Copy implements backup.Trail.
func (t trail) Copy(ctx context.Context, after, upTo backup.Place, each func(backup.Piece) error) (lost uint64, err error) {
	return store.CopyTrail(ctx, t.dir, t.key, t.trail, toStore(after), toStore(upTo), func(raw []byte, last store.TrailPlace) error {
		return each(backup.Piece{Raw: raw, Last: fromStore(last)})
	})
}

// pieces reads pieces of trails that are sealed under a store's key.
type pieces [32]byte

// Log implements backup.Check.
func (k pieces) Log(after backup.Place, raw []byte) (backup.Place, uint64, error) {
	return k.follow(store.LogTrail, after, raw)
}

// Spool implements backup.Check.
func (k pieces) Spool(after backup.Place, raw []byte) (backup.Place, uint64, error) {
	return k.follow(store.SpoolTrail, after, raw)
}

func (k pieces) follow(t store.Trail, after backup.Place, raw []byte) (backup.Place, uint64, error) {
	at, n, err := store.FollowTrail(k, t, toStore(after), raw)
	return fromStore(at), n, err
}

func toStore(p backup.Place) store.TrailPlace {
	return store.TrailPlace{Seq: p.Seq, Mark: p.Mark, Hash: p.Hash}
}

func fromStore(p store.TrailPlace) backup.Place {
	return backup.Place{Seq: p.Seq, Mark: p.Mark, Hash: p.Hash}
}
