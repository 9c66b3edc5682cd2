package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store/internal/disk"
)

func nth(n int) record.ID {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// allKnown checks that the writer takes no subject of the index for one about which nothing was written.
func allKnown(t *testing.T, db *DB) {
	t.Helper()
	if db.funnel == nil {
		return
	}
	err := db.view(t.Context(), func(r reader) error {
		return r.scan([]byte{kindSubject}, nil, func(k, _ []byte) (bool, error) {
			if id := record.ID(k[1:]); db.funnel.known.written.never(id) {
				t.Errorf("the writer takes %s for new", id.Short())
			}
			return true, nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatWasWrittenIsNeverTakenForNew(t *testing.T) {
	w := &written{whole: true}
	const n = 3 * firstWritten // which take two filters
	for i := range n {
		w.add(nth(i))
	}
	wrong := 0
	for i := range n {
		if w.never(nth(i)) {
			t.Fatalf("%d was written", i)
		}
		if !w.never(nth(n + i)) {
			wrong++
		}
	}
	if most := n * 3 * writtenWrongs; float64(wrong) > most || len(w.filters) != 2 {
		t.Errorf("%d of %d that weren't written aren't known to be new, at most %.0f, in %d filters", wrong, n, most, len(w.filters))
	}
	w.whole = false
	if w.never(nth(n)) || (*written)(nil).never(nth(n)) {
		t.Error("who doesn't know all takes something for new")
	}
}

// wide writes one log entry about n new subjects.
func wide(t *testing.T, db *DB, from, n int) {
	t.Helper()
	var b Batch
	for i := range n {
		b.Appends = append(b.Appends, Append{Subject: nth(from + i), Entries: note("first")})
	}
	if err := db.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// wideAtTheEnd is the folder of a store whose last log entry is about 40 new subjects, and its number.
func wideAtTheEnd(t *testing.T) (dir string, last uint64) {
	t.Helper()
	dir = t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	wide(t, db, 100, 40)
	head, _ := db.log.Head()
	shutWorld(t, db)
	return dir, head.Seq
}

// unended is a start that ends before it tells what it found.
func unended(t *testing.T, dir string) {
	t.Helper()
	o := worldOptions()
	o.FS = disk.OS{}
	d := &DB{dir: dir, options: o, classes: newClasses(o), room: &room{fs: o.FS, dir: dir}, spool: newSpool()}
	op := &opening{db: d}
	if err := errors.Join(op.openIndex(t.Context()), op.read(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(op.engine.close(), d.log.Close(), d.spool.files.Close()); err != nil {
		t.Fatal(err)
	}
}

// full is a start whose disk is full once it has found something, and has room again after it.
func full(t *testing.T, dir string) *DB {
	t.Helper()
	d := newTight(1 << 30)
	o := worldOptions()
	o.FS = d
	o.Log = slog.New(onFinding{slog.DiscardHandler, func() { d.free.Store(lowSpace - 1) }})
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	d.free.Store(1 << 30)
	return db
}

type onFinding struct {
	slog.Handler
	do func()
}

func (h onFinding) Enabled(context.Context, slog.Level) bool { return true }

func (h onFinding) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelError {
		h.do()
	}
	return nil
}

// The index has subjects that the log lost: in its midst, and at its end.
func TestAStartKnowsAllSubjectsOfTheIndex(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(dir string)
		know bool
	}{
		"nothing happened":        {func(string) {}, true},
		"the index is made again": {func(dir string) { remove(t, filepath.Join(dir, indexDir)) }, true},
		"damaged, then made again": {func(dir string) {
			flip(t, filepath.Join(dir, logDir, "00000001.seg"), 3000*8)
			shutWorld(t, openWorld(t, dir))
			remove(t, filepath.Join(dir, indexDir))
		}, false},
		"an entry is damaged": {func(dir string) { flip(t, filepath.Join(dir, logDir, "00000001.seg"), 3000*8) }, false},
		"the log is gone":     {func(dir string) { remove(t, filepath.Join(dir, logDir, "00000001.seg")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openWorld(t, dir)
			lived(t, db, 0, 30)
			shutWorld(t, db)
			c.harm(dir)
			db = openWorld(t, dir)
			lived(t, db, 30, 33)
			allKnown(t, db)
			shutWorld(t, db)
			db = openWorld(t, dir)
			defer shutWorld(t, db)
			allKnown(t, db)
			if know := db.funnel.known.written.never(nth(1)); know != c.know {
				t.Errorf("what is new is known: %v, want %v", know, c.know)
			}
		})
	}
}

// What the log lost and the index has is told apart from what is new however the starts after the loss end.
func TestWhatTheLogLostIsNeverTakenForNew(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir string, last uint64){
		"the restore is cut off": func(t *testing.T, dir string, last uint64) {
			spoil(t, dir, LogTrail, last)
			o := worldOptions()
			o.FS = &disk.Failing{FS: disk.OS{}, Fail: func(op disk.Op, name string) error {
				if op == disk.OpWrite && name == "00000002.seg" {
					return errBroken
				}
				return nil
			}}
			if db, err := Open(t.Context(), dir, o); err == nil {
				shutWorld(t, db)
			}
		},
		"the index falls back to before the restore": func(t *testing.T, dir string, last uint64) {
			spoil(t, dir, LogTrail, last)
			unended(t, dir)
			index := copied(t, filepath.Join(dir, indexDir))
			db := openWorld(t, dir)
			lived(t, db, 9, 12)
			shutWorld(t, db)
			replaced(t, filepath.Join(dir, indexDir), index)
		},
		"an index was made again by a start that didn't end": func(t *testing.T, dir string, last uint64) {
			daysIn(t, dir, 9, 12)
			remove(t, filepath.Join(dir, indexDir))
			spoil(t, dir, LogTrail, 3)
			unended(t, dir)
			spoil(t, dir, LogTrail, last)
		},
		"an index was made again on a disk that was full": func(t *testing.T, dir string, last uint64) {
			remove(t, filepath.Join(dir, indexDir))
			spoil(t, dir, LogTrail, 3)
			db := full(t, dir)
			lived(t, db, 9, 12)
			shutWorld(t, db)
			spoil(t, dir, LogTrail, last)
		},
		"the disk is full before the restore": func(t *testing.T, dir string, last uint64) {
			spoil(t, dir, LogTrail, last)
			spoil(t, dir, SpoolTrail, 4)
			db := full(t, dir)
			if err := db.Append(t.Context(), nth(1), 0, note("its number is another's")); !errors.Is(err, ErrReadOnly) {
				t.Errorf("a write before the restore: %v, want ErrReadOnly", err)
			}
			shutWorld(t, db)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, last := wideAtTheEnd(t)
			harm(t, dir, last)
			for range 2 {
				db := openWorld(t, dir)
				allKnown(t, db)
				for i := range 40 {
					id := nth(100 + i)
					if es, err := db.Entries(t.Context(), id); err != nil || len(es) == 0 {
						t.Fatalf("%d entries, %v; want what was acknowledged", len(es), err)
					}
					if err := db.Append(t.Context(), id, 0, note("second")); !errors.Is(err, record.ErrConflict) {
						t.Fatalf("an entry that must be the first: %v, want ErrConflict", err)
					}
				}
				shutWorld(t, db)
			}
			remove(t, filepath.Join(dir, indexDir))
			db := openWorld(t, dir)
			defer shutWorld(t, db)
			for i := range 40 {
				if es, err := db.Entries(t.Context(), nth(100+i)); err != nil || len(es) != 1 {
					t.Fatalf("%d entries in the log, %v; want what the index had", len(es), err)
				}
			}
		})
	}
}

// The folder's log is put back to one that went another way.
func TestALogOfAnotherHistoryHasNothingTakenForNew(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	other := copied(t, dir)
	db := openWorld(t, other)
	wide(t, db, 200, 3)
	shutWorld(t, db)
	db = openWorld(t, dir)
	for i := range 4 {
		wide(t, db, 300+i, 1)
	}
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, logDir), filepath.Join(other, logDir))
	for range 3 {
		db := openWorld(t, dir)
		allKnown(t, db)
		shutWorld(t, db)
	}
}
