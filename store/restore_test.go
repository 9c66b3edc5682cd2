package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// putBack has a folder of 30 days whose trails are those of the 20th, and whose index isn't.
func putBack(t *testing.T, trails ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 20)
	shutWorld(t, db)
	old := copied(t, dir)
	db = openWorld(t, dir)
	lived(t, db, 20, 30)
	shutWorld(t, db)
	for _, trail := range trails {
		replaced(t, filepath.Join(dir, trail), filepath.Join(old, trail))
	}
	return dir
}

func TestIndexAheadOfTheLogIsSaidAndLoggedAgain(t *testing.T) {
	want, later := storyOf(t, 30), storyOf(t, 40)
	for _, trails := range [][]string{{logDir}, {logDir, spoolDir}, {spoolDir}} {
		dir := putBack(t, trails...)
		for _, again := range []string{"opened", "opened twice", "made again"} {
			db := openWorld(t, dir)
			same(t, fmt.Sprint(trails, again), story(t, db), want)
			fs := findings(t, db)
			_, log := fs[FoundAhead]
			_, spool := fs[FoundLetters]
			if log != (trails[0] == logDir) || spool != (trails[len(trails)-1] == spoolDir) {
				t.Errorf("%v, %s: found %v", trails, again, fs)
			}
			if epoch, err := db.Epoch(t.Context()); err != nil || epoch != 1 {
				t.Errorf("%v, %s: epoch %d, %v; want 1", trails, again, epoch, err)
			}
			shutWorld(t, db)
			if again == "opened twice" {
				rebuilt(t, dir)
			}
		}
		db := openWorld(t, dir)
		lived(t, db, 30, 40)
		same(t, fmt.Sprint(trails, " ten days on"), story(t, db), later)
		shutWorld(t, db)
	}
}

// A start that logs again what was lost may itself be cut off anywhere.
func TestRestoringFromTheIndexGoesOnWhereItWasCutOff(t *testing.T) {
	want := storyOf(t, 30)
	for kind, trails := range map[FindingKind][]string{FoundAhead: {logDir, spoolDir}, FoundLetters: {spoolDir}} {
		origin := putBack(t, trails...)
		for n, done := 0, false; !done; n++ {
			if n > 200 {
				t.Fatal("it doesn't end")
			}
			what, dir := fmt.Sprintf("%v cut off at change %d", trails, n), copied(t, origin)
			done = cutOff(t, dir, n)
			db := openWorld(t, dir)
			same(t, what, story(t, db), want)
			if _, ok := findings(t, db)[kind]; !ok {
				t.Errorf("%s: nothing is said", what)
			}
			shutWorld(t, db)
			remove(t, filepath.Join(dir, indexDir))
			db = openWorld(t, dir)
			same(t, what+" and made again", story(t, db), want)
			shutWorld(t, db)
		}
	}
}

// cutOff opens a store on a disk that breaks at change n, and reports whether it took writes nevertheless.
func cutOff(t *testing.T, dir string, n int) (done bool) {
	t.Helper()
	o := worldOptions()
	o.FS = failingFrom(n, errBroken)
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		return false
	}
	done = db.readOnly.Load() == nil
	if err := db.Close(); err != nil && !errors.Is(err, errBroken) {
		t.Errorf("cut off at %d: close: %v", n, err)
	}
	return done
}

func TestEntriesThatDamageTookComeBackFromTheIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 20)
	shutWorld(t, db)
	spoil(t, dir, LogTrail, 4) // it ended mark and letter 0
	spoil(t, dir, LogTrail, 11)
	for _, again := range []bool{false, true} {
		if again {
			rebuilt(t, dir)
		}
		db := openWorld(t, dir)
		same(t, fmt.Sprint("made again ", again), sorted(story(t, db)), sorted(storyOf(t, 20)))
		f := findings(t, db)[FoundDamaged]
		if !f.Restored || f.First == 0 || f.Events[0] == 0 {
			t.Errorf("found %+v", f)
		}
		shutWorld(t, db)
	}
}

func TestLargeRowsThatAreLoggedAgainOutlastTheIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 3)
	shutWorld(t, db)
	old := copied(t, dir)
	db = openWorld(t, dir)
	large := map[string]int{"a": MaxBatch/2 - 2000, "b": MaxBatch - 2000} // no entry holds both
	for key, n := range large {
		if err := db.Put(t.Context(), marks, []byte(key), make([]byte, n)); err != nil {
			t.Fatal(err)
		}
	}
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, logDir), filepath.Join(old, logDir))
	for _, made := range []string{"by the first start", "by another", "from the log alone"} {
		if made == "from the log alone" {
			remove(t, filepath.Join(dir, indexDir))
		}
		db = openWorld(t, dir)
		rows, err := db.Scan(t.Context(), marks, nil, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, r := range rows {
			got[string(r.Key)] = len(r.Value)
		}
		for key, n := range large {
			if got[key] != n {
				t.Errorf("%s: row %s has %d bytes, want %d", made, key, got[key], n)
			}
		}
		if _, ok := findings(t, db)[FoundDamaged]; ok {
			t.Errorf("%s: %v", made, findings(t, db))
		}
		shutWorld(t, db)
	}
}

// A trail may fail beside a start, at the file that it makes ready.
func TestRestoringGoesOnAfterATrailFailedBesideIt(t *testing.T) {
	next, origin, want := "00000002.seg", putBack(t, logDir, spoolDir), storyOf(t, 30)
	for _, trails := range [][]string{{logDir}, {spoolDir}, {logDir, spoolDir}} {
		dir := copied(t, origin)
		for _, trail := range trails {
			remove(t, filepath.Join(dir, trail, next))
		}
		o := worldOptions()
		o.FS = &disk.Failing{FS: disk.OS{}, Fail: func(op disk.Op, name string) error {
			if op == disk.OpCreate && name == next {
				return errBroken
			}
			return nil
		}}
		db, err := Open(t.Context(), dir, o)
		if err != nil {
			t.Fatal(err)
		}
		foundBoth(t, fmt.Sprint(trails, " failing"), db)
		shutWorld(t, db)
		for _, again := range []string{"opened", "made again"} {
			if again == "made again" {
				rebuilt(t, dir)
			}
			db = openWorld(t, dir)
			foundBoth(t, fmt.Sprint(trails, again), db)
			same(t, fmt.Sprint(trails, again), story(t, db), want)
			shutWorld(t, db)
		}
	}
}

func foundBoth(t *testing.T, what string, db *DB) {
	t.Helper()
	fs := findings(t, db)
	for _, kind := range []FindingKind{FoundAhead, FoundLetters} {
		if _, ok := fs[kind]; !ok {
			t.Errorf("%s: found %v, want %s with it", what, fs, kind)
		}
	}
}

// The log that is put back may take fewer entries to have all again than it lost.
func TestLettersOfEntriesThatTheLogLostCountAtEveryStart(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	old := copied(t, filepath.Join(dir, logDir))
	db := openWorld(t, dir)
	for i := range 30 {
		rows := []Row{{marks, fmt.Append(nil, i), []byte("another")}, {outbox, fmt.Append(nil, 100+i), []byte("letter")}}
		if i < 9 {
			rows = append(rows, Row{outbox, fmt.Append(nil, i), nil})
		}
		if err := db.Commit(t.Context(), Batch{Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
	want := story(t, db)
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, logDir), old)
	for _, again := range []string{"opened", "opened twice", "made again"} {
		if again == "made again" {
			rebuilt(t, dir)
		}
		db = openWorld(t, dir)
		same(t, again, story(t, db), want)
		shutWorld(t, db)
	}
}

// The spool may get as far as it was before and be put back to the same copy once more.
func TestSpoolThatIsPutBackTwiceIsRestoredTwice(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 20)
	old := copied(t, filepath.Join(dir, spoolDir))
	daysIn(t, dir, 20, 30)
	for times := 1; times <= 2; times++ {
		db := openWorld(t, dir)
		for n := 0; db.spool.head().seq < 30; n++ {
			if err := db.Put(t.Context(), outbox, fmt.Append(nil, "more ", n), []byte("letter")); err != nil {
				t.Fatal(err)
			}
		}
		want := story(t, db)
		shutWorld(t, db)
		replaced(t, filepath.Join(dir, spoolDir), old)
		db = openWorld(t, dir)
		if fs, err := db.Findings(t.Context()); err != nil || len(fs) != times {
			t.Errorf("put back %d times: %d findings, %v", times, len(fs), err)
		}
		shutWorld(t, db)
		rebuilt(t, dir)
		db = openWorld(t, dir)
		same(t, fmt.Sprintf("put back %d times and made again", times), story(t, db), want)
		shutWorld(t, db)
	}
}

// An index that was made again is said to have nothing also by the start after the one that made it.
func TestIndexThatWasMadeAgainIsntSaidToHaveWhatTheLogLost(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 20)
	spoil(t, dir, LogTrail, 11)
	remove(t, filepath.Join(dir, indexDir))
	o := worldOptions()
	o.FS = &disk.Failing{FS: disk.OS{}, Fail: func(op disk.Op, _ string) error {
		if op == disk.OpWrite {
			return errBroken
		}
		return nil
	}}
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	for range 2 {
		db = openWorld(t, dir)
		if f := findings(t, db)[FoundDamaged]; f.Restored || f.First != 11 || !f.Remade || !f.Lossy() || f.Mended() {
			t.Errorf("found %+v", f)
		}
		shutWorld(t, db)
	}
}
