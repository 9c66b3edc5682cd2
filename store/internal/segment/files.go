package segment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"

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

// ErrSize says that an entry is one that no reader would take, since it is over MaxBody or was never
// sealed. Nothing was written, and others may still be.
var ErrSize = errors.New("entry of a size that can't be kept")

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

// Pending is an entry that is to be written.
type Pending struct {
	Sealed
	Mark uint64
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

type prepared struct {
	number uint32
	file   disk.File
	size   int64
	err    error
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
	if err := f.settle(); err != nil {
		return nil, nil, err
	}
	if err := f.resume(r.end); err != nil {
		return nil, nil, err
	}
	return f, r.scan.breaks, nil
}

// settle makes durable what was read: who wrote it last may have ended between a write and
// its sync, or before a file's name was durable, and what each was called with is told on.
func (f *Files) settle() error {
	for _, i := range f.list[max(0, len(f.list)-1):] {
		file, err := f.o.FS.Open(f.path(i.Number))
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	return f.o.FS.SyncDir(f.o.Dir)
}

// resume opens the last file where more may go into it, and makes the one after it ready.
func (f *Files) resume(end int64) error {
	if end > 0 {
		last := f.list[len(f.list)-1]
		file, err := f.o.FS.Open(f.path(last.Number))
		if err != nil {
			return err
		}
		f.file, f.pos, f.size = file, end, last.Size
	}
	number := f.top + 1
	if len(f.list) == 0 {
		p := f.make(number, min(firstSize, f.o.Size))
		if p.err != nil {
			return p.err
		}
		f.next <- p
		return nil
	}
	f.prepare(number)
	return nil
}

func (f *Files) path(number uint32) string { return filepath.Join(f.o.Dir, name(number)) }

// prepare makes a file ready while others write. A disk that fails at it isn't trusted
// with the next entry either; one that is full may have room by then.
func (f *Files) prepare(number uint32) {
	f.joined.Go(func() {
		p := f.make(number, f.o.Size)
		if p.err != nil && !errors.Is(p.err, syscall.ENOSPC) {
			p.err = f.fail(p.err)
		}
		f.next <- p
	})
}

// make fills a new file with zeros, or takes one that was filled before.
func (f *Files) make(number uint32, size int64) prepared {
	for _, n := range f.blank {
		if n != number {
			continue
		}
		file, err := f.o.FS.Open(f.path(number))
		if err != nil {
			return prepared{err: err}
		}
		if had, err := file.Size(); err == nil && had >= min(size, fileHead+int64(end(MaxBody+sealCost))) {
			// Its filler may have ended before it was durable.
			if err := errors.Join(file.Sync(), f.o.FS.SyncDir(f.o.Dir)); err != nil {
				return prepared{err: errors.Join(err, file.Close())}
			}
			return prepared{number: number, file: file, size: had}
		}
		if err := errors.Join(file.Close(), f.o.FS.Remove(f.path(number))); err != nil {
			return prepared{err: err}
		}
	}
	file, err := f.o.FS.Create(f.path(number))
	if err != nil {
		return prepared{err: err}
	}
	for at := int64(0); at < size && err == nil; at += int64(len(zeros)) {
		_, err = file.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at)
	}
	if err == nil {
		err = errors.Join(file.Sync(), f.o.FS.SyncDir(f.o.Dir))
	}
	if err != nil {
		return prepared{err: errors.Join(err, file.Close(), f.o.FS.Remove(f.path(number)))}
	}
	return prepared{number: number, file: file, size: size}
}

// Append writes entries in their order, all by one write and one sync, but for those that
// need a new file, and returns the place of the last once all are durable. After the first
// failure it fails for good, with ErrFailed. Errors: ErrSize, ErrFailed.
func (f *Files) Append(es ...Pending) (Place, error) {
	f.mu.Lock()
	last, h, failed := f.last, f.hash, f.failed
	f.mu.Unlock()
	if failed != nil {
		return Place{}, failed
	}
	for _, e := range es {
		if n := len(e.bytes); n < sealCost || n > MaxBody+sealCost {
			return Place{}, fmt.Errorf("%w: %d sealed bytes, want %d to %d", ErrSize, n, sealCost, MaxBody+sealCost)
		}
	}
	f.buf = f.buf[:0]
	for _, e := range es {
		if f.file == nil || f.pos+int64(len(f.buf)+e.Size()) > f.size {
			if err := f.rotate(last, h); err != nil {
				return Place{}, f.fail(err)
			}
		}
		start := len(f.buf)
		last = Place{last.Seq + 1, e.Mark}
		f.buf = entry{Place: last, length: uint32(len(e.bytes)), before: h, sum: e.sum}.append(f.buf)
		h = hash(f.buf[start:], e.inner)
		f.buf = append(f.buf, e.bytes...)
		f.buf = append(f.buf, zeros[:e.Size()-entryHead-len(e.bytes)]...)
	}
	if err := f.flush(last, h); err != nil {
		return Place{}, f.fail(err)
	}
	return last, nil
}

// flush writes and syncs what was gathered; the chain then stands at last.
func (f *Files) flush(last Place, h [32]byte) error {
	if len(f.buf) > 0 {
		if _, err := f.file.WriteAt(f.buf, f.pos); err != nil {
			return err
		}
		if err := f.file.Sync(); err != nil {
			return err
		}
		f.pos += int64(len(f.buf))
		f.buf = f.buf[:0]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.hash = last, h
	if n := len(f.list); n > 0 {
		f.list[n-1].Last, f.list[n-1].Used = last.Seq, f.pos
	}
	return f.failed
}

// rotate goes on in the file that was made ready, whose head is written with the first entries.
func (f *Files) rotate(last Place, h [32]byte) error {
	if err := f.flush(last, h); err != nil {
		return err
	}
	p := <-f.next
	if errors.Is(p.err, ErrFailed) {
		return p.err
	}
	if p.err != nil { // once more: there may be room by now
		if p = f.make(f.top+1, f.o.Size); p.err != nil {
			return p.err
		}
	}
	var err error
	if f.file != nil {
		err = f.file.Close()
	}
	f.file, f.pos, f.size, f.top = p.file, 0, p.size, p.number
	f.buf = append(f.buf, head{kind: f.o.Kind, number: p.number, size: uint64(p.size), first: last.Seq + 1, mark: last.Mark, before: h}.encode()...)
	f.mu.Lock()
	f.list = append(f.list, Info{Number: p.number, First: last.Seq + 1, Last: last.Seq, Size: p.size})
	f.mu.Unlock()
	f.prepare(p.number + 1)
	return err
}

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
