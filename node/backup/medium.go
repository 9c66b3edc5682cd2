package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/bywaynet/byway/node/internal/durable"
)

// Medium is what backups are written to. It says how a file comes to be there: reading is
// from the folder itself.
type Medium interface {
	// Create returns a new file in a folder, under a temporary name, that its owner alone may read.
	Create(dir string) (Output, error)
	// Publish gives a file that is synced its name, which nothing else has, durably.
	Publish(temp, path string) error
}

// An Output is a backup being written.
type Output interface {
	io.WriteCloser
	// Name returns its path.
	Name() string
	// Sync makes it durable, so that what is read afterwards is what the medium has.
	Sync() error
}

// folder is the file system's own Medium.
type folder struct{}

// Folder returns the Medium that is the default.
func Folder() Medium { return folder{} }

// maxCreate is how often a temporary file is made anew, where somebody took the one before for a left one.
const maxCreate = 4

// Create implements Medium: the file is locked, where that can be, until it is closed or its
// process ends, which tells it from what a killed one left.
func (folder) Create(dir string) (Output, error) {
	for range maxCreate {
		f, err := os.CreateTemp(dir, tempStart+"*") // mode 0600
		if err != nil {
			return nil, err
		}
		if held, known := Lock(f); (held || !known) && there(f) {
			return temporary{f}, nil
		}
		if err := errors.Join(f.Close(), gone(os.Remove(f.Name()))); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("temporary files in %s are removed as soon as they are made", dir)
}

// Publish implements Medium. A folder on a medium that can't link is renamed to: there
// the name is looked for first.
func (folder) Publish(temp, path string) error {
	err := os.Link(temp, path)
	switch {
	case err == nil:
		err = os.Remove(temp)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and backups are never overwritten", path)
	default:
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already, and backups are never overwritten", path)
		}
		err = os.Rename(temp, path)
	}
	return errors.Join(err, durable.SyncDir(filepath.Dir(path)))
}

type temporary struct{ *os.File }

// Sync implements Output.
func (t temporary) Sync() error {
	if err := t.File.Sync(); err != nil {
		return err
	}
	forget(t.File)
	return nil
}

// there reports whether f is what its name leads to.
func there(f *os.File) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(a, b)
}

// gone is no error where a file isn't there any more.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// unwritable names the folder that takes no file, rather than the temporary file that it didn't take.
func unwritable(dir string, err error) error {
	var p *fs.PathError
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) || !errors.As(err, &p) {
		return err
	}
	return fmt.Errorf("%s can't be written to: %w; try: a folder that you may write to", dir, p.Err)
}

// roomless says what helps where a medium is full.
func roomless(dir string, err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) && !errors.Is(err, syscall.EFBIG) {
		return err
	}
	return fmt.Errorf("%w in %s, and what is there is as it was (%w); try: byway backup prune %s, or another folder", ErrNoRoom, dir, err, dir)
}
