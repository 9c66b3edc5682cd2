package storetest

import (
	"log/slog"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/bywaynet/byway/store/internal/index"
)

// Floor is bare Badger with the store's options: what a benchmark measures a store, or
// what stands on one, against.
type Floor struct{ db *badger.DB }

// KV is one row.
type KV struct{ Key, Value []byte }

// NewFloor opens one in a folder of its own, and closes it when the benchmark ends.
func NewFloor(tb testing.TB) *Floor {
	tb.Helper()
	db, err := badger.Open(index.Options(tb.TempDir(), slog.New(slog.DiscardHandler)).WithSyncWrites(true))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &Floor{db}
}

// Put writes rows in one transaction, and returns once it is synced. The rows are not
// to be changed after.
func (f *Floor) Put(rows ...KV) error {
	txn := f.db.NewTransaction(true)
	defer txn.Discard()
	for _, r := range rows {
		if err := txn.Set(r.Key, r.Value); err != nil {
			return err
		}
	}
	return txn.Commit()
}
