package segment

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

func TestNothingAppendedIsLostToACut(t *testing.T) {
	if n := cutting(t, false); n > 0 {
		t.Errorf("%d times something acknowledged was lost", n)
	}
	if n := cutting(t, true); n == 0 {
		t.Error("control: with syncing off nothing was lost, so this tests nothing")
	}
}

// cutting writes, cuts the power, opens again, and goes on; it returns how often something was lost.
func cutting(t *testing.T, lax bool) (lost int) {
	t.Helper()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		fs := disk.NewSim()
		if lax {
			fs.Lax()
		}
		acked := map[uint64]bool{}
		for range 8 {
			got, _, f := held(t, options(fs))
			for seq := range acked {
				if !got[seq] {
					lost++
				}
			}
			if lost > 0 {
				close_(t, f)
				break
			}
			before, _ := f.Head()
			if err := add(f, r.IntN(40), 1+r.IntN(9)); err != nil {
				t.Fatal(err)
			}
			after, _ := f.Head()
			for seq := before.Seq + 1; seq <= after.Seq; seq++ {
				acked[seq] = true
			}
			fs = during(fs, f, r)
			if lax {
				fs.Lax()
			}
		}
	}
	return lost
}

// during cuts the power in the middle of one more write, and closes the old files.
func during(fs *disk.Sim, f *Files, r *rand.Rand) *disk.Sim {
	torn := &disk.Failing{FS: fs, Fail: func(disk.Op, string) error { return disk.ErrInjected }}
	if f.file != nil {
		if file, err := torn.Open(f.path(f.top)); err == nil {
			f.file = file
		}
	}
	_ = add(f, 1+r.IntN(9), 9)
	left := fs.Cut(r)
	_ = f.Close()
	return left
}

func TestAfterTheFirstFailureNothingIsAcknowledged(t *testing.T) {
	for n := 0; ; n++ {
		sim := disk.NewSim()
		asked := 0
		fail := disk.At(n, false, disk.ErrInjected)
		fs := &disk.Failing{FS: sim, Fail: func(op disk.Op, name string) error { asked++; return fail(op, name) }}
		f, _, err := Open(t.Context(), options(fs), func(Entry) error { return nil })
		if err != nil {
			continue // the very first file couldn't be made: nothing was acknowledged
		}
		acked := uint64(0)
		var failed error
		for range 60 {
			if err := add(f, 1, 1); err != nil {
				failed = err
				if !errors.Is(err, ErrFailed) {
					t.Fatalf("failure %d: %v", n, err)
				}
				continue
			}
			if failed != nil {
				t.Fatalf("failure %d: acknowledged after %v", n, failed)
			}
			last, _ := f.Head()
			acked = last.Seq
		}
		_ = f.Close()
		got, _, again := held(t, options(sim.Cut(rand.New(rand.NewPCG(uint64(n), 3)))))
		for seq := uint64(1); seq <= acked; seq++ {
			if !got[seq] {
				t.Fatalf("failure %d: entry %d of %d acknowledged is lost", n, seq, acked)
			}
		}
		close_(t, again)
		if asked <= n {
			break // there is no such operation any more
		}
	}
}
