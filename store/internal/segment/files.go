package segment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/bywaynet/byway/store/internal/disk"
)

// The sizes of files, in bytes. The first one is small, so that a new folder is ready at
// once, and holds the largest entry.
const (
	DefaultSize = 4 << 20
	firstSize   = 3 << 19
)

// ErrFailed says that an earlier write or sync failed, so nothing more is written here. What a
// file holds after a failed sync can't be known before it is read again.
var ErrFailed = errors.New("segment writes failed")

// Options say which folder, and how it is read and written.
type Options struct {
	FS   disk.FS // nil: disk.OS
	Dir  string
	Kind Kind
	Key  [32]byte // everything is sealed under it
	Size int64    // of a file from the second on; 0: DefaultSize
	// ReadOnly makes nothing and writes nothing.
	ReadOnly bool
	// Unchecked leaves out all checks but those that find the entries: the control of
	// tests on damage. Never set elsewhere.
	Unchecked bool
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = disk.OS{}
	}
	if o.Size == 0 {
		o.Size = DefaultSize
	}
	return o
}

// Files is a folder that is open for writing. Append and Drop are for one goroutine at a
// time; the rest is safe for concurrent use.
type Files struct {
	o      Options
	sealer *Sealer
	buf    []byte

	mu     sync.Mutex
	list   []Info // what is used, oldest first
	last   Place
	hash   [32]byte
	failed error

	file   disk.File // the last in list; nil where nothing more may be written to it
	pos    int64
	size   int64
	next   chan prepared // of capacity 1: the file after it, once it is filled with zeros
	blank  []uint32      // filled files found at the start
	top    uint32        // the highest number of any file that is used
	joined sync.WaitGroup
}

// Info is what is known of one file.
type Info struct {
	Number uint32
	// First and Last are the numbers of its entries; Last is First-1 where it has none.
	First, Last uint64
	Used, Size  int64 // bytes
}

// Open reads and checks every byte of a folder, which is made where it isn't there, calls
// each with every whole entry in order, and returns where it isn't as it was written.
// Errors: each's, ErrKey, ErrVersion, ctx's, the system's. Close what it returns.
func Open(ctx context.Context, o Options, each func(Entry) error) (*Files, []Break, error) {
	o = o.withDefaults()
	sealer, err := NewSealer(o.Key, o.Kind)
	if err != nil {
		return nil, nil, err
	}
	f := &Files{o: o, sealer: sealer, next: make(chan prepared, 1)}
	if !o.ReadOnly {
		if err := disk.MakeDir(o.FS, o.Dir); err != nil {
			return nil, nil, err
		}
		if err := settle(o); err != nil {
			return nil, nil, err
		}
	}
	r, err := read(ctx, o, sealer, 0, each)
	if err != nil {
		return nil, nil, err
	}
	f.list, f.last, f.hash, f.blank = r.list, r.scan.last, r.scan.hash, r.blank
	for _, i := range f.list { // the last one by its place isn't the highest where files were swapped
		f.top = max(f.top, i.Number)
	}
	if o.ReadOnly {
		f.failed = fmt.Errorf("%w: opened to be read", ErrFailed)
		return f, r.scan.breaks, nil
	}
	if err := f.resume(r.end); err != nil {
		return nil, nil, err
	}
	return f, r.scan.breaks, nil
}

func (f *Files) path(number uint32) string { return filepath.Join(f.o.Dir, name(number)) }

func (f *Files) fail(err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == nil {
		f.failed = fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return f.failed
}

// Failed returns why nothing is written any more: the first failure of this folder's files.
func (f *Files) Failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// Sealer returns the one that makes entries for this folder.
func (f *Files) Sealer() *Sealer { return f.sealer }

// Head returns the place and the hash of the last entry that is durable.
func (f *Files) Head() (Place, [32]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, f.hash
}

// Segments lists the files that are used, oldest first.
func (f *Files) Segments() []Info {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Info(nil), f.list...)
}

// Drop removes the oldest files up to and with the given number, but never the one that
// is written to. Errors: the system's; what is left is still whole.
func (f *Files) Drop(through uint32) error {
	for {
		f.mu.Lock()
		if len(f.list) < 2 || f.list[0].Number > through {
			f.mu.Unlock()
			return nil
		}
		first := f.list[0]
		f.mu.Unlock()
		if err := f.o.FS.Remove(f.path(first.Number)); err != nil {
			return err
		}
		// One by one, since a file that outlives a later one shows a loss.
		if err := f.o.FS.SyncDir(f.o.Dir); err != nil {
			return err
		}
		f.mu.Lock()
		f.list = f.list[1:]
		f.mu.Unlock()
	}
}

// Close gives the files free. Nobody writes any more.
func (f *Files) Close() error {
	f.joined.Wait()
	var err error
	if f.file != nil {
		err = f.file.Close()
	}
	select {
	case p := <-f.next:
		if p.err == nil {
			err = errors.Join(err, p.file.Close())
		}
	default:
	}
	_ = f.fail(errors.New("closed"))
	return err
}
