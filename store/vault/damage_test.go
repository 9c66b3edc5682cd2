package vault

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

// damaged fails unless every call says so, and the file stays.
func damaged(t *testing.T, fs disk.FS, rows Tables, key [32]byte) *Vault {
	t.Helper()
	v, err := Open(t.Context(), dir, rows, Options{Key: key, Log: quiet, fs: fs})
	if err != nil {
		t.Fatal(err)
	}
	_, value := v.Value(t.Context(), "name")
	_, list := v.List()
	_, commit := v.Commit(t.Context(), "name", nonce)
	for i, err := range []error{value, list, commit, v.Set(t.Context(), "name", []byte("x")), v.Forget(t.Context(), "name")} {
		if !errors.Is(err, ErrDamaged) {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	return v
}

func TestADamagedFileIsSaidAndLeftAsItIs(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	set(t, open(t, fs, rows), "name", "Alice")
	good := bytes.Clone(keysOf(t, fs))
	cases := map[string][]byte{"empty": {}, "a byte after the end": append(bytes.Clone(good), 0), "larger than any": make([]byte, maxFile+1)}
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		cases["byte "+string(rune('0'+i%10))+strings.Repeat("+", i/10)] = b
		cases["cut "+string(rune('0'+i%10))+strings.Repeat("+", i/10)] = good[:i]
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			putKeys(t, fs, b)
			damaged(t, fs, rows, root)
			if !bytes.Equal(keysOf(t, fs), b) || len(rowsOf(t, rows)) != 1 {
				t.Error("something was written")
			}
		})
	}
	putKeys(t, fs, good)
	damaged(t, fs, rows, [32]byte{9})
	holds(t, open(t, fs, rows), "name", "Alice")
	if err := fs.Remove(dir + "/" + File); err != nil {
		t.Fatal(err)
	}
	damaged(t, fs, rows, root)
}

func TestADamagedVaultBeginsAnewByForgettingAll(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	set(t, open(t, fs, rows), "name", "Alice")
	putKeys(t, fs, []byte("no keys"))
	v := damaged(t, fs, rows, root)
	if err := v.ForgetAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(rowsOf(t, rows)); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	holds(t, v, "name", "")
	set(t, v, "name", "Alice")
	holds(t, open(t, fs, rows), "name", "Alice")
}

func TestADamagedRowIsSaid(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "name", "Alice-the-canary")
	good := rowsOf(t, rows)[0]
	for i := range good.Value {
		b := bytes.Clone(good.Value)
		b[i] ^= 1
		if err := rows.Commit(t.Context(), store.Batch{Rows: []store.Row{{Table: Table, Key: good.Key, Value: b}}}); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Value(t.Context(), "name"); !errors.Is(err, ErrDamaged) || got != nil || strings.Contains(err.Error(), "canary") {
			t.Fatalf("byte %d: %q, %v", i, got, err)
		}
	}
	if _, err := v.ring["name"].open("address", good.Value); !errors.Is(err, ErrDamaged) {
		t.Errorf("a row opens under another category: %v", err)
	}
}

func TestKeysHaveOneForm(t *testing.T) {
	a, b := &field{id: [16]byte{1}}, &field{id: [16]byte{2}}
	good := ring{"a": a, "b": b}.encode()
	if _, ok := parse(good); !ok {
		t.Fatal("what was written isn't read")
	}
	swapped := slices.Concat(good[:2], good[2+2+fieldSize:], good[2:2+2+fieldSize])
	more := slices.Clone(good)
	more[1]++
	for name, b := range map[string][]byte{
		"out of order": swapped, "a category twice": slices.Concat(good[:2], good[2:2+2+fieldSize], good[2:2+2+fieldSize]),
		"a row's name twice": ring{"a": a, "b": a}.encode(), "a byte after the end": append(slices.Clone(good), 0), "cut": good[:len(good)-1],
		"more than there are": more, "an empty category": ring{"": a}.encode(), "a category with a line": ring{"a\n": a}.encode(),
		"no number": {0}, "too many": {0xff, 0xff},
	} {
		if _, ok := parse(b); ok {
			t.Errorf("%s is read", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(ring{}.encode())
	f.Add(ring{"name": {id: [16]byte{1}, key: [32]byte{2}, salt: [32]byte{3}}, "é": {id: [16]byte{2}}}.encode())
	recordtest.RoundTrip(f, func(b []byte) (map[string]field, error) {
		r, ok := parse(b)
		if !ok {
			return nil, ErrDamaged
		}
		out := map[string]field{}
		for c, f := range r {
			out[c] = *f
		}
		return out, nil
	}, func(fields map[string]field) ([]byte, error) {
		r := ring{}
		for c, f := range maps.All(fields) {
			r[c] = &f
		}
		return r.encode(), nil
	}, recordtest.Exact(), recordtest.Alloc(512, 1<<24))
}

// What the store lost isn't what its owner forgot.
func TestAKeyOutlivesItsRowWhereTheStoreLostWrites(t *testing.T) {
	for lossy, want := range map[bool]int{true: 1, false: 0} {
		dir, rows := t.TempDir(), store.NewMemory()
		v, err := Open(t.Context(), dir, rows, Options{Lossy: lossy})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(v.Set(t.Context(), "address", []byte("1 Bread Lane")), v.Close()); err != nil {
			t.Fatal(err)
		}
		if v, err = Open(t.Context(), dir, store.NewMemory(), Options{Lossy: lossy}); err != nil {
			t.Fatal(err)
		}
		got, err := v.List()
		if err != nil || len(got) != want {
			t.Errorf("lossy %v: %v, %v; want %d", lossy, got, err, want)
		}
		if _, err := v.Value(t.Context(), "address"); err == nil {
			t.Error("a value without its row")
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAFileThatIsGoneIsMissedWhereThereAreRows(t *testing.T) {
	folder, key := t.TempDir(), [32]byte{1}
	if err := CheckFile(folder, key, 0); err != nil {
		t.Errorf("before the first start: %v", err)
	}
	if err := CheckFile(folder, key, 1); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("with a row: %v", err)
	}
}
