package store

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// killed returns the folder of a store that lived 40 days, over two starts, as a kill leaves it.
func killed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 15)
	first := copied(t, dir)
	shutWorld(t, db)
	db = openWorld(t, first)
	lived(t, db, 15, 30)
	second := copied(t, first)
	shutWorld(t, db)
	db = openWorld(t, second)
	lived(t, db, 30, 40)
	defer shutWorld(t, db)
	return copied(t, second)
}

// usedParts returns, by the kind of its file, how much of each file under dir isn't zeros.
func usedParts(t *testing.T, dir string) map[string]map[string]int64 {
	t.Helper()
	out := map[string]map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || e.Name() == ballastFile || e.Name() == pidFile {
			return err
		}
		b, err := os.ReadFile(path)
		name, bad := filepath.Rel(dir, path)
		if n := len(strings.TrimRight(string(b), "\x00")); n > 0 && bad == nil {
			kind := filepath.Dir(name) + " " + filepath.Ext(name)
			if out[kind] == nil {
				out[kind] = map[string]int64{}
			}
			out[kind][name] = int64(n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// afterHarm opens a store that something was done to, and reports whether it differs from
// what was told of it, and whether it says so. Nothing in it may be what never was.
func afterHarm(t *testing.T, what, dir string, ever map[string]bool, want string) (differs, said bool) {
	t.Helper()
	db, err := Open(t.Context(), dir, worldOptions())
	if err != nil {
		t.Errorf("%s: open: %v", what, err)
		return true, true
	}
	defer shutWorld(t, db)
	allKnown(t, db)
	got := story(t, db)
	for l := range strings.Lines(got) {
		if !ever[l] && !strings.Contains(l, " about ") {
			t.Errorf("%s: %q never was", what, l)
		}
	}
	return sorted(got) != sorted(want), len(findings(t, db)) > 0
}

// ever returns all that was told at the end of any of the days.
func ever(t *testing.T, days int) map[string]bool {
	t.Helper()
	db := openWorld(t, t.TempDir())
	defer shutWorld(t, db)
	out := map[string]bool{}
	for i := range days {
		lived(t, db, i, i+1)
		for l := range strings.Lines(story(t, db)) {
			out[l] = true
		}
	}
	return out
}

func TestNoFlippedBitAndNoCutIsLostSilently(t *testing.T) {
	origin, want, ever := killed(t), storyOf(t, 40), ever(t, 40)
	r := rand.New(rand.NewPCG(7, 7))
	flips, cuts := 2, 1
	if testing.Short() {
		flips, cuts = 1, 1
	}
	for kind, files := range usedParts(t, origin) {
		for name, used := range files {
			for i := range flips + cuts {
				dir, at := copied(t, origin), r.Int64N(used)
				what := fmt.Sprintf("%s: %s, byte %d", kind, name, at)
				if i < flips {
					flip(t, filepath.Join(dir, name), at*8+r.Int64N(8))
				} else if err := os.Truncate(filepath.Join(dir, name), at); err != nil {
					t.Fatal(err)
				}
				if differs, said := afterHarm(t, what, dir, ever, want); differs && !said {
					t.Errorf("%s: a loss that nothing says", what)
				}
			}
		}
	}
}

// The control: without the checks the same flips are believed.
func TestFlippedBitsAreBelievedWithoutTheChecks(t *testing.T) {
	origin, want := killed(t), storyOf(t, 40)
	r := rand.New(rand.NewPCG(7, 7))
	o := worldOptions()
	o.unchecked = true
	believed := 0
	for range 12 {
		dir := copied(t, origin)
		remove(t, filepath.Join(dir, indexDir))
		flip(t, filepath.Join(dir, logDir, "00000001.seg"), 100*8+r.Int64N(3000*8))
		db, err := Open(t.Context(), dir, o)
		if err != nil {
			continue // not even a body
		}
		if story(t, db) != want && len(findings(t, db)) == 0 {
			believed++
		}
		shutWorld(t, db)
	}
	if believed == 0 {
		t.Error("nothing was believed: the flips of the other test test nothing")
	}
}
