package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bywaynet/byway/store/internal/disk"
	"github.com/bywaynet/byway/store/internal/segment"
)

// Progress is told, now and then, how many bytes of how many are done.
type Progress func(done, total int64)

// Checked is what a check of every byte came to.
type Checked struct {
	// Files and Bytes were read; Entries, of log and spool, are whole.
	Files   int
	Bytes   int64
	Entries uint64
	// Faults say in a sentence each what isn't as it was written.
	Faults []string
	// Index is why the index can't be used as it is; nil where it can. The log makes it again.
	Index error

	last map[Trail]uint64 // the last whole entry of each
}

// OK reports whether all is as it was written.
func (c Checked) OK() bool { return len(c.Faults) == 0 && c.Index == nil }

// Check reads every byte of a store that nobody has open: the log and the spool with their
// checksums, chains and seals, and every table of the index. It changes nothing but what
// Badger does when it opens. Errors: ErrLocked, ErrKey, ctx's, the system's; what is
// damaged is no error but in the result.
func Check(ctx context.Context, dir string, o Options, p Progress) (c Checked, err error) {
	l, err := takeLock(dir)
	if err != nil {
		return c, fmt.Errorf("check the store: %w", err)
	}
	defer func() { err = errors.Join(err, l.release()) }()
	if c, err = checkFiles(ctx, dir, o, p, 0); err != nil {
		return c, err
	}
	return c, c.checkIndex(dir, o)
}

func (c *Checked) checkIndex(dir string, o Options) error {
	r := &room{fs: orOS(o.FS), dir: dir}
	if r.dire() {
		c.Index = r.look()
		return nil
	}
	e, err := openEngine(filepath.Join(dir, indexDir), o.Key, logOf(o))
	if errors.Is(err, ErrLayout) {
		return err
	}
	if err != nil {
		c.Index = fmt.Errorf("%w; try: byway store rebuild", err)
		return nil
	}
	knew := map[Trail]uint64{LogTrail: max(e.at.log.seq, e.ahead.log.seq), SpoolTrail: max(e.at.spool.seq, e.ahead.spool.seq)}
	for _, t := range []Trail{LogTrail, SpoolTrail} {
		if knew[t] > c.last[t] {
			c.Faults = append(c.Faults, fmt.Sprintf("%s: it ends at entry %d, and the index knew entry %d: a file is gone, or was put back to an older one", t.folder(), c.last[t], knew[t]))
		}
	}
	return e.close()
}

// Check reads every byte as the function Check does, while the store is used: the log up to
// where it is now, and the index as far as its tables are on disk.
func (d *DB) Check(ctx context.Context, p Progress) (c Checked, err error) {
	head, _ := d.log.Head()
	if c, err = checkFiles(ctx, d.dir, d.options, p, head.Seq); err != nil {
		return c, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	switch {
	case d.closed:
		return c, ErrClosed
	case d.indexer == nil:
		c.Index = *d.readOnly.Load()
	default:
		if err := d.indexer.engine.db.VerifyChecksum(); err != nil {
			c.Index = damaged(err)
		}
	}
	return c, nil
}

// checkFiles reads every file, then the trails for what they say; of the log as far as
// through, or all of it where that is 0.
func checkFiles(ctx context.Context, dir string, o Options, p Progress, through uint64) (c Checked, err error) {
	c.last = map[Trail]uint64{}
	files, err := filesOf(dir)
	if err != nil {
		return c, err
	}
	var total int64
	for _, n := range files {
		total += n
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		n, err := readAll(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) { // the index tidies up meanwhile
			continue
		}
		if err != nil {
			c.Faults = append(c.Faults, fmt.Sprintf("%s can't be read: %v", name, err))
		}
		c.Files++
		c.Bytes += n
		if p != nil {
			p(c.Bytes, total)
		}
	}
	if err := c.checkTrail(ctx, dir, o, LogTrail, through); err != nil {
		return c, err
	}
	return c, c.checkTrail(ctx, dir, o, SpoolTrail, 0)
}

// checkTrail reads a trail with its checksums, chain and seals.
func (c *Checked) checkTrail(ctx context.Context, dir string, o Options, t Trail, through uint64) error {
	so := t.options(dir, o.Key)
	so.FS = o.FS
	breaks, err := segment.Scan(ctx, so, 0, through, func(e segment.Entry) error {
		c.Entries++
		c.last[t] = e.Seq
		return nil
	})
	if errors.Is(err, os.ErrNotExist) {
		c.Faults = append(c.Faults, "the "+t.folder()+" is gone")
		return nil
	}
	for _, b := range breaks {
		c.Faults = append(c.Faults, t.folder()+": "+b.String())
	}
	return err
}

// readAll reads a file to its end: the disk may have lost some of it.
func readAll(path string) (n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(io.Discard, f)
	return n, errors.Join(err, f.Close())
}

// Rebuild makes the index of a store that nobody has open again from its log and spool,
// once what they lost and the old index still has is in them again. Rows of Options.Cache
// are gone after it. Errors: as Open, ErrNotFound where there is no log, ErrReadOnly where nothing
// can be written; the old index is still there then.
func Rebuild(ctx context.Context, dir string, o Options) error {
	if err := rebuild(ctx, dir, o); err != nil {
		return fmt.Errorf("rebuild the index: %w", err)
	}
	return nil
}

func rebuild(ctx context.Context, dir string, o Options) error {
	if names, err := orOS(o.FS).Names(filepath.Join(dir, logDir)); err != nil || len(names) == 0 {
		return fmt.Errorf("%w: there is no log in %s to make it from", ErrNotFound, dir)
	}
	if err := openOnce(ctx, dir, o); err != nil {
		return err
	}
	l, err := takeLock(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, indexDir)), l.release()); err != nil {
		return err
	}
	return openOnce(ctx, dir, o)
}

// openOnce has the trails and the index follow each other.
func openOnce(ctx context.Context, dir string, o Options) error {
	d, err := Open(ctx, dir, o)
	if err != nil {
		return err
	}
	why := d.readOnly.Load()
	if err := d.Close(); err != nil || why == nil {
		return err
	}
	return *why
}

func orOS(fs disk.FS) disk.FS {
	if fs == nil {
		return disk.OS{}
	}
	return fs
}
