package segment

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

var key = [32]byte{7}

func options(fs disk.FS) Options {
	return Options{FS: fs, Dir: "/log", Kind: Log, Key: key, Size: 4 << 10}
}

// body is what entry n holds: 20 to 220 bytes that follow from n.
func body(n uint64) []byte {
	r := rand.New(rand.NewPCG(n, 1))
	b := make([]byte, 20+r.IntN(200))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// held opens a folder and returns the entries in it, each of which must be as it was written.
func held(t *testing.T, o Options) (map[uint64]bool, []Break, *Files) {
	t.Helper()
	got := map[uint64]bool{}
	f, breaks, err := Open(t.Context(), o, func(e Entry) error {
		if string(e.Body) != string(body(e.Seq)) || e.Mark != e.Seq*2 || got[e.Seq] {
			return fmt.Errorf("entry %d isn't what was written", e.Seq)
		}
		got[e.Seq] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, breaks, f
}

// add appends entries one after another, in shares of the given size.
func add(f *Files, n, share int) error {
	for n > 0 {
		last, _ := f.Head()
		var ps []Pending
		for i := range min(share, n) {
			seq := last.Seq + uint64(i) + 1
			ps = append(ps, Pending{f.Sealer().Seal(body(seq)), seq * 2})
		}
		if _, err := f.Append(ps...); err != nil {
			return err
		}
		n -= len(ps)
	}
	return nil
}

// written returns a file system with a folder of n entries, closed.
func written(t *testing.T, n int) *disk.Sim {
	t.Helper()
	fs := disk.NewSim()
	_, breaks, f := held(t, options(fs))
	if err := errors.Join(add(f, n, 5), f.Close()); err != nil || len(breaks) > 0 {
		t.Fatal(err, breaks)
	}
	return fs
}

func copyOf(fs *disk.Sim) *disk.Sim { return fs.Cut(rand.New(rand.NewPCG(1, 1))) }

// change replaces the bytes of one file.
func change(t *testing.T, fs disk.FS, number uint32, to func([]byte) []byte) {
	t.Helper()
	path := filepath.Join("/log", name(number))
	b, err := load(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := fs.Remove(path); err != nil {
		t.Fatal(err)
	}
	if b = to(b); b == nil {
		return
	}
	f, err := fs.Create(path)
	if err == nil {
		_, err = f.WriteAt(b, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func close_(t *testing.T, f *Files) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
