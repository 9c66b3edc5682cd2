package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// liveThrough writes days until one is refused, a megabyte on each of the first so that
// files are changed for the next, and returns how many were acknowledged.
func liveThrough(t *testing.T, db *DB, days int, refused func(error)) (acknowledged int) {
	t.Helper()
	for i := range days {
		err := live(db, i, i+1)
		if err == nil && i < 4 {
			err = db.Put(t.Context(), []Table{marks, outbox}[i%2], []byte("large"), make([]byte, MaxBatch*9/10))
		}
		if err != nil {
			refused(err)
			return acknowledged
		}
		acknowledged++
	}
	return acknowledged
}

var errBroken = errors.New("the disk broke")

// The first change of a trail's files that fails, wherever it is, is the last: nothing is
// acknowledged any more, and all that was is there after the next start.
func TestNothingIsAcknowledgedAfterTheFirstFailure(t *testing.T) {
	step := 5
	if os.Getenv("FULL") != "" { // make faults fails every operation of the disk in any case
		step = 1
	}
	for _, forEver := range []bool{false, true} {
		for n, reached := 0, true; reached; n += step {
			d := &breaking{at: n, forEver: forEver, broke: make(chan struct{})}
			reached = d.drill(t)
		}
	}
}

// breaking is a disk of which one change fails, or all from one on. Writes to one file that
// follow on each other count once.
type breaking struct {
	at      int
	forEver bool
	broke   chan struct{}

	n    int
	last string
	what string
}

func (d *breaking) fail(op disk.Op, name string) error {
	now := fmt.Sprintf("%s of %s", op, name)
	if now == d.last && !(d.forEver && d.what != "") {
		return nil
	}
	d.last = now
	if d.n++; d.n-1 < d.at || d.what != "" && !d.forEver {
		return nil
	}
	if d.what == "" {
		d.what = now
		close(d.broke)
	}
	return errBroken
}

// drill has a store live on that disk, and reports whether it came to the failure.
func (d *breaking) drill(t *testing.T) (reached bool) {
	t.Helper()
	dir, what := t.TempDir(), fmt.Sprintf("failure %d (for ever: %v)", d.at, d.forEver)
	o := worldOptions()
	o.FS = &disk.Failing{FS: newTight(ampleSpace - 1), Fail: d.fail} // no room for ballast, which holds nothing
	db, err := Open(t.Context(), dir, o)
	acknowledged := 0
	if err == nil {
		acknowledged = liveThrough(t, db, 5, func(err error) {
			if !errors.Is(err, ErrReadOnly) || !errors.Is(err, errBroken) {
				t.Errorf("%s: refused with %v", what, err)
			}
		})
		reached = d.over(t, db, what)
		err = db.Close()
	}
	if err != nil {
		reached = true
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	es, err := db.Feed(t.Context(), 0, 0)
	if err != nil || len(es) < acknowledged || len(es) > acknowledged+1 {
		t.Errorf("%s: %d days, %v; %d were acknowledged", what, len(es), err, acknowledged)
	}
	lived(t, db, len(es), len(es)+1)
	return reached
}

// over holds that a store whose disk broke writes nothing more. It reports whether it did.
func (d *breaking) over(t *testing.T, db *DB, what string) bool {
	t.Helper()
	select {
	case <-d.broke:
	default:
		return false
	}
	for db.log.Failed() == nil && db.spool.files.Failed() == nil { // it broke at what is made ready beside
		runtime.Gosched()
	}
	if err := db.Put(t.Context(), marks, []byte("k"), nil); !errors.Is(err, ErrReadOnly) || !errors.Is(err, errBroken) {
		t.Errorf("%s: a write after it: %v", what, err)
	}
	if r, err := db.Report(t.Context()); err != nil || !errors.Is(r.ReadOnly, errBroken) {
		t.Errorf("%s: report %v, %v", what, r.ReadOnly, err)
	}
	return true
}

// A disk may be full although it said that there was room.
func TestFullDiskIsTheEndOfWritesAlone(t *testing.T) {
	dir, room := t.TempDir(), &disk.Failing{FS: disk.OS{}}
	full := false
	room.Fail = func(op disk.Op, _ string) error {
		if full && (op == disk.OpWrite || op == disk.OpCreate) {
			return syscall.ENOSPC
		}
		return nil
	}
	o := worldOptions()
	o.FS = room
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	lived(t, db, 0, 5)
	full = true
	if err := live(db, 5, 6); !errors.Is(err, ErrReadOnly) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
	same(t, "read meanwhile", story(t, db), storyOf(t, 5))
	shutWorld(t, db)
	db, err = Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("start on a full disk: %v", err)
	}
	same(t, "after a start", story(t, db), storyOf(t, 5))
	full = false
	shutWorld(t, db)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	lived(t, db, 5, 9)
	same(t, "with room again", story(t, db), storyOf(t, 9))
}

// Rows of a few bytes each reach the bound of a transaction by their number.
func TestManySmallRowsGoIntoTheIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	small := make([]Append, 1200)
	for range 40 {
		for i := range small {
			small[i] = Append{Subject: topic(i), Expect: -1, Entries: note("n")}
		}
		if err := db.Commit(t.Context(), Batch{Appends: small}); err != nil {
			t.Fatal(err)
		}
	}
	shutWorld(t, db)
	if db.indexer.failed != nil {
		t.Error(db.indexer.failed)
	}
}
