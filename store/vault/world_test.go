package vault

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

const dir = "/store"

var (
	quiet = slog.New(slog.DiscardHandler)
	root  = [32]byte{1, 2, 3}
	nonce = [16]byte{7}
)

// open opens a vault on a simulated disk.
func open(t testing.TB, fs disk.FS, rows Tables) *Vault {
	t.Helper()
	v, err := Open(t.Context(), dir, rows, Options{Key: root, Log: quiet, fs: fs})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func set(t testing.TB, v *Vault, category, value string) {
	t.Helper()
	if err := v.Set(t.Context(), category, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// holds fails unless v holds the value; "" for nothing.
func holds(t testing.TB, v *Vault, category, want string) {
	t.Helper()
	got, err := v.Value(t.Context(), category)
	if want == "" && errors.Is(err, ErrNotFound) {
		return
	}
	if err != nil || string(got) != want {
		t.Errorf("%s is %q (%v), want %q", category, got, err, want)
	}
}

func rowsOf(t testing.TB, rows Tables) []store.Row {
	t.Helper()
	rs, err := rows.Scan(t.Context(), Table, nil, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// keysOf reads the file as it is.
func keysOf(t testing.TB, fs disk.FS) []byte {
	t.Helper()
	return contentOf(t, fs, File)
}

func contentOf(t testing.TB, fs disk.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := readAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

func readAll(f disk.File) ([]byte, error) {
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, n))
}

// putKeys writes a file of keys, whatever was there.
func putKeys(t testing.TB, fs disk.FS, b []byte) {
	t.Helper()
	path := filepath.Join(dir, File)
	_ = fs.Remove(path) // where there is one
	f, err := fs.Create(path)
	if err == nil {
		_, err = f.WriteAt(b, 0)
		err = errors.Join(err, f.Sync(), f.Close(), fs.SyncDir(dir))
	}
	if err != nil {
		t.Fatal(err)
	}
}

var errDown = errors.New("the store is down")

// steps stops everything at one step: calls of the disk that change it, commits of the store.
type steps struct {
	n, stop int
	applies bool // the commit at which it stops is applied, though that isn't said
	Tables
}

func (s *steps) next() bool {
	s.n++
	return s.n > s.stop
}

func (s *steps) disk(fs disk.FS) disk.FS {
	return &disk.Failing{FS: fs, Fail: func(disk.Op, string) error {
		if s.next() {
			return errDown
		}
		return nil
	}}
}

// Commit implements Tables.
func (s *steps) Commit(ctx context.Context, b store.Batch) error {
	if s.next() {
		if s.applies && s.n == s.stop+1 {
			_ = s.Tables.Commit(ctx, b) // nobody hears of it
		}
		return errDown
	}
	return s.Tables.Commit(ctx, b)
}
