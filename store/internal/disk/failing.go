package disk

import (
	"errors"
	"path/filepath"
	"sync"
)

// Op is something that a file system is asked to do.
type Op uint8

// The operations at which a Failing can fail.
const (
	OpCreate Op = iota + 1
	OpWrite
	OpSync
	OpRename
	OpRemove
	OpSyncDir
	OpMakeDir
)

var opNames = map[Op]string{
	OpCreate: "create", OpWrite: "write", OpSync: "sync", OpRename: "rename", OpRemove: "remove", OpSyncDir: "sync of a folder", OpMakeDir: "making of a folder",
}

// String returns the operation in a word or two.
func (o Op) String() string { return opNames[o] }

// ErrInjected is the failure that a test asked for.
var ErrInjected = errors.New("injected failure")

// Failing is a file system that fails when it is told to. Safe for concurrent use.
type Failing struct {
	FS
	// Fail is asked before each operation; an error is what it comes to. It is set before
	// the first use, and called by one goroutine at a time.
	Fail func(op Op, name string) error

	mu sync.Mutex
}

// At returns a function for Fail by which the n-th operation, counted from 0, fails with
// err, and all after it where for ever is set.
func At(n int, forEver bool, err error) func(Op, string) error {
	i := -1
	return func(Op, string) error {
		if i++; i == n || forEver && i > n {
			return err
		}
		return nil
	}
}

func (f *Failing) ask(op Op, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Fail == nil {
		return nil
	}
	return f.Fail(op, filepath.Base(name))
}

type failingFile struct {
	File
	fs   *Failing
	name string
}

// Create implements FS.
func (f *Failing) Create(name string) (File, error) {
	if err := f.ask(OpCreate, name); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return failingFile{file, f, name}, nil
}

// Open implements FS.
func (f *Failing) Open(name string) (File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return failingFile{file, f, name}, nil
}

// Rename implements FS.
func (f *Failing) Rename(from, to string) error {
	if err := f.ask(OpRename, to); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

// Remove implements FS.
func (f *Failing) Remove(name string) error {
	if err := f.ask(OpRemove, name); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// MakeDir implements FS.
func (f *Failing) MakeDir(dir string) error {
	if err := f.ask(OpMakeDir, dir); err != nil {
		return err
	}
	return f.FS.MakeDir(dir)
}

// SyncDir implements FS.
func (f *Failing) SyncDir(dir string) error {
	if err := f.ask(OpSyncDir, dir); err != nil {
		return err
	}
	return f.FS.SyncDir(dir)
}

// WriteAt implements File. A failure comes after half of the bytes.
func (f failingFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.fs.ask(OpWrite, f.name); err != nil {
		n, werr := f.File.WriteAt(b[:len(b)/2], at)
		return n, errors.Join(err, werr)
	}
	return f.File.WriteAt(b, at)
}

// Sync implements File. A failed sync of a Sim's file leaves what was to be written where
// programs see it, and no later sync writes it: so does Linux.
func (f failingFile) Sync() error {
	if err := f.fs.ask(OpSync, f.name); err != nil {
		if l, ok := f.File.(interface{ lose() }); ok {
			l.lose()
		}
		return err
	}
	return f.File.Sync()
}
