package identity

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// openRoot reads the root file, or makes it where it isn't there and may be made.
func openRoot(path string, mayMake bool) (*[rootSize]byte, error) {
	root, err := readRoot(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return root, err
	}
	if !mayMake {
		return nil, fmt.Errorf("%w: %s is gone, and this store's keys come from it; put it back from a backup", ErrRoot, path)
	}
	return makeRoot(path)
}

func readRoot(path string) (*[rootSize]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	mode := info.Mode()
	if !mode.IsRegular() {
		return nil, fmt.Errorf("%w: %s isn't a file", ErrRoot, path)
	}
	// Windows has no such bits: what its folders allow counts there.
	if mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: others can read %s (mode %04o); try: chmod 600 %[2]s", ErrRoot, path, mode.Perm())
	}
	if info.Size() != rootSize {
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d: it is damaged; put it back from a backup", ErrRoot, path, info.Size(), rootSize)
	}
	root := new([rootSize]byte)
	if _, err := io.ReadFull(f, root[:]); err != nil {
		return nil, err
	}
	if *root == [rootSize]byte{} {
		return nil, fmt.Errorf("%w: %s is all zeros: it is damaged; put it back from a backup", ErrRoot, path)
	}
	return root, nil
}

// makeRoot writes the file under another name first, so that a crash leaves a whole one or none.
func makeRoot(path string) (*[rootSize]byte, error) {
	root := new([rootSize]byte)
	if _, err := rand.Read(root[:]); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, ".root-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where the rename was reached
	err = errors.Join(f.Chmod(0o600), writeSynced(f, root[:]), f.Close())
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, err
	}
	return root, syncDir(dir)
}

func writeSynced(f *os.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

// syncDir makes the file's name durable; Windows does that by itself and can't open a folder.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
