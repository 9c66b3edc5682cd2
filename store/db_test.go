package store_test

import (
	"log/slog"
	"testing"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/storetest"
	"go.uber.org/goleak"
)

func open(t testing.TB, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dir, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestDBKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		ignore := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
		return open(t, t.TempDir())
	})
}
