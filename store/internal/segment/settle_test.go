package segment

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// The next start takes over a file whose filler was killed before any of it was durable.
func TestAFileThatWasNeverSyncedIsSyncedBeforeItIsUsed(t *testing.T) {
	for seed := range uint64(40) {
		fs := disk.NewSim()
		file, err := fs.Create("/log/" + name(1))
		if err == nil {
			_, err = file.WriteAt(make([]byte, 4<<10), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _, f := held(t, options(fs))
		if err := add(f, 3, 1); err != nil {
			t.Fatal(err)
		}
		left := fs.Cut(rand.New(rand.NewPCG(seed, 9)))
		close_(t, f)
		got, breaks, f := held(t, options(left))
		if len(got) != 3 || len(breaks) > 0 {
			t.Errorf("seed %d: %d of 3 acknowledged, %v", seed, len(got), breaks)
		}
		close_(t, f)
	}
}

// unlosing is a Sim that keeps what wasn't synced for the next sync, as where a kill came before it.
type unlosing struct{ *disk.Sim }

type unlosingFile struct{ disk.File }

func (u unlosing) Create(name string) (disk.File, error) {
	f, err := u.Sim.Create(name)
	return unlosingFile{f}, err
}

// An entry that a kill left between its write and its sync is told on by the next start.
func TestWhatOpenHandsOnIsDurable(t *testing.T) {
	for seed := range uint64(40) {
		sim := disk.NewSim()
		killed := false
		fs := &disk.Failing{FS: unlosing{sim}, Fail: func(op disk.Op, _ string) error {
			if killed && op == disk.OpSync {
				return disk.ErrInjected
			}
			return nil
		}}
		_, _, f := held(t, options(fs))
		if err := add(f, 2, 1); err != nil {
			t.Fatal(err)
		}
		f.joined.Wait()
		killed = true
		if err := add(f, 1, 1); !errors.Is(err, ErrFailed) {
			t.Fatal(err)
		}
		close_(t, f)
		told, _, f := held(t, options(sim))
		if !told[3] {
			t.Fatal("the third entry isn't in the file")
		}
		left := sim.Cut(rand.New(rand.NewPCG(seed, 9)))
		close_(t, f)
		got, breaks, f := held(t, options(left))
		if !got[3] || len(breaks) > 0 {
			t.Errorf("seed %d: told on, then lost: %v", seed, breaks)
		}
		close_(t, f)
	}
}

// A sync that failed leaves an entry where it is read, though it isn't on the disk and no sync will bring it there.
func TestWhatASyncLostIsNotToldOn(t *testing.T) {
	for seed := range uint64(40) {
		sim := disk.NewSim()
		failing := false
		fs := &disk.Failing{FS: sim, Fail: func(op disk.Op, _ string) error {
			if failing && op == disk.OpSync {
				return disk.ErrInjected
			}
			return nil
		}}
		_, _, f := held(t, options(fs))
		if err := add(f, 1+int(seed)*3, 1); err != nil { // so that pages end at other places, and files, too
			t.Fatal(err)
		}
		f.joined.Wait()
		failing = true
		if err := add(f, 4, 4); !errors.Is(err, ErrFailed) {
			t.Fatal(err)
		}
		close_(t, f)
		told, _, f := held(t, options(sim))
		if err := add(f, 3, 1); err != nil {
			t.Fatal(err)
		}
		last, _ := f.Head()
		left := sim.Cut(rand.New(rand.NewPCG(seed, 9)))
		close_(t, f)
		got, _, f := held(t, options(left))
		for n := range last.Seq {
			if !got[n+1] && (told[n+1] || n+3 >= last.Seq) {
				t.Errorf("seed %d: entry %d of %d was told on, and is lost", seed, n+1, last.Seq)
			}
		}
		close_(t, f)
	}
}
