package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestIndexThatIsBehindCatchesUp(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, index string, days map[int]string)
	}{
		{"gone", func(t *testing.T, index string, _ map[int]string) { remove(t, index) }},
		{"of an hour ago", func(t *testing.T, index string, days map[int]string) { replaced(t, index, days[20]) }},
		{"of yesterday", func(t *testing.T, index string, days map[int]string) { replaced(t, index, days[5]) }},
		{"of the first day", func(t *testing.T, index string, days map[int]string) { replaced(t, index, days[0]) }},
		{"empty", func(t *testing.T, index string, _ map[int]string) {
			remove(t, index)
			if err := os.Mkdir(index, 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{"cut everywhere", func(t *testing.T, index string, _ map[int]string) {
			for _, f := range filesIn(t, index) {
				if err := os.Truncate(f, 10); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, days := t.TempDir(), map[int]string{}
			for _, day := range []int{0, 5, 20, 30} {
				db := openWorld(t, dir)
				n, err := db.Feed(t.Context(), 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				lived(t, db, len(n), day)
				shutWorld(t, db)
				days[day] = copied(t, filepath.Join(dir, indexDir))
			}
			c.harm(t, filepath.Join(dir, indexDir), days)
			db := openWorld(t, dir)
			same(t, c.name, story(t, db), storyOf(t, 30))
			lived(t, db, 30, 33)
			same(t, c.name+", three days on", story(t, db), storyOf(t, 33))
			if fs := findings(t, db); len(fs) > 0 {
				t.Errorf("found %v, but the log has all", fs)
			}
			shutWorld(t, db)
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func filesIn(t *testing.T, dir string) (out []string) {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		out = append(out, filepath.Join(dir, e.Name()))
	}
	return out
}

func TestRowsOfCacheTablesAloneGoWithTheIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	log, _ := db.log.Head()
	if err := db.Put(t.Context(), seen, []byte("more"), []byte("seen")); err != nil {
		t.Fatal(err)
	}
	if now, _ := db.log.Head(); now != log {
		t.Errorf("a row that may be gone was logged: %+v after %+v", now, log)
	}
	shutWorld(t, db)
	rebuilt(t, dir)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "made again", story(t, db), storyOf(t, 9))
	if rows, err := db.Scan(t.Context(), seen, nil, nil, 0); err != nil || len(rows) > 0 {
		t.Errorf("%d rows of the cache, %v; want none", len(rows), err)
	}
}

func TestAnotherKeyOpensNothingAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	shutWorld(t, db)
	o := worldOptions()
	o.Key[0]++
	if _, err := Open(t.Context(), dir, o); !errors.Is(err, ErrKey) {
		t.Errorf("open: %v, want ErrKey", err)
	}
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "with the right key", story(t, db), storyOf(t, 9))
	if rows, err := db.Scan(t.Context(), seen, nil, nil, 0); err != nil || len(rows) != 9 {
		t.Errorf("%d rows of the cache, %v: the index was made again", len(rows), err)
	}
}

func TestIndexOfAnotherLayoutIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	if err := db.indexer.engine.write(map[string][]byte{string(versionKey()): {layoutVersion + 1}}); err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "made again", story(t, db), storyOf(t, 9))
}

func TestIndexWithoutALogIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(t *testing.T, db *DB, index string)
		want error
	}{
		"another layout": {func(t *testing.T, db *DB, _ string) {
			if err := db.indexer.engine.write(map[string][]byte{string(versionKey()): {1}}); err != nil {
				t.Fatal(err)
			}
		}, ErrLayout},
		"damaged": {nil, ErrCorrupt},
	} {
		dir := t.TempDir()
		db := openWorld(t, dir)
		lived(t, db, 0, 9)
		index := filepath.Join(dir, indexDir)
		if c.harm != nil {
			c.harm(t, db, index)
		}
		shutWorld(t, db)
		if c.harm == nil {
			if err := os.Truncate(filepath.Join(index, "MANIFEST"), 3); err != nil {
				t.Fatal(err)
			}
		}
		remove(t, filepath.Join(dir, logDir))
		before := filesIn(t, index)
		if _, err := Open(t.Context(), dir, worldOptions()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if after := filesIn(t, index); len(after) < len(before) {
			t.Errorf("%s: %d files of %d are left", name, len(after), len(before))
		}
	}
}

// What is replayed may be far more than one transaction of the index takes.
func TestReplayOfManySmallEntriesFitsTheIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	small := note("n")
	for len(small) < 1000 {
		small = append(small, small[0])
	}
	for i := range 25 {
		if err := db.Append(t.Context(), topic(i%7), -1, small); err != nil {
			t.Fatal(err)
		}
		if err := db.Put(t.Context(), outbox, fmt.Append(nil, i), make([]byte, 300<<10)); err != nil {
			t.Fatal(err)
		}
	}
	before := story(t, db)
	shutWorld(t, db)
	rebuilt(t, dir)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "made again", story(t, db), before)
	if seq := db.feed.seq(); seq != 25_000 {
		t.Errorf("%d events, want 25000", seq)
	}
}

func TestStoreWithoutRoomOpensToBeRead(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 20)
	shutWorld(t, db)
	o := worldOptions()
	o.FS = newTight(1 << 20)
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "in memory", story(t, db), storyOf(t, 20))
	if err := db.Put(t.Context(), marks, []byte("k"), nil); !errors.Is(err, ErrReadOnly) || !errors.Is(err, ErrFull) {
		t.Errorf("write: %v, want ErrReadOnly for ErrFull", err)
	}
	if r, err := db.Report(t.Context()); err != nil || !r.Low || r.Ballast || !errors.Is(r.ReadOnly, ErrFull) || r.Free != 1<<20 {
		t.Errorf("report %+v, %v", r, err)
	}
	shutWorld(t, db)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	lived(t, db, 20, 22)
	same(t, "with room again", story(t, db), storyOf(t, 22))
}

// stillCopy returns a copy of the folder of an open store that is of one moment, as what a
// kill leaves is: neither its indexer nor Badger's compaction changed files meanwhile.
func stillCopy(t *testing.T, db *DB, dir string) string {
	t.Helper()
	files := func() string {
		manifest, err := os.ReadFile(filepath.Join(dir, indexDir, "MANIFEST"))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%q %x", filesIn(t, filepath.Join(dir, indexDir)), manifest)
	}
	for {
		for db.overlay.lag() > 0 {
			runtime.Gosched()
		}
		before := files()
		if left := copied(t, dir); files() == before {
			return left
		}
	}
}

func TestWholeIndexIsTakenAsItIs(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		db := openWorld(t, dir)
		lived(t, db, 3*i, 3*i+3)
		if rows, err := db.Scan(t.Context(), seen, nil, nil, 0); err != nil || len(rows) != 3*i+3 {
			t.Errorf("start %d: %d rows of the cache, %v: the index was made again", i, len(rows), err)
		}
		left := stillCopy(t, db, dir) // as a kill leaves it
		shutWorld(t, db)
		if i%2 == 0 {
			replaced(t, dir, left)
		}
	}
}
