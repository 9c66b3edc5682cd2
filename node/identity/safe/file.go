package safe

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bywaynet/byway/node/internal/durable"
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

// writeFile makes a file of mode 0600, or replaces it, whole or not at all.
func writeFile(path string, b []byte) error {
	if err := durable.Replace(path, ".root-*", b); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}
