package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/bywaynet/byway/store/internal/disk"
)

// counted is a disk that counts the files that are open.
type counted struct {
	disk.FS
	files *atomic.Int64
}

type countedFile struct {
	disk.File
	files *atomic.Int64
}

func (c counted) count(f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	c.files.Add(1)
	return countedFile{f, c.files}, nil
}

func (c counted) Create(name string) (disk.File, error) { return c.count(c.FS.Create(name)) }
func (c counted) Open(name string) (disk.File, error)   { return c.count(c.FS.Open(name)) }

func (f countedFile) Close() error {
	f.files.Add(-1)
	return f.File.Close()
}

// halfWritten has a folder of 20 days, and of another one what a kill leaves between the
// write to the spool and the one to the log.
func halfWritten(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	daysIn(t, dir, 0, 20)
	whole := copied(t, filepath.Join(dir, logDir))
	o, writes := worldOptions(), 0
	var armed atomic.Bool
	o.FS = &disk.Failing{FS: disk.OS{}, Fail: func(op disk.Op, _ string) error {
		if armed.Load() && op == disk.OpWrite {
			if writes++; writes > 1 { // that of the spool goes through
				return errBroken
			}
		}
		return nil
	}}
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	armed.Store(true)
	if err := live(db, 20, 21); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, logDir), whole)
	return dir
}

// Every operation that a start asks of the disk fails once. The next start is whole.
func TestStartThatFailsAnywhereLosesAndLeaksNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		origin func(t *testing.T) (dir string)
		found  []FindingKind
	}{
		{"damaged", func(t *testing.T) string {
			dir := t.TempDir()
			daysIn(t, dir, 0, 20)
			spoil(t, dir, LogTrail, 4)
			spoil(t, dir, SpoolTrail, 11)
			return dir
		}, []FindingKind{FoundDamaged, FoundLetters}},
		{"without its index", func(t *testing.T) string {
			dir := t.TempDir()
			daysIn(t, dir, 0, 20)
			remove(t, filepath.Join(dir, indexDir))
			return dir
		}, nil},
		{"half written", halfWritten, nil},
	} {
		origin, want := c.origin(t), sorted(storyOf(t, 21))
		for n, reached := 0, true; reached; n++ {
			what, dir := fmt.Sprintf("%s, failure %d", c.name, n), copied(t, origin)
			reached = failedStart(t, what, dir, n)
			db := openWorld(t, dir)
			fs := findings(t, db)
			for _, kind := range c.found {
				if _, ok := fs[kind]; !ok {
					t.Errorf("%s: %s isn't found", what, kind)
				}
				delete(fs, kind)
			}
			delete(fs, FoundTorn) // it may be a write that failed
			delete(fs, FoundLetters)
			if len(fs) > 0 {
				t.Errorf("%s: found %v too", what, fs)
			}
			lived(t, db, 20, 21)
			shutWorld(t, db)
			remove(t, filepath.Join(dir, indexDir))
			db = openWorld(t, dir)
			same(t, what, sorted(story(t, db)), want)
			shutWorld(t, db)
		}
	}
}

// failedStart opens a store on a disk whose n-th operation fails, and reports whether it came to that.
func failedStart(t *testing.T, what, dir string, n int) (reached bool) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	var files atomic.Int64
	fail := disk.At(n, false, errBroken)
	o := worldOptions()
	o.FS = counted{&disk.Failing{FS: newTight(ampleSpace - 1), Fail: func(op disk.Op, name string) error {
		err := fail(op, name)
		reached = reached || err != nil
		return err
	}}, &files}
	db, err := Open(t.Context(), dir, o)
	if err == nil {
		err = db.Close()
	}
	if err != nil && !errors.Is(err, errBroken) {
		t.Errorf("%s: %v", what, err)
	}
	if files.Load() != 0 {
		t.Errorf("%s: %d files are left open", what, files.Load())
	}
	if err := goleak.Find(before); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return reached
}

// What is written before the log decides counts for nothing once it decided otherwise,
// also when another write took the number.
func TestLettersOfAWriteThatTheLogNeverHadNeverCount(t *testing.T) {
	dir := halfWritten(t)
	db := openWorld(t, dir)
	same(t, "cut off", story(t, db), storyOf(t, 20))
	if head := db.spool.head(); head.seq != 22 {
		t.Errorf("the spool has %d entries, want 20, the letters and their void", head.seq)
	}
	if err := db.Append(t.Context(), topic(20%7), -1, note("day 20")); err != nil {
		t.Fatal(err)
	}
	want := story(t, db)
	shutWorld(t, db)
	for _, again := range []string{"opened", "made again"} {
		if again == "made again" {
			rebuilt(t, dir)
		}
		db := openWorld(t, dir)
		same(t, again, story(t, db), want)
		shutWorld(t, db)
	}
}

func TestOpenMakesTheNameOfANewFolderDurable(t *testing.T) {
	around := t.TempDir()
	var asked []string
	o := worldOptions()
	o.FS = &disk.Failing{FS: newTight(ampleSpace - 1), Fail: func(op disk.Op, name string) error {
		asked = append(asked, fmt.Sprint(op, " ", name))
		return nil
	}}
	db, err := Open(t.Context(), filepath.Join(around, "store"), o)
	if err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	if want := fmt.Sprint(disk.OpSyncDir, " ", filepath.Base(around)); !slices.Contains(asked, want) {
		t.Errorf("%q, without %q", asked, want)
	}
}
