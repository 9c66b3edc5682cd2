package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/bywaynet/byway/store/internal/disk"
)

// file is the file of keys.
type file struct {
	fs  disk.FS
	dir string
	key [32]byte
	log *slog.Logger
}

func (f file) path() string { return filepath.Join(f.dir, File) }

// fresh is the file that is to take the other's place. One that is found there never did.
func (f file) fresh() string { return f.path() + ".new" }

// load returns the fields of the file; not found where there is none. Errors: ErrDamaged, the system's.
func (f file) load() (r ring, found bool, err error) {
	b, found, err := f.read()
	if err != nil || !found {
		return ring{}, found, err
	}
	r, err = unseal(f.key, b)
	return r, true, err
}

func (f file) read() (b []byte, found bool, err error) {
	h, err := f.fs.Open(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	n, err := h.Size()
	if err != nil {
		return nil, true, err
	}
	if n > int64(maxFile) {
		return nil, true, fmt.Errorf("%w: %s of %d bytes, at most %d", ErrDamaged, File, n, maxFile)
	}
	b = make([]byte, n)
	if _, err = io.ReadFull(io.NewSectionReader(h, 0, n), b); err != nil {
		return nil, true, err
	}
	return b, true, nil
}

// replace puts r in the place of what the file held, and returns once that outlives a cut
// of the power. ErrUncertain says that it may or may not have; any other error that it hasn't.
func (f file) replace(r ring) error {
	b, err := r.seal(f.key)
	if err != nil {
		return err
	}
	f.scrap()
	if err := f.write(b); err != nil {
		f.scrap()
		return fmt.Errorf("write the vault's keys: %w; try: free some space", err)
	}
	old, err := f.fs.Open(f.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.scrap()
		return fmt.Errorf("open the vault's keys: %w", err)
	}
	if err := errors.Join(f.fs.Rename(f.fresh(), f.path()), f.fs.SyncDir(f.dir)); err != nil {
		if old != nil {
			err = errors.Join(err, old.Close())
		}
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	if old != nil {
		f.blot(old) // only now: until here it may be the one that counts
	}
	return nil
}

// write writes the file that is to take the other's place.
func (f file) write(b []byte) error {
	h, err := f.fs.Create(f.fresh())
	if err != nil {
		return err
	}
	_, err = h.WriteAt(b, 0)
	if err == nil {
		err = h.Sync()
	}
	return errors.Join(err, h.Close())
}

// scrap removes a file that never took the other's place, where there is one.
func (f file) scrap() {
	h, err := f.fs.Open(f.fresh())
	if err != nil {
		return
	}
	f.blot(h)
	if err := f.fs.Remove(f.fresh()); err != nil {
		f.log.Warn("can't remove a file of keys that isn't used", "file", filepath.Base(f.fresh()), "error", err)
	}
}

// blot overwrites a file where it lies, as far as the disk does that, and closes it.
func (f file) blot(h disk.File) {
	n, err := h.Size()
	if err == nil {
		noise := make([]byte, min(n, int64(maxFile)))
		_, _ = rand.Read(noise) // never fails (crypto/rand)
		_, err = h.WriteAt(noise, 0)
	}
	if err == nil {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err != nil {
		f.log.Warn("can't overwrite the vault's old keys; they are sealed, and out of use", "error", err)
	}
}
