package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// Options are what Open can be told; the zero value works.
type Options struct {
	// Log is where the store says what its owner should know. Default: slog.Default().
	Log *slog.Logger
}

// DB is a store on disk. It is safe for concurrent use.
type DB struct {
	core
	dir    string
	lock   *lock
	engine *engine
	funnel *funnel

	mu     sync.RWMutex // held for reading while the index is read
	closed bool
}

const indexDir = "index"

// Open opens the store in dir, or makes one there, in a folder that its owner alone can
// read. Errors: ErrLocked, with the pid, where it is open already; ErrLayout for one
// that this program doesn't know; else what the system or the index says. dir is the
// store's own: its mode is set. ctx is looked at before the work begins. Close it.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	index := filepath.Join(dir, indexDir)
	for _, d := range []string{dir, index} {
		if err := makePrivate(d); err != nil {
			return nil, fmt.Errorf("open the store: %w", err)
		}
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	e, seq, err := openEngine(index, o.Log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), l.release())
	}
	d := &DB{dir: dir, lock: l, engine: e}
	d.funnel = &funnel{sink: e, view: e.view, done: d.feed.advance, log: o.Log, seq: seq}
	d.feed.last = seq
	d.view, d.submit = d.viewIndex, d.funnel.submit
	startFunnel(d.funnel)
	return d, nil
}

// makePrivate makes the folder d for its owner alone, whatever the umask: files of the
// index are readable by all under a usual umask, so the folder is what keeps them.
func makePrivate(d string) error {
	if err := os.MkdirAll(d, 0o700); err != nil {
		return err
	}
	return os.Chmod(d, 0o700)
}

func (d *DB) viewIndex(ctx context.Context, f func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return ErrClosed
	}
	return d.engine.view(f)
}

// Size returns what the folder occupies on disk. Errors: ErrClosed, ctx's, the system's.
func (d *DB) Size(ctx context.Context) (Size, error) {
	size := Size{Entries: d.feed.seq()}
	err := d.viewIndex(ctx, func(reader) error {
		n, err := occupied(d.dir)
		size.Bytes = n
		return err
	})
	return size, err
}

// Close waits until what was queued is written, refuses all that comes later with
// ErrClosed, ends every Wait, and gives the folder free. A second Close does nothing.
func (d *DB) Close() error {
	d.funnel.close()
	d.feed.close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return errors.Join(d.engine.close(), d.lock.release())
}
