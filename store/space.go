package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync/atomic"

	"github.com/bywaynet/byway/store/internal/disk"
	"github.com/bywaynet/byway/store/internal/index"
)

// What must be free where a store lies, in bytes. Badger dies where it finds no room, so
// it gets nothing to do long before that, and the log isn't filled up to the last byte.
const (
	// lowSpace: below it nothing new is written.
	lowSpace = 32 << 20
	// direSpace: below it the ballast is given up and nothing goes into the index.
	direSpace = 24 << 20
	// ballastSize is kept aside, so that a full disk leaves room to start and to clean up.
	ballastSize = 16 << 20
	// ampleSpace: from here on the ballast is made again.
	ampleSpace = 4 * lowSpace

	ballastFile = "ballast"

	// maxMerge is the most that Badger writes at once to merge tables, before it gives the old ones free: all of
	// level 0 with what lies under it, and beside that a table of a lower level with its ten. While 900 MB
	// were written it had up to 221 MB more on the disk than its levels, tables of the memory included.
	maxMerge = 224 << 20
)

// ErrFull says that too little is free on the disk to write anything more. What is there can be
// read; writing goes on by itself once there is room.
var ErrFull = errors.New("disk is full")

// FullError is an ErrFull that says what is free and what was needed.
type FullError struct {
	Free, Need uint64 // bytes
	Dir, Who   string // the store's folder, and what needs the room
	Opened     bool   // it was so when the store was opened, which does without until it is opened again
}

// What says it without what to do.
func (e *FullError) What() string {
	if e.Opened {
		return fmt.Sprintf("%v: %d MB were free in %s when it was opened, %s needs %d", ErrFull, e.Free>>20, e.Dir, e.Who, e.Need>>20)
	}
	return fmt.Sprintf("%v: %d MB are free in %s, %s needs %d", ErrFull, e.Free>>20, e.Dir, e.Who, e.Need>>20)
}

// Error implements error.
func (e *FullError) Error() string {
	if e.Opened {
		return e.What() + "; try: remove what isn't needed, then byway down && byway up"
	}
	return e.What() + "; try: remove what isn't needed"
}

// Unwrap makes it ErrFull.
func (e *FullError) Unwrap() error { return ErrFull }

// opened is why a store that was opened does without its index.
func opened(why error) error {
	var full *FullError
	if errors.As(why, &full) {
		again := *full
		again.Opened = true
		return &again
	}
	return why
}

// again says of a store that is read-only since it was opened on a full disk that there is room now.
func again(why error, free uint64) error {
	var full *FullError
	if errors.As(why, &full) && full.Opened && free >= full.Need {
		return fmt.Errorf("%w until the next start: the disk was full when it was opened, and %d MB are free again; try: byway down && byway up", ErrReadOnly, free>>20)
	}
	return why
}

// room watches how much is free where the store lies.
type room struct {
	fs      disk.FS
	dir     string
	ballast atomic.Bool
}

// look returns ErrFull where too little is free.
func (r *room) look() error {
	free, _, err := r.fs.Free(r.dir)
	if err != nil {
		return err
	}
	if free < lowSpace {
		return &FullError{Free: free, Need: lowSpace, Dir: r.dir, Who: "writing"}
	}
	return nil
}

// roomFor returns ErrFull where an index whose tables have the given size finds too little
// to go on: Badger ends the process where a table that it writes has no room.
func (r *room) roomFor(tables int64) error {
	free, _, err := r.fs.Free(r.dir)
	if err != nil {
		return err
	}
	need := uint64(direSpace + 2*index.MemTableSize + min(tables, maxMerge)) // two become tables at once, at most
	if free < need {
		return &FullError{Free: free, Need: need, Dir: r.dir, Who: "the index"}
	}
	return nil
}

// dire reports whether the index must be left alone. It gives up the ballast where that helps.
func (r *room) dire() bool {
	free, _, err := r.fs.Free(r.dir)
	if err != nil {
		return true
	}
	if free < direSpace && r.ballast.Load() {
		if err := r.fs.Remove(r.path()); err == nil || errors.Is(err, fs.ErrNotExist) {
			r.ballast.Store(false)
			free, _, err = r.fs.Free(r.dir)
			return err != nil || free < direSpace
		}
	}
	return free < direSpace
}

func (r *room) path() string { return filepath.Join(r.dir, ballastFile) }

// stow makes the ballast where it isn't there and there is ample room.
func (r *room) stow() error {
	free, _, err := r.fs.Free(r.dir)
	if err != nil || r.ballast.Load() {
		return err
	}
	if f, err := r.fs.Open(r.path()); err == nil {
		n, err := f.Size()
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if n == ballastSize {
			r.ballast.Store(true)
			return nil
		}
		if err := r.fs.Remove(r.path()); err != nil { // cut, or of another program
			return err
		}
	}
	if free < ampleSpace {
		return nil
	}
	f, err := r.fs.Create(r.path())
	if err != nil {
		return err
	}
	if err := errors.Join(disk.Reserve(f, ballastSize), f.Close()); err != nil {
		return errors.Join(err, r.fs.Remove(r.path()))
	}
	r.ballast.Store(true)
	return nil
}
