package disk

import (
	"errors"
	"io"
	iofs "io/fs"
	"path/filepath"
)

// FS is what a store needs of a file system. Files are readable by their owner alone,
// whatever the umask. All errors are those of the system, with the file's name in them.
type FS interface {
	// Create makes a file that isn't there yet.
	Create(name string) (File, error)
	// Open opens a file for reading and writing.
	Open(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// MakeDir makes a folder for its owner alone, or makes one that is there be so. Like a
	// file's, its name is durable once the folder around it was synced: see the function MakeDir.
	MakeDir(dir string) error
	// Names lists the files of a folder in order, without folders.
	Names(dir string) ([]string, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(dir string) error
	// Free returns what is free for this user where dir is, and what there is in all, in bytes.
	Free(dir string) (free, total uint64, err error)
}

// File is an open file. Writes don't move anything but the bytes that they name.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Sync returns once what was written is durable: fdatasync where there is one.
	Sync() error
	// Forget has what is read from now on come from the disk, not from the system's memory, where
	// the system can be asked to: after a sync that failed the two differ, and Linux shows what
	// was never written as if it had been. What isn't synced may stay.
	Forget() error
	Size() (int64, error)
	Close() error
}

// MakeDir makes a folder as FS does, with those around it that aren't there yet, and returns
// once their names are durable.
func MakeDir(fs FS, dir string) error {
	dir = filepath.Clean(dir)
	around := filepath.Dir(dir)
	if _, err := fs.Names(around); errors.Is(err, iofs.ErrNotExist) && around != dir {
		if err := MakeDir(fs, around); err != nil {
			return err
		}
	}
	if err := fs.MakeDir(dir); err != nil {
		return err
	}
	if err := fs.SyncDir(around); !errors.Is(err, iofs.ErrPermission) {
		return err
	}
	return nil // it is somebody else's, who made dir long ago
}
