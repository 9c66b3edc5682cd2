package identity

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/store"
)

func TestRootFileIsMadeOnceAndForTheOwnerAlone(t *testing.T) {
	_, file, tables := fresh(t)
	made, err := os.ReadFile(file)
	if err != nil || len(made) != rootSize {
		t.Fatalf("%d bytes, %v", len(made), err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	open(t, file, tables)
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, made) {
		t.Errorf("the second Open changed the root (%v)", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".root-*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestBadRootFileIsRefusedAndLeftAlone(t *testing.T) {
	good := bytes.Repeat([]byte{1}, rootSize)
	for name, c := range map[string]struct {
		content []byte
		mode    os.FileMode
		hint    string
	}{
		"empty":               {nil, 0o600, "0 bytes, want 32"},
		"too short":           {good[1:], 0o600, "put it back from a backup"},
		"too long":            {append([]byte{1}, good...), 0o600, "33 bytes, want 32"},
		"zeros":               {make([]byte, rootSize), 0o600, "all zeros"},
		"readable by a group": {good, 0o640, "try: chmod 600"},
		"readable by all":     {good, 0o604, "try: chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			file, tables := filepath.Join(t.TempDir(), "root"), store.NewMemory()
			if err := os.WriteFile(file, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			i, err := Open(t.Context(), file, tables)
			if !errors.Is(err, ErrRoot) || i != nil || !strings.Contains(err.Error(), c.hint) || !strings.Contains(err.Error(), file) {
				t.Fatalf("got %v", err)
			}
			if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, c.content) {
				t.Errorf("the file was changed (%v)", err)
			}
			if _, err := tables.Get(t.Context(), tableIdentity, markKey); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the store was tied to it (%v)", err)
			}
		})
	}
}

func TestFolderIsNoRootFile(t *testing.T) {
	if _, err := Open(t.Context(), t.TempDir(), store.NewMemory()); !errors.Is(err, ErrRoot) {
		t.Errorf("got %v", err)
	}
}

func TestLostRootFileIsNotReplaced(t *testing.T) {
	_, file, tables := fresh(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), file, tables); !errors.Is(err, ErrRoot) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new root was made beside keys of the old one")
	}
}

func TestRootOfAnotherPartyIsRefused(t *testing.T) {
	_, _, tables := fresh(t)
	_, other, _ := fresh(t)
	if _, err := Open(t.Context(), other, tables); !errors.Is(err, ErrRoot) || !strings.Contains(err.Error(), "right one") {
		t.Errorf("got %v", err)
	}
}

func TestOneRootInAnEmptyStoreMakesOtherKeys(t *testing.T) {
	i, file, _ := fresh(t)
	key, err := i.New(t.Context(), KindCast)
	if err != nil {
		t.Fatal(err)
	}
	again, err := open(t, file, store.NewMemory()).New(t.Context(), KindCast)
	if err != nil || again == key {
		t.Errorf("a key came a second time: the incarnation has no effect (%v)", err)
	}
}

func TestDamagedRowsAreSaidAloud(t *testing.T) {
	for name, row := range map[string]store.Row{
		"mark cut short":  {Table: tableIdentity, Key: markKey, Value: []byte{1}},
		"place cut short": {Table: tableKeys, Key: bytes.Repeat([]byte{1}, 32), Value: []byte{1}},
		"no key":          {Table: tableKeys, Key: []byte("key"), Value: make([]byte, placeSize)},
	} {
		_, file, tables := fresh(t)
		if err := tables.Put(t.Context(), row.Table, row.Key, row.Value); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), file, tables); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSwappedRowIsFoundBeforeItSigns(t *testing.T) {
	i, file, tables := fresh(t)
	key, err := i.New(t.Context(), KindCast)
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.Put(t.Context(), tableKeys, key[:], place{KindCast, i.incarnation, 99}.encode()); err != nil {
		t.Fatal(err)
	}
	if s, err := open(t, file, tables).Signer(t.Context(), key); !errors.Is(err, ErrRoot) || s != nil {
		t.Errorf("got %v, %v", s, err)
	}
}
