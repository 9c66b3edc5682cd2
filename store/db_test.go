package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/storetest"
	"go.uber.org/goleak"
)

func tryOpen(dir string) (*store.DB, error) {
	return store.Open(context.Background(), dir, store.Options{Log: slog.New(slog.DiscardHandler)})
}

func open(t testing.TB, dir string) *store.DB {
	t.Helper()
	db, err := tryOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func shut(t testing.TB, db *store.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDBKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		ignore := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
		return open(t, t.TempDir())
	})
}

func TestReopenedStoreHasAllThatItHad(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	alice, bakery := signer(t, "alice"), signer(t, "the bakery")
	for i := range 300 {
		if err := db.AppendLinked(t.Context(), alice.Key(), bakery.Key(), i, sayAbout(alice, bakery.Key(), topic("bread"))); err != nil {
			t.Fatal(err)
		}
		// Enough to fill more than one memtable.
		if err := db.Put(t.Context(), "marks", fmt.Append(nil, i), bytes.Repeat([]byte{byte(i)}, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	before := dump(t, db, alice.Key(), bakery.Key())
	shut(t, db)
	db = open(t, dir)
	defer shut(t, db)
	if after := dump(t, db, alice.Key(), bakery.Key()); after != before {
		t.Errorf("reopened as\n%.400s\nwant\n%.400s", after, before)
	}
	if err := db.AppendLinked(t.Context(), alice.Key(), bakery.Key(), 300, sayAbout(alice, bakery.Key(), topic("bread"))); err != nil {
		t.Fatal(err)
	}
	if seq, err := db.Wait(t.Context(), 300); err != nil || seq != 301 {
		t.Errorf("the next entry is number %d, %v; want 301", seq, err)
	}
}

// dump writes out all that a store answers.
func dump(t *testing.T, db *store.DB, me, them record.Key) string {
	t.Helper()
	h, err := db.Head(t.Context(), me, them)
	if err != nil {
		t.Fatal(err)
	}
	events, err := db.Feed(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Scan(t.Context(), "marks", nil, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%+v %d events %d rows\n", h, len(events), len(rows))
	for _, e := range events {
		fmt.Fprintf(&b, "%d %d %s %v %v %x\n", e.Seq, e.Index, e.Entry.Subject, e.Entry.At.UnixMilli(), e.Entry.Mine, e.Entry.Rec.Record().Sum())
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "%s %x\n", r.Key, record.SumID(r.Value))
	}
	return b.String()
}

func TestSecondOpenNamesTheFirst(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	_, err := tryOpen(dir)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("already open by pid %d", os.Getpid())) {
		t.Errorf("second open: %v, want ErrLocked with our pid", err)
	}
	shut(t, db)
	shut(t, open(t, dir))
}

func TestFoldersAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, dir))
	for _, d := range []string{dir, filepath.Join(dir, "index")} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v; want 0700", d, info.Mode(), err)
		}
	}
}

func TestFolderThatCannotBeOpenedSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name, say string
		prepare   func(dir string) (string, error)
	}{
		{"a file in its place", "not a directory", func(dir string) (string, error) {
			f := filepath.Join(dir, "f")
			return f, os.WriteFile(f, nil, 0o600)
		}},
		{"under a file", "not a directory", func(dir string) (string, error) {
			f := filepath.Join(dir, "f")
			return filepath.Join(f, "store"), os.WriteFile(f, nil, 0o600)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			dir, err := c.prepare(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			// Twice: a refused open leaves no claim behind.
			for range 2 {
				if _, err := tryOpen(dir); err == nil || !strings.Contains(err.Error(), c.say) || !strings.HasPrefix(err.Error(), "open the store: ") {
					t.Errorf("error %v, want one that says %q", err, c.say)
				}
			}
		})
	}
}

func TestEndedContextOpensNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "store")
	if _, err := store.Open(ctx, dir, store.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v, want Canceled", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}
