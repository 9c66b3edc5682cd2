package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/store/internal/segment"
)

// ErrKey says that the store was made with another key.
var ErrKey = segment.ErrKey

// opening is one pass over the trails of a store, which the index follows.
type opening struct {
	db     *DB
	engine *engine // nil: rows are held in memory
	why    error   // of that
	bare   bool    // there is no file of the log
	fresh  bool    // the index began empty at this start, and has nothing that the log hasn't

	at     indexed // how far rows got
	ahead  ahead   // what the index has and the trails haven't
	batch  *batch  // what isn't in the index yet
	weight int
	known  known // what was replayed last, and the subjects of all of it

	last  uint64            // the last entry of the log that was read
	marks map[uint64]uint64 // of entries that come after a loss, the last event before each

	logged, spooled []segment.Break
}

// open reads the trails, has the index follow, and starts the writer.
func (d *DB) open(ctx context.Context) error {
	if err := d.room.stow(); err != nil {
		d.options.Log.Warn("no ballast: a full disk will be harder to clean up", "err", err)
	}
	o := &opening{db: d}
	if err := o.openIndex(ctx); err != nil {
		return err
	}
	err := o.read(ctx)
	if errors.Is(err, errHistory) {
		if err := o.remake(ctx, err); err != nil {
			return err
		}
		err = o.read(ctx)
	}
	if o.engine != nil && errors.Is(err, ErrFull) {
		if err := o.doWithout(err); err != nil {
			return err
		}
		err = o.read(ctx)
	}
	if err != nil {
		if o.engine != nil {
			err = errors.Join(err, o.engine.close())
		}
		return err
	}
	return d.begin(ctx, o)
}

// openIndex opens the index, makes it again where it is damaged or of another layout, and
// does without where it can't be.
func (o *opening) openIndex(ctx context.Context) (err error) {
	d := o.db
	names, err := d.options.FS.Names(d.path(logDir))
	o.bare = errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0
	size, err := occupied(o.path())
	if err != nil {
		return err
	}
	d.room.dire() // gives up the ballast
	if o.why = d.room.roomFor(size); o.why != nil {
		return nil //nolint:nilerr // it opens without an index
	}
	if why := makePrivate(o.path()); why != nil {
		o.why = why
		return nil //nolint:nilerr // it opens without an index
	}
	if err := o.makeLog(ctx); err != nil {
		return err
	}
	if o.engine, err = openEngine(o.path(), d.options.Key, d.options.Log); err != nil {
		return o.remake(ctx, err)
	}
	o.at, o.ahead = o.engine.at, o.engine.ahead
	o.fresh = o.at == indexed{}
	return nil
}

// doWithout leaves the index as it is, for the reason given.
func (o *opening) doWithout(why error) error {
	d := o.db
	err := errors.Join(d.closeFiles(), o.engine.close())
	d.log, d.spool = nil, newSpool()
	o.engine, o.why, o.at, o.ahead, o.batch, o.weight = nil, why, indexed{}, ahead{}, nil, 0
	return err
}

// makeLog makes the log of a new store before the index is begun, so that an index without
// a log always means that the log is gone.
func (o *opening) makeLog(ctx context.Context) error {
	es, err := os.ReadDir(o.path())
	if err != nil || len(es) > 0 || !o.bare {
		return err
	}
	log, _, err := segment.Open(ctx, o.trailOptions(logDir, segment.Log), func(segment.Entry) error { return nil })
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	o.bare = false
	return log.Close()
}

func (o *opening) path() string { return o.db.path(indexDir) }

// remake begins an empty index, for the reason given, where there is a log to fill it from.
func (o *opening) remake(ctx context.Context, why error) (err error) {
	d := o.db
	if o.bare {
		if !errors.Is(why, ErrLayout) {
			why = fmt.Errorf("%w: %w; there is no log to make the index from; try: byway restore", ErrCorrupt, why)
		}
		return why
	}
	// An index is as unreadable under another key as a damaged one.
	_, err = segment.Scan(ctx, o.trailOptions(logDir, segment.Log), 0, 1, func(segment.Entry) error { return nil })
	if errors.Is(err, ErrKey) {
		return fmt.Errorf("log: %w", err)
	}
	d.options.Log.Warn("the index is made again from the log", "why", why)
	if err = nil; o.engine != nil {
		err = o.engine.close()
	}
	o.fresh, o.at, o.ahead = true, indexed{}, ahead{}
	err = errors.Join(err, os.RemoveAll(o.path()), makePrivate(o.path()))
	if err == nil {
		o.engine, err = openEngine(o.path(), d.options.Key, d.options.Log)
	}
	if err != nil {
		o.engine, o.why = nil, fmt.Errorf("the index can't be made: %w", err)
	}
	return nil
}

// begin starts what runs as long as the store is open, and says what was found.
func (d *DB) begin(ctx context.Context, o *opening) error {
	if o.engine == nil {
		err := fmt.Errorf("%w until the next start: as it was opened, %w", ErrReadOnly, opened(o.why))
		d.readOnly.Store(&err)
		d.options.Log.Error("the store is read-only, its index is in memory", "why", o.why)
		return d.remember(o.flaws())
	}
	d.overlay = newOverlay(o.engine.db)
	d.overlay.at = o.engine.at.log.seq
	if err := o.doubt(ctx); err != nil {
		return err
	}
	j := &journal{log: d.log, spool: d.spool, overlay: d.overlay}
	d.funnel = &funnel{
		known: known{written: o.known.written}, sink: j, view: d.overlay.decide,
		ready: d.ready, done: d.feed.advance, log: d.options.Log, seq: d.feed.last,
		trails:  func() (log, indexed uint64) { return headOf(d.log).seq, d.overlay.indexedTo() },
		failing: func(err error) { d.readOnly.Store(&err) },
	}
	d.indexer = startIndexer(o.engine, d.overlay, d.room, d.path(indexDir), d.options.Log, func() bool { return d.funnel.waiting.Load() > 0 })
	startFunnel(d.funnel)
	return d.tell(ctx, o)
}

// doubt has the writer look into the index for each subject where that once knew more than the log has.
func (o *opening) doubt(ctx context.Context) error {
	fs, err := o.db.Findings(ctx)
	for _, f := range fs {
		if f.Kind == FoundAhead { // maybe of another history, of which the log never had all
			o.known.written.whole = false
		}
	}
	return err
}

func (d *DB) path(name string) string { return filepath.Join(d.dir, name) }

// ready reports whether anything may be written now.
func (d *DB) ready() error {
	if why := d.readOnly.Load(); why != nil {
		return *why
	}
	if err := d.room.look(); err != nil {
		return err
	}
	if !d.overlay.room() {
		if err := d.room.roomFor(d.indexer.engine.size()); err != nil {
			return err
		}
		return fmt.Errorf("%w: the index waits for room", ErrFull)
	}
	return nil
}
