package faults

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

// The safeguards that controls take away.
const (
	withoutWrites = "writes" // what is written stays in the process
	withoutSync   = "sync"   // a sync does nothing
	withoutChecks = "checks" // what is read is believed
	withoutRoom   = "room"   // there seems to be room always
)

// letters is a table of the spool.
const letters store.Table = "letters"

// open opens the store in dir, without one safeguard where that is named.
func open(ctx context.Context, dir, without string) (*store.DB, error) {
	var fs disk.FS = disk.OS{}
	switch without {
	case withoutWrites:
		fs = disk.NewHeld(fs)
	case withoutSync:
		fs = disk.Unsynced{FS: fs}
	case withoutRoom:
		fs = disk.Roomy{FS: fs}
	case withoutChecks:
		fs = disk.Unchecked{FS: fs}
	}
	return openOn(ctx, dir, fs)
}

// openOn opens the store in dir on another file system.
func openOn(ctx context.Context, dir string, fs disk.FS) (*store.DB, error) {
	return store.Open(ctx, dir, store.Options{Log: slog.New(slog.DiscardHandler), Spool: []store.Table{letters}, FS: fs})
}

// dropIndex leaves a store its log and spool alone, of which the index is made again.
func dropIndex(dir string) error { return os.RemoveAll(filepath.Join(dir, "index")) }

// saysLoss reports whether the store names anything as lost.
func saysLoss(ctx context.Context, db *store.DB) (bool, error) {
	found, err := db.Findings(ctx)
	return len(found) > 0, err
}
