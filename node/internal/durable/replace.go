package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Replace writes b into the file at path, which is replaced whole or not at all, for its owner's eyes
// alone (mode 0600), and returns once that is durable. The temporary file beside it has a name of the given
// pattern (os.CreateTemp), and is gone when Replace returns. Errors: those of the file system.
func Replace(path, pattern string, b []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where the rename was reached
	if err := errors.Join(f.Chmod(0o600), Write(f, b), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// Write writes b to f, and returns once that is durable.
func Write(f *os.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

// SyncDir makes names in a folder durable; Windows does that by itself and can't open a folder.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
