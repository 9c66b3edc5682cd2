package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
	"github.com/bywaynet/byway/store/internal/segment"
)

// The tables of tests, one of each class.
const (
	marks  Table = "marks"
	outbox Table = "outbox"
	seen   Table = "seen"
)

func worldOptions() Options {
	return Options{
		Log: slog.New(slog.DiscardHandler), Key: [32]byte{7}, Spool: []Table{outbox}, Cache: []Table{seen},
		segment: 3 << 19, // as large as the largest entry, since most of a test is zeros that are written
	}
}

func openWorld(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(t.Context(), dir, worldOptions())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func shutWorld(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// live writes days from one up to, and not including, the other: each is one write of a
// note, a mark, a letter and something seen, and ends the mark and the letter of three days ago.
func live(db *DB, from, to int) error {
	for i := from; i < to; i++ {
		b := Batch{
			Appends: []Append{{Subject: topic(i % 7), Expect: -1, Entries: note(fmt.Sprint("day ", i))}},
			Rows: []Row{
				{marks, fmt.Append(nil, i), fmt.Append(nil, "mark ", i)},
				{outbox, fmt.Append(nil, i), fmt.Append(nil, "letter ", i)},
				{seen, fmt.Append(nil, i), []byte("seen")},
			},
		}
		if i%4 == 3 {
			b.Rows = append(b.Rows, Row{marks, fmt.Append(nil, i-3), nil}, Row{outbox, fmt.Append(nil, i-3), nil})
		}
		if err := db.Commit(context.Background(), b); err != nil {
			return err
		}
	}
	return nil
}

func lived(t *testing.T, db *DB, from, to int) {
	t.Helper()
	if err := live(db, from, to); err != nil {
		t.Fatal(err)
	}
}

// told returns all that a store answers, but for what is only seen.
func story(t *testing.T, db *DB) string {
	t.Helper()
	var b strings.Builder
	es, err := db.Feed(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		fmt.Fprintf(&b, "%d %s %s\n", e.Seq, e.Entry.Subject.Short(), e.Entry.Note)
	}
	for i := range 7 {
		es, err := db.Entries(t.Context(), topic(i))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d about %d\n", len(es), i)
	}
	for _, table := range []Table{marks, outbox} {
		rows, err := db.Scan(t.Context(), table, nil, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			fmt.Fprintf(&b, "%s %s %s\n", r.Table, r.Key, r.Value)
		}
	}
	return b.String()
}

// told is the story of that many days that nothing happened to.
func storyOf(t *testing.T, days int) string {
	t.Helper()
	db := openWorld(t, t.TempDir())
	defer shutWorld(t, db)
	lived(t, db, 0, days)
	return story(t, db)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	has := map[string]bool{}
	for l := range strings.Lines(got) {
		has[l] = true
	}
	for l := range strings.Lines(want) {
		if !has[l] {
			t.Errorf("%s: %q is missing", what, l)
		}
		delete(has, l)
	}
	for l := range has {
		t.Errorf("%s: %q is too much", what, l)
	}
}

// copied returns a copy of a folder as it is now.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	copyInto(t, to, dir)
	return to
}

// replaced puts a copy of one folder in the place of another.
func replaced(t *testing.T, dir, by string) {
	t.Helper()
	remove(t, dir)
	copyInto(t, dir, by)
}

// copyInto makes a folder that is a copy of another, and leaves the zeros at the end of a
// file to the file system: most of what is copied is such.
func copyInto(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		name, bad := filepath.Rel(from, path)
		if err := errors.Join(err, bad); err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := len(b)
		for zeros := make([]byte, 4<<10); n >= len(zeros) && bytes.Equal(b[n-len(zeros):n], zeros); {
			n -= len(zeros)
		}
		name = filepath.Join(to, name)
		return errors.Join(os.WriteFile(name, b[:n], 0o600), os.Truncate(name, int64(len(b))))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rebuilt(t *testing.T, dir string) {
	t.Helper()
	if err := Rebuild(t.Context(), dir, worldOptions()); err != nil {
		t.Fatal(err)
	}
}

func findings(t *testing.T, db *DB) map[FindingKind]Finding {
	t.Helper()
	fs, err := db.Findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[FindingKind]Finding{}
	for _, f := range fs {
		out[f.Kind] = f
	}
	return out
}

// failingFrom returns a file system whose n-th change, counted from 0, fails, and all after it.
func failingFrom(n int, err error) *disk.Failing {
	return &disk.Failing{FS: disk.OS{}, Fail: disk.At(n, true, err)}
}

// spoil changes a byte of what entry n of a trail says.
func spoil(t *testing.T, dir string, tr Trail, n uint64) {
	t.Helper()
	o := tr.options(dir, worldOptions().Key)
	var file string
	var at int64
	if _, err := segment.Scan(t.Context(), o, n, n, func(e segment.Entry) error {
		file, at = filepath.Join(o.Dir, fmt.Sprintf("%08d.seg", e.Segment)), e.Offset+70
		return nil
	}); err != nil || file == "" {
		t.Fatal(n, err)
	}
	flip(t, file, at*8)
}

// flip changes one bit of a file.
func flip(t *testing.T, file string, bit int64) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sorted puts the lines of a story in order: what is logged again is about its subject, but later.
func sorted(story string) string {
	lines := slices.Sorted(strings.Lines(story))
	return strings.Join(lines, "")
}
