package safe

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// maxFile bounds what is read of a file that should hold a root, in bytes; a sealed one has some 400.
const maxFile = 4096

// readFile reads a file that its owner alone may read. Errors: ErrRoot, those of the file system.
func readFile(path string) ([]byte, error) { return read(path, 0o077) }

// read refuses a file that has one of the bits never in its mode.
func read(path string, never os.FileMode) ([]byte, error) {
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
	if mode.Perm()&never != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: others can read %s (mode %04o); try: chmod 600 %[2]s", ErrRoot, path, mode.Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("%w: %s has more than %d bytes: it is damaged; try: put it back from a copy, or from your 24 words by byway seal --words-file FILE", ErrRoot, path, maxFile)
	}
	return b, nil
}

// writeFile makes a file of mode 0600, or replaces it. It is written under another name
// first, so that a crash leaves a whole one or none.
func writeFile(path string, b []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".root-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where the rename was reached
	err = errors.Join(f.Chmod(0o600), writeSynced(f, b), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeSynced(f *os.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

// syncDir makes a file's name durable; Windows does that by itself and can't open a folder.
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

func removeFile(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
