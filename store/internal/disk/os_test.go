package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func modeOf(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestOSKeepsOthersOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := OS{}.Create(filepath.Join(dir, "file"))
	if err := errors.Join(err, MakeDir(OS{}, dir), f.Close()); err != nil {
		t.Fatal(err)
	}
	if folder, file := modeOf(t, dir), modeOf(t, filepath.Join(dir, "file")); folder != 0o700 || file != 0o600 {
		t.Errorf("a folder of %v and a file of %v", folder, file)
	}
}

func TestOSDoesAsItSays(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	steps := []step{
		makeDir(filepath.Join(dir, "folder")), write(b, "ab", 0), write(b, "c", 1), flush(b),
		do(func(fs FS) error { return fs.Rename(b, a) }), write(b, "b", 0), flushDir(dir),
	}
	for _, s := range steps {
		s(t, OS{})
	}
	if names, err := (OS{}).Names(dir); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%q, %v; want a and b, without the folder", names, err)
	}
	if got := content(t, OS{}, a); got != "ac" {
		t.Errorf("%q, want ac", got)
	}
	if _, err := (OS{}).Create(a); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made again: %v", err)
	}
	if err := (OS{}).Remove(a); err != nil || content(t, OS{}, a) != "gone" {
		t.Errorf("removed: %v", err)
	}
	if free, total, err := (OS{}).Free(dir); err != nil || free > total || total == 0 {
		t.Errorf("%d free of %d, %v", free, total, err)
	}
}

func TestReserveFillsAFile(t *testing.T) {
	const size = 1<<20 + 5
	dir := t.TempDir()
	for _, fs := range []FS{OS{}, NewSim()} {
		f, err := fs.Create(filepath.Join(dir, "ballast"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Reserve(f, size); err != nil {
			t.Error(err)
		}
		if n, err := f.Size(); err != nil || n != size {
			t.Errorf("%d bytes, %v; want %d", n, err, size)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
