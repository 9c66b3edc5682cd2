package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/bywaynet/byway/store/internal/disk"
	"github.com/bywaynet/byway/store/internal/segment"
)

// Options are what Open can be told; the zero value works.
type Options struct {
	// Log is where the store says what its owner should know. Default: slog.Default().
	Log *slog.Logger
	// Key seals all that the store writes but the names and sizes of its files. The zero
	// key is known to everybody.
	Key [32]byte
	// Spool are the tables whose rows are deleted one day, such as an outbox: they don't
	// stay in the log for ever. Cache are those whose rows may be gone after the index was
	// made again. All others are in the log. Both stay the same over a store's life.
	Spool, Cache []Table
	// FS is what the store's own files are written through, for tests. Default: the machine's.
	FS disk.FS
	// unchecked leaves out the checks of the trails: the control of tests on damage.
	unchecked bool
	// segment is the size of a trail's file, for tests; 0 for the usual one.
	segment int64
}

// DB is a store on disk. It is safe for concurrent use.
type DB struct {
	core
	dir     string
	options Options
	lock    *lock
	room    *room
	classes classes

	log     *segment.Files
	spool   *spool
	overlay *overlay // nil where rows are held in memory
	indexer *indexer
	funnel  *funnel
	rows    treeRows // where there is no index on disk

	mu       sync.RWMutex // held for reading while the index is read
	closed   bool
	readOnly atomic.Pointer[error] // why nothing is written
	found    []Row                 // what Open found and couldn't keep
}

const (
	indexDir = "index"
	logDir   = "log"
	spoolDir = "spool"
)

// Open opens the store in dir, or makes one there, in a folder that its owner alone can
// read. It reads and checks all of the log and the spool, and has the index follow; see
// Findings for what wasn't as it was written. Where the disk has no room for the index
// it opens read-only. Errors: ErrLocked, with the pid, where it is open already; ErrLayout
// for one that this program doesn't know; ErrKey for another key than it was made with;
// else what the system says. dir is the store's own: its mode is set. Close it.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.Log, o.FS = logOf(o), orOS(o.FS)
	if _, ok := o.FS.(disk.Unchecked); ok {
		o.unchecked = true
	}
	if err := disk.MakeDir(o.FS, dir); err != nil && !readable(dir, err) {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	d := &DB{dir: dir, options: o, lock: l, classes: newClasses(o), room: &room{fs: o.FS, dir: dir}, spool: newSpool()}
	d.view, d.submit = d.viewRows, d.write
	if err := d.open(ctx); err != nil {
		if d.funnel != nil {
			d.funnel.close()
		}
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), d.closeFiles(), l.release())
	}
	return d, nil
}

func logOf(o Options) *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}

// makePrivate makes the folder d for its owner alone, whatever the umask.
func makePrivate(d string) error {
	if err := os.MkdirAll(d, 0o700); err != nil {
		return err
	}
	return os.Chmod(d, 0o700)
}

// readable reports whether dir is there, and err says only that nothing can be changed in it.
func readable(dir string, err error) bool {
	_, missing := os.Stat(dir)
	return missing == nil && (errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC))
}

func (d *DB) viewRows(ctx context.Context, f func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return ErrClosed
	}
	if d.overlay == nil {
		return f(d.rows)
	}
	return d.overlay.view(f)
}

// write seals r in its caller's goroutine and hands it to the writer.
func (d *DB) write(ctx context.Context, r *request, queued func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.funnel == nil {
		d.mu.RLock()
		defer d.mu.RUnlock()
		if d.closed {
			return ErrClosed
		}
		return *d.readOnly.Load()
	}
	d.classes.seal(r, d.log.Sealer())
	return d.funnel.submit(ctx, r, queued)
}

// Size returns what the folder occupies on disk. Errors: ErrClosed, ctx's, the system's.
func (d *DB) Size(ctx context.Context) (Size, error) {
	size := Size{Entries: d.feed.seq()}
	err := d.viewRows(ctx, func(reader) error {
		n, err := occupied(d.dir)
		size.Bytes = n
		return err
	})
	return size, err
}

// Close waits until what was queued is written, refuses all that comes later with
// ErrClosed, ends every Wait, and gives the folder free. A second Close does nothing.
func (d *DB) Close() error {
	if d.funnel != nil {
		d.funnel.close()
	}
	d.feed.close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return errors.Join(d.closeFiles(), d.lock.release())
}

func (d *DB) closeFiles() error {
	var errs []error
	if d.indexer != nil {
		errs = append(errs, d.indexer.close())
	}
	for _, f := range []*segment.Files{d.log, d.spool.files} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
