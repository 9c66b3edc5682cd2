package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

// act is one thing done to a vault that holds "name" = "Alice".
type act struct {
	name, category string
	do             func(ctx context.Context, v *Vault) error
	was, becomes   string // of the category
}

var acts = []act{
	{"a new field", "address", func(ctx context.Context, v *Vault) error { return v.Set(ctx, "address", []byte("1 Mill Lane")) }, "", "1 Mill Lane"},
	{"a changed field", "name", func(ctx context.Context, v *Vault) error { return v.Set(ctx, "name", []byte("Alicia")) }, "Alice", "Alicia"},
	{"a forgotten field", "name", func(ctx context.Context, v *Vault) error { return v.Forget(ctx, "name") }, "Alice", ""},
	{"all forgotten", "name", func(ctx context.Context, v *Vault) error { return v.ForgetAll(ctx) }, "Alice", ""},
}

// crash does a until the given step, cuts the power, and returns what is left and what a
// caller was told; reached is false where a takes fewer steps.
func (a act) crash(t *testing.T, stop int, applies, lax bool, r *rand.Rand) (left *disk.Sim, rows *store.Memory, reached bool, told error) {
	t.Helper()
	fs, rows := disk.NewSim(), store.NewMemory()
	set(t, open(t, fs, rows), "name", "Alice")
	if lax {
		fs.Lax()
	}
	s := &steps{stop: 1 << 30, applies: applies, Tables: rows}
	v := open(t, s.disk(fs), s)
	s.n, s.stop = 0, stop
	told = a.do(t.Context(), v)
	return fs.Cut(r), rows, s.n > stop, told
}

// after returns what is held of a's category when the power is back.
func (a act) after(t *testing.T, left disk.FS, rows *store.Memory) string {
	t.Helper()
	v := open(t, left, rows)
	got, err := v.Value(t.Context(), a.category)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Errorf("it is %v", err)
	}
	if n := len(rowsOf(t, rows)); n != len(v.ring) {
		t.Errorf("%d rows, %d keys", n, len(v.ring))
	}
	if names, err := left.Names(dir); err != nil || len(names) != 1 {
		t.Errorf("files %q (%v)", names, err)
	}
	return string(got)
}

func TestAtEachCrashPointAFieldIsWhatItWasOrWhatItBecomes(t *testing.T) {
	for _, a := range acts {
		points := 0
		for stop, reached := 0, true; reached; stop++ {
			for seed := range uint64(16) {
				t.Run(fmt.Sprintf("%s/%d/%d", a.name, stop, seed), func(t *testing.T) {
					left, rows, hit, told := a.crash(t, stop, seed%2 == 0, false, rand.New(rand.NewPCG(seed, 1)))
					reached = hit
					got := a.after(t, left, rows)
					switch acknowledged := told == nil || errors.Is(told, ErrRows); {
					case acknowledged && got != a.becomes:
						t.Errorf("it was acknowledged (%v), and is %q", told, got)
					case got != a.was && got != a.becomes:
						t.Errorf("it is %q, which it never was", got)
					case told != nil && !acknowledged && !errors.Is(told, ErrUncertain) && got != a.was:
						t.Errorf("it was said to fail (%v), and is %q", told, got)
					}
				})
			}
			points = stop
		}
		if points < 8 {
			t.Errorf("%s: %d crash points: the steps aren't counted", a.name, points)
		}
	}
}

func TestWithoutSyncsSomethingAcknowledgedIsLost(t *testing.T) {
	for _, a := range acts[:3] {
		lost := false
		for seed := range uint64(16) {
			left, rows, _, told := a.crash(t, 1<<20, false, true, rand.New(rand.NewPCG(seed, 1)))
			v := open(t, left, rows)
			got, err := v.Value(t.Context(), a.category)
			if told != nil {
				t.Fatal(told)
			}
			if errors.Is(err, ErrNotFound) {
				err = nil
			}
			lost = lost || err != nil || string(got) != a.becomes
		}
		if !lost {
			t.Errorf("%s: nothing is lost, so the crash test wouldn't notice a loss", a.name)
		}
	}
}

func TestAfterAnUncertainWriteNothingMoreIsWritten(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	fail := false
	v := open(t, &disk.Failing{FS: fs, Fail: func(op disk.Op, _ string) error {
		if fail && op == disk.OpSyncDir {
			return disk.ErrInjected
		}
		return nil
	}}, rows)
	set(t, v, "name", "Alice")
	fail = true
	if err := v.Set(t.Context(), "name", []byte("Alicia")); !errors.Is(err, ErrUncertain) {
		t.Fatalf("a folder that can't be synced: %v", err)
	}
	holds(t, v, "name", "Alice")
	fail = false
	for _, err := range []error{v.Set(t.Context(), "name", []byte("x")), v.Forget(t.Context(), "name"), v.ForgetAll(t.Context())} {
		if !errors.Is(err, ErrUncertain) {
			t.Errorf("written after all: %v", err)
		}
	}
	holds(t, open(t, fs, rows), "name", "Alicia")
}

func TestARestoredLogForgetsWhatAnOlderFileOfKeysOpens(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "name", "Alice")
	set(t, v, "address", "1 Mill Lane")
	older := bytes.Clone(keysOf(t, fs))
	if err := v.Forget(t.Context(), "address"); err != nil {
		t.Fatal(err)
	}
	putKeys(t, fs, older)
	v = open(t, fs, rows)
	holds(t, v, "name", "Alice")
	holds(t, v, "address", "")
	if r, err := unseal(root, keysOf(t, fs)); err != nil || len(r) != 1 {
		t.Errorf("the file has %d keys (%v)", len(r), err)
	}
}

func TestAStoreThatTakesNoWritesPutsMendingOff(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "name", "Alice")
	orphan := store.Row{Table: Table, Key: bytes.Repeat([]byte{9}, 16), Value: []byte{rowVersion}}
	if err := rows.Commit(t.Context(), store.Batch{Rows: []store.Row{orphan}}); err != nil {
		t.Fatal(err)
	}
	s := &steps{Tables: rows}
	v = open(t, s.disk(fs), s)
	holds(t, v, "name", "Alice")
	if n := len(rowsOf(t, rows)); n != 2 {
		t.Fatalf("%d rows, want 2", n)
	}
	open(t, fs, rows)
	if n := len(rowsOf(t, rows)); n != 1 {
		t.Errorf("%d rows after a start that may write, want 1", n)
	}
}
