package store

import (
	"bytes"
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
	// Faults are what isn't as it was written: what starts met before, as each was left, oldest
	// first by where it is, then what none met yet.
	Faults []Finding
	// Index is why the index can't be used as it is; nil where it can. The log makes it again.
	Index error

	// Rows counts, of the tables that were asked for, the rows that the log says there are.
	Rows map[Table]int

	last  map[Trail]uint64 // the last whole entry of each
	flaws []flaw
	live  liveRows // of the tables that were asked for
}

// OK reports whether nothing is left to do.
func (c Checked) OK() bool {
	return c.Index == nil && !slices.ContainsFunc(c.Faults, func(f Finding) bool { return !f.Mended() })
}

// Check reads every byte of a store that nobody has open: the log and the spool with their
// checksums, chains and seals, and every table of the index. It changes nothing but what
// Badger does when it opens. It counts the rows of the tables named, which must be the log's. Errors: ErrLocked,
// ErrKey, ctx's, the system's; what is damaged is no error but in the result.
func Check(ctx context.Context, dir string, o Options, p Progress, tables ...Table) (c Checked, err error) {
	l, err := takeLock(dir)
	if err != nil {
		return c, fmt.Errorf("check the store: %w", err)
	}
	defer func() { err = errors.Join(err, l.release()) }()
	c.Rows = map[Table]int{}
	for _, t := range tables {
		c.Rows[t] = 0
	}
	if err := c.checkFiles(ctx, dir, o, p, 0); err != nil {
		return c, err
	}
	return c, c.checkIndex(dir, o)
}

// Check reads every byte as the function Check does, while the store is used: the log up to
// where it is now, and the index as far as its tables are on disk.
func (d *DB) Check(ctx context.Context, p Progress) (c Checked, err error) {
	head, _ := d.log.Head()
	if err = c.checkFiles(ctx, d.dir, d.options, p, head.Seq); err != nil {
		return c, err
	}
	known, err := d.known(ctx)
	if err != nil {
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
	c.merge(known)
	return c, nil
}

// checkFiles reads every file, then the trails for what they say; of the log as far as
// through, or all of it where that is 0.
func (c *Checked) checkFiles(ctx context.Context, dir string, o Options, p Progress, through uint64) error {
	c.last, c.live = map[Trail]uint64{}, liveRows{}
	files, err := filesOf(dir)
	if err != nil {
		return err
	}
	var total int64
	for _, n := range files {
		total += n
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := readAll(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) { // the index tidies up meanwhile
			continue
		}
		if err != nil {
			c.Faults = append(c.Faults, Finding{Kind: FoundUnreadable, File: name, Why: err.Error()})
		}
		c.Files++
		c.Bytes += n
		if p != nil {
			p(c.Bytes, total)
		}
	}
	if err := c.checkTrail(ctx, dir, o, LogTrail, through); err != nil {
		return err
	}
	return c.checkTrail(ctx, dir, o, SpoolTrail, 0)
}

// checkTrail reads a trail with its checksums, chain and seals.
func (c *Checked) checkTrail(ctx context.Context, dir string, o Options, t Trail, through uint64) error {
	so := t.options(dir, o.Key)
	so.FS = o.FS
	breaks, err := segment.Scan(ctx, so, 0, through, func(e segment.Entry) error {
		c.Entries++
		c.last[t] = e.Seq
		if t == LogTrail && len(c.Rows) > 0 {
			return c.count(e.Body)
		}
		return nil
	})
	if errors.Is(err, os.ErrNotExist) {
		c.Faults = append(c.Faults, Finding{Kind: FoundGone, Trail: t})
		return nil
	}
	for _, b := range breaks {
		c.flaws = append(c.flaws, flawOf(t, b))
	}
	return err
}

// count goes on with the rows of the tables that were asked for by what an entry of the log did.
func (c *Checked) count(body []byte) error {
	r, _, err := decodeBody(body)
	if err != nil {
		return nil //nolint:nilerr // a start says so; what can be counted is
	}
	for _, row := range r.rows {
		for t := range c.Rows {
			if bytes.HasPrefix(row.key, rowPrefix(t)) {
				before := len(c.live)
				c.live.take(row)
				c.Rows[t] += len(c.live) - before
			}
		}
	}
	return nil
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

func orOS(fs disk.FS) disk.FS {
	if fs == nil {
		return disk.OS{}
	}
	return fs
}
