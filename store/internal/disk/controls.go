package disk

import (
	"errors"
	"io"
	"path/filepath"
	"sync"
)

// A drill that nothing can fail shows nothing: these take away one safeguard each, so that
// the same drill has to fail.

// Unsynced is a file system whose syncs do nothing.
type Unsynced struct{ FS }

type unsyncedFile struct{ File }

// Create implements FS.
func (u Unsynced) Create(name string) (File, error) { return unsynced(u.FS.Create(name)) }

// Open implements FS.
func (u Unsynced) Open(name string) (File, error) { return unsynced(u.FS.Open(name)) }

// SyncDir implements FS.
func (Unsynced) SyncDir(string) error { return nil }

func unsynced(f File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return unsyncedFile{f}, nil
}

// Sync implements File.
func (unsyncedFile) Sync() error { return nil }

// Unchecked is a file system whose bytes a store believes without a look at any checksum.
type Unchecked struct{ FS }

// Held is a file system that keeps in the process what is written, and says that it is
// durable. The zero value isn't usable: see NewHeld. Safe for concurrent use.
type Held struct {
	FS
	mu    sync.Mutex
	files map[string]*heldFile
}

// NewHeld returns one over another, which stays as it is.
func NewHeld(fs FS) *Held { return &Held{FS: fs, files: map[string]*heldFile{}} }

// heldFile has all of a file in memory from its opening on.
type heldFile struct {
	File
	mu  sync.Mutex
	now []byte
}

// Create implements FS.
func (h *Held) Create(name string) (File, error) {
	f, err := h.FS.Create(name)
	return h.keep(name, f, err)
}

// Open implements FS.
func (h *Held) Open(name string) (File, error) {
	f, err := h.FS.Open(name)
	return h.keep(name, f, err)
}

func (h *Held) keep(name string, f File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	name = filepath.Clean(name)
	if old := h.files[name]; old != nil {
		return old, f.Close()
	}
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	held := &heldFile{File: f, now: make([]byte, n)}
	if _, err := f.ReadAt(held.now, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h.files[name] = held
	return held, nil
}

// Remove implements FS.
func (h *Held) Remove(name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.files, filepath.Clean(name))
	return h.FS.Remove(name)
}

// ReadAt implements File.
func (f *heldFile) ReadAt(b []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at >= int64(len(f.now)) {
		return 0, io.EOF
	}
	n := copy(b, f.now[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File.
func (f *heldFile) WriteAt(b []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if end := int(at) + len(b); end > len(f.now) {
		f.now = append(f.now, make([]byte, end-len(f.now))...)
	}
	return copy(f.now[at:], b), nil
}

// Size implements File.
func (f *heldFile) Size() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.now)), nil
}

// Sync implements File.
func (f *heldFile) Sync() error { return nil }

// Close implements File. What is held stays held: a file may be opened again.
func (f *heldFile) Close() error { return nil }

// Roomy is a file system that says that there is always room.
type Roomy struct{ FS }

// Free implements FS.
func (Roomy) Free(string) (free, total uint64, err error) { return 1 << 40, 1 << 40, nil }

// Deaf is a Failing of which nobody hears: what it refuses seems done.
type Deaf struct{ *Failing }

type deafFile struct{ File }

// Create implements FS.
func (d Deaf) Create(name string) (File, error) { return deaf(d.Failing.Create(name)) }

// Open implements FS.
func (d Deaf) Open(name string) (File, error) { return deaf(d.Failing.Open(name)) }

// SyncDir implements FS.
func (d Deaf) SyncDir(dir string) error { return unheard(d.Failing.SyncDir(dir)) }

func deaf(f File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return deafFile{f}, nil
}

func unheard(err error) error {
	if errors.Is(err, ErrInjected) {
		return nil
	}
	return err
}

// WriteAt implements File.
func (f deafFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	if errors.Is(err, ErrInjected) {
		return len(b), nil
	}
	return n, err
}

// Sync implements File.
func (f deafFile) Sync() error { return unheard(f.File.Sync()) }
