package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

func TestAFieldIsHeldOverARestartUntilItIsForgotten(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "address", "1 Mill Lane")
	set(t, v, "name", "Alice")
	set(t, v, "address", "2 Mill Lane")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = open(t, fs, rows)
	holds(t, v, "address", "2 Mill Lane")
	holds(t, v, "name", "Alice")
	if got, err := v.List(); err != nil || !slices.Equal(got, []string{"address", "name"}) {
		t.Errorf("it lists %q (%v)", got, err)
	}
	if err := v.Forget(t.Context(), "address", "address"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*Vault{v, open(t, fs, rows)} {
		holds(t, v, "address", "")
		holds(t, v, "name", "Alice")
	}
	if n := len(rowsOf(t, rows)); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestNothingOfAFieldIsOnDiskInClear(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	set(t, open(t, fs, rows), "a-rare-category", "a-rare-value")
	all := keysOf(t, fs)
	for _, r := range rowsOf(t, rows) {
		all = append(append(all, r.Key...), r.Value...)
	}
	for _, s := range []string{"a-rare-category", "a-rare-value"} {
		if bytes.Contains(all, []byte(s)) {
			t.Errorf("%q is there", s)
		}
	}
}

func TestAChangedFieldHasAnotherKeyAndName(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "name", "Alice")
	before, row := *v.ring["name"], rowsOf(t, rows)[0]
	set(t, v, "name", "Alice")
	after := *v.ring["name"]
	if before.id == after.id || before.key == after.key || before.salt == after.salt {
		t.Error("something of the field stayed")
	}
	if _, err := v.ring["name"].open("name", row.Value); !errors.Is(err, ErrDamaged) {
		t.Errorf("its key opens the old row: %v", err)
	}
	if r := rowsOf(t, rows); len(r) != 1 || bytes.Equal(r[0].Key, row.Key) {
		t.Error("the old row is there")
	}
}

func TestACommitmentIsOpenedUntilItsFieldIsForgotten(t *testing.T) {
	v := open(t, disk.NewSim(), store.NewMemory())
	set(t, v, "name", "Alice")
	commit := func() commitment.Commitment {
		t.Helper()
		c, err := v.Commit(t.Context(), "name", nonce)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := commit()
	o, err := v.Prove(t.Context(), "name", nonce)
	if err != nil || commitment.Check(c, o) != nil {
		t.Fatalf("its own opening: %v, %v", err, commitment.Check(c, o))
	}
	if other, err := v.Commit(t.Context(), "name", [16]byte{8}); err != nil || other == c {
		t.Errorf("another agreement has the same commitment (%v)", err)
	}
	set(t, v, "name", "Alice")
	if commit() == c {
		t.Error("a field that was set anew has the same commitment")
	}
	if err := v.Forget(t.Context(), "name"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Prove(t.Context(), "name", nonce); !errors.Is(err, ErrNotFound) {
		t.Errorf("a forgotten field is opened: %v", err)
	}
	if !commit().IsZero() {
		t.Error("nothing is committed to")
	}
	if err := commitment.Check(c, o); err != nil {
		t.Errorf("an opening given before: %v", err)
	}
}

func TestBadFieldsAreRefusedAndChangeNothing(t *testing.T) {
	fs, rows := disk.NewSim(), store.NewMemory()
	v := open(t, fs, rows)
	set(t, v, "name", "Alice")
	before := keysOf(t, fs)
	for name, c := range map[string]struct{ category, value string }{
		"no category": {"", "secret-x"}, "a category too long": {strings.Repeat("c", 65), "secret-x"}, "a line in a category": {"a\nb", "secret-x"},
		"no value": {"name", ""}, "a value too long": {"name", strings.Repeat("secret-x", 513)}, "a value with an escape": {"name", "secret-x\x1b[2J"}, "bytes": {"name", "secret-x\xff"},
	} {
		err := v.Set(t.Context(), c.category, []byte(c.value))
		if !errors.Is(err, commitment.ErrMalformed) || strings.Contains(err.Error(), "secret-x") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, categories := range map[string][]string{"one that isn't held": {"name", "address"}, "an empty one": {""}} {
		if err := v.Forget(t.Context(), categories...); !errors.Is(err, ErrNotFound) {
			t.Errorf("forget %s: %v", name, err)
		}
	}
	holds(t, v, "name", "Alice")
	if !bytes.Equal(before, keysOf(t, fs)) || len(rowsOf(t, rows)) != 1 {
		t.Error("something was written")
	}
}

func TestAVaultTakesSoManyFieldsAndNoMore(t *testing.T) {
	v := open(t, disk.NewSim(), store.NewMemory())
	for i := range MaxFields {
		f, err := newField()
		if err != nil {
			t.Fatal(err)
		}
		v.ring[fmt.Sprintf("%064d", i)] = f
	}
	if err := v.Set(t.Context(), "one more", []byte("x")); !errors.Is(err, ErrFull) {
		t.Errorf("one more: %v", err)
	}
	b, err := v.ring.seal(root)
	if err != nil || len(b) > maxFile {
		t.Errorf("the largest file has %d bytes, want at most %d (%v)", len(b), maxFile, err)
	}
	if r, err := unseal(root, b); err != nil || len(r) != MaxFields {
		t.Errorf("it reads as %d fields (%v)", len(r), err)
	}
}

func TestAClosedVaultHasNothing(t *testing.T) {
	v := open(t, disk.NewSim(), store.NewMemory())
	set(t, v, "name", "Alice")
	f := v.ring["name"]
	if err := errors.Join(v.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	_, value := v.Value(t.Context(), "name")
	_, list := v.List()
	_, prove := v.Prove(t.Context(), "name", nonce)
	for _, err := range []error{value, list, prove, v.Set(t.Context(), "name", []byte("x")), v.Forget(t.Context(), "name"), v.ForgetAll(t.Context())} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
	}
	if *f != (field{}) || v.file.key != [32]byte{} {
		t.Error("a key is in memory")
	}
}

func TestTheFileIsReadableByItsOwnerAloneAndReplacedWhole(t *testing.T) {
	folder := t.TempDir()
	v, err := Open(t.Context(), folder, store.NewMemory(), Options{Key: root, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, File)
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }() // it was only read
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set(t, v, "name", "Alice")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	left := make([]byte, len(before))
	if _, err := old.ReadAt(left, 0); err != nil || bytes.Contains(left, before[head:]) {
		t.Errorf("the bytes of the replaced file are still there (%v)", err)
	}
	if es, err := os.ReadDir(folder); err != nil || len(es) != 1 {
		t.Errorf("%d files (%v)", len(es), err)
	}
}
