package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// tight is a disk of which as much is free as a test says.
type tight struct {
	disk.OS
	free *atomic.Uint64
}

func (d tight) Free(string) (free, total uint64, err error) { return d.free.Load(), 1 << 40, nil }

func newTight(free uint64) tight {
	d := tight{free: new(atomic.Uint64)}
	d.free.Store(free)
	return d
}

func openTight(t *testing.T, dir string, d tight) *DB {
	t.Helper()
	o := worldOptions()
	o.FS = d
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestWritesAreRefusedOnAFullDiskAndGoOnOnceThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	d := newTight(1 << 30)
	db := openTight(t, dir, d)
	lived(t, db, 0, 9)
	log, _ := db.log.Head()
	for _, free := range []uint64{lowSpace - 1, direSpace - 1, 0} {
		d.free.Store(free)
		err := live(db, 9, 10)
		if !errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), fmt.Sprintf("%d MB are free", free>>20)) {
			t.Errorf("with %d bytes free: %v, want ErrFull with the number", free, err)
		}
		same(t, "full", story(t, db), storyOf(t, 9))
		if r, err := db.Report(t.Context()); err != nil || !r.Low || r.ReadOnly != nil {
			t.Errorf("report %+v, %v", r, err)
		}
	}
	if now, _ := db.log.Head(); now != log {
		t.Errorf("the log went from %+v to %+v", log, now)
	}
	d.free.Store(lowSpace)
	lived(t, db, 9, 12)
	shutWorld(t, db)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "with room again", story(t, db), storyOf(t, 12))
}

func TestStoreThatIsClosedOnAFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	d := newTight(1 << 30)
	db := openTight(t, dir, d)
	lived(t, db, 0, 9)
	d.free.Store(1 << 20)
	shutWorld(t, db)
	if err := db.Put(t.Context(), marks, []byte("k"), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	// As another process finds it.
	full := copied(t, dir)
	db = openTight(t, full, d)
	same(t, "opened while it is full", story(t, db), storyOf(t, 9))
	shutWorld(t, db)
	d.free.Store(1 << 30)
	db = openTight(t, full, d)
	lived(t, db, 9, 12)
	same(t, "with room again", story(t, db), storyOf(t, 12))
	shutWorld(t, db)
}

// What was full at the start stays read-only until the next one, and says so also once there is room.
func TestAStoreThatWasOpenedOnAFullDiskSaysToStartAgain(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	for _, free := range []uint64{1 << 20, lowSpace} { // the log could be written at the second, and the index not
		d := newTight(free)
		db := openTight(t, dir, d)
		var full *FullError
		err := db.Put(t.Context(), marks, []byte("k"), []byte("v"))
		if !errors.As(err, &full) || !errors.Is(err, ErrReadOnly) || !strings.HasSuffix(err.Error(), "try: remove what isn't needed, then byway down && byway up") {
			t.Errorf("with %d bytes free: %v", free, err)
		}
		if r, err := db.Report(t.Context()); err != nil || !errors.As(r.ReadOnly, &full) || full.Need <= free {
			t.Errorf("with %d bytes free: %v, %v", free, r.ReadOnly, err)
		}
		d.free.Store(full.Need)
		if r, err := db.Report(t.Context()); err != nil || !errors.Is(r.ReadOnly, ErrReadOnly) || strings.Contains(r.ReadOnly.Error(), "isn't needed") || !strings.HasSuffix(r.ReadOnly.Error(), "free again; try: byway down && byway up") {
			t.Errorf("with room again: %v, %v", r.ReadOnly, err)
		}
		if c, err := db.Check(t.Context(), nil); err != nil || !errors.As(c.Index, &full) || strings.Contains(full.What(), "try:") {
			t.Errorf("checked: %v, %v", c.Index, err)
		}
		shutWorld(t, db)
		db = openTight(t, dir, d)
		if r, err := db.Report(t.Context()); err != nil || r.ReadOnly != nil {
			t.Errorf("started again with what it needs: %v, %v", r.ReadOnly, err)
		}
		shutWorld(t, db)
	}
}

func TestBallastIsGivenUpInNeedAndMadeAgain(t *testing.T) {
	dir := t.TempDir()
	d := newTight(ampleSpace - 1)
	r := &room{fs: d, dir: dir}
	ballast := func(free uint64, want bool) {
		t.Helper()
		d.free.Store(free)
		if err := r.stow(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, ballastFile))
		if want != (err == nil) || want != r.ballast.Load() {
			t.Fatalf("with %d free: ballast %v, noted %v; want %v", free, err, r.ballast.Load(), want)
		}
		if !want {
			return
		}
		if n := allocated(info); info.Size() != ballastSize || n < ballastSize || info.Mode().Perm() != 0o600 {
			t.Errorf("%d bytes of %d in blocks, %v", info.Size(), n, info.Mode())
		}
	}
	ballast(ampleSpace-1, false)
	ballast(ampleSpace, true)
	ballast(lowSpace, true)
	if d.free.Store(direSpace); r.dire() {
		t.Error("dire with just enough")
	}
	ballast(direSpace, true)
	if d.free.Store(direSpace - 1); !r.dire() {
		t.Error("not dire below the mark")
	}
	ballast(ampleSpace-1, false)
	ballast(ampleSpace, true)

	// Another process finds one that is whole, one that is cut, and one that was taken away.
	for _, harm := range []func(path string) error{
		func(string) error { return nil },
		func(path string) error { return os.Truncate(path, 5) },
		os.Remove,
	} {
		if err := harm(filepath.Join(dir, ballastFile)); err != nil {
			t.Fatal(err)
		}
		r = &room{fs: d, dir: dir}
		ballast(ampleSpace, true)
	}
	if err := os.Remove(filepath.Join(dir, ballastFile)); err != nil {
		t.Fatal(err)
	}
	if d.free.Store(0); !r.dire() || r.ballast.Load() {
		t.Error("what isn't there any more can't be given up")
	}
}

func TestSpoolFilesGoWhenNothingInThemCounts(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	letter := func(i int) Row { return Row{outbox, fmt.Append(nil, i), bytes.Repeat([]byte{byte(i)}, 400<<10)} }
	put := func(rows ...Row) {
		t.Helper()
		if err := db.Commit(t.Context(), Batch{Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		put(letter(i))
	}
	files := db.spool.files.Segments()
	if len(files) < 3 {
		t.Fatalf("%d files: too few to show anything", len(files))
	}
	held := int(files[0].Last) // letter 0 is entry 1
	for i := 1; i < 30; i++ {
		put(Row{outbox, fmt.Append(nil, i), nil})
	}
	if n := db.spool.files.Segments()[0].Number; n != 1 {
		t.Errorf("file %d is the oldest, though letter 0 of %d in the first waits", n, held)
	}
	put(letter(30)) // moves on
	put(Row{outbox, []byte("0"), nil})
	left := db.spool.files.Segments()
	if len(left) > 2 || left[0].Number == 1 {
		t.Errorf("left: %+v", left)
	}
	want := story(t, db)
	shutWorld(t, db)
	for _, again := range []string{"opened", "made again"} {
		if again == "made again" {
			rebuilt(t, dir)
		}
		db = openWorld(t, dir)
		same(t, again, story(t, db), want)
		if v, err := db.Get(t.Context(), outbox, []byte("30")); err != nil || len(v) != 400<<10 {
			t.Errorf("%s: the letter that waits has %d bytes (%v)", again, len(v), err)
		}
		if fs := findings(t, db); len(fs) > 0 {
			t.Errorf("%s: found %v", again, fs)
		}
		shutWorld(t, db)
	}
}
