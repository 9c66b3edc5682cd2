package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tidwall/btree"

	"github.com/bywaynet/byway/store/internal/segment"
)

// ErrKey: the store was made with another key.
var ErrKey = segment.ErrKey

// errHistory: the index is of another log than the one that is there.
var errHistory = errors.New("index of another log")

// opening is one pass over the trails of a store, which the index follows.
type opening struct {
	db     *DB
	engine *engine // nil: rows are held in memory
	why    error   // of that
	remade bool    // the index was made again, and has nothing that the log hasn't

	at     indexed // how far rows got
	batch  *batch  // what isn't in the index yet
	weight int

	logged, spooled []segment.Break
}

// open reads the trails, has the index follow, and starts the writer.
func (d *DB) open(ctx context.Context) error {
	if err := d.room.stow(); err != nil {
		d.options.Log.Warn("no ballast: a full disk will be harder to clean up", "err", err)
	}
	o := &opening{db: d}
	if err := o.openIndex(); err != nil {
		return err
	}
	err := o.read(ctx)
	if errors.Is(err, errHistory) {
		if err := o.remake(err); err != nil {
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

// openIndex opens the index, makes it again where it is damaged, and does without where it can't be.
func (o *opening) openIndex() (err error) {
	if o.db.room.dire() {
		o.why = o.db.room.look()
		return nil
	}
	o.engine, err = openEngine(o.path(), o.db.options.Key, o.db.options.Log)
	switch {
	case errors.Is(err, ErrLayout):
		return err
	case err != nil:
		return o.remake(err)
	}
	o.at = o.engine.at
	return nil
}

func (o *opening) path() string { return filepath.Join(o.db.dir, indexDir) }

// remake begins an empty index, for the reason given.
func (o *opening) remake(why error) (err error) {
	o.db.options.Log.Warn("the index is made again from the log", "why", why)
	if o.engine != nil {
		err = o.engine.close()
	}
	o.remade, o.at = true, indexed{}
	err = errors.Join(err, os.RemoveAll(o.path()), makePrivate(o.path()))
	if err == nil {
		o.engine, err = openEngine(o.path(), o.db.options.Key, o.db.options.Log)
	}
	if err != nil {
		o.engine, o.why = nil, fmt.Errorf("the index can't be made: %w", err)
	}
	return nil
}

// read goes over the log, then the spool.
func (o *opening) read(ctx context.Context) (err error) {
	d := o.db
	if d.log, o.logged, err = o.trail(ctx, logDir, segment.Log, o.entry); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	var all []spooled
	if d.spool.files, o.spooled, err = o.trail(ctx, spoolDir, segment.Spool, gather(&all)); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	head, _ := d.log.Head()
	counts, void := d.spool.settle(all, head.Seq)
	b, err := o.begun()
	if err != nil {
		return err
	}
	for _, e := range counts {
		if e.seq <= o.at.spool.seq {
			continue
		}
		for _, row := range e.rows {
			b.put(row.key, row.value)
		}
	}
	if err := o.flush(); err != nil {
		return err
	}
	if len(void) > 0 && o.engine != nil {
		if err := d.spool.append(void); err != nil {
			return err
		}
	}
	d.feed.last = max(d.feed.last, head.Mark)
	return nil
}

func (o *opening) trail(ctx context.Context, dir string, kind segment.Kind, each func(segment.Entry) error) (*segment.Files, []segment.Break, error) {
	return segment.Open(ctx, segment.Options{
		FS: o.db.options.FS, Dir: filepath.Join(o.db.dir, dir), Kind: kind, Key: o.db.options.Key,
		ReadOnly: o.engine == nil, Unchecked: o.db.options.unchecked,
	}, each)
}

// entry replays one entry of the log, where the index hasn't got it.
func (o *opening) entry(e segment.Entry) error {
	if e.Seq <= o.at.log.seq {
		if e.Seq == o.at.log.seq && e.Hash != o.at.log.hash {
			return errHistory
		}
		return nil
	}
	r, event, err := decodeBody(e.Body)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	b, err := o.begun()
	if err != nil {
		return err
	}
	if event > 0 {
		err = b.again(r, event)
	} else {
		b.seq = e.Mark - r.entries()
		err = b.decide(r)
	}
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	b.seq, o.at.log = e.Mark, position{e.Seq, e.Hash}
	if o.weight += len(e.Body) + rowCost*rowsPerEntry; o.weight > layerBytes {
		return o.flush()
	}
	return nil
}

// again adds an entry that damage took from the log, where it isn't there.
func (b *batch) again(r *request, event uint64) error {
	v, err := b.get(feedKey(event))
	if err != nil || v != nil {
		return err
	}
	b.seq = event - 1
	return b.decide(r)
}

func (r *request) entries() (n uint64) {
	for _, a := range r.appends {
		n += uint64(len(a.entries))
	}
	return n
}

// begun returns the batch that replays go into.
func (o *opening) begun() (*batch, error) {
	if o.batch == nil {
		var under reader = o.db.rows
		if o.engine != nil {
			under = snapshot{o.engine.db.NewTransaction(false)}
		} else if o.db.rows.m == nil {
			o.db.rows = treeRows{new(btree.Map[string, []byte])}
			under = o.db.rows
		}
		o.batch = newBatch(under, 0)
	}
	return o.batch, nil
}

// flush brings what was replayed into the index, or into memory.
func (o *opening) flush() error {
	if o.batch == nil {
		return nil
	}
	b := o.batch
	o.batch, o.weight = nil, 0
	if o.engine == nil {
		for k, v := range b.rows {
			o.db.rows.set(k, v)
		}
		return nil
	}
	b.under.(snapshot).txn.Discard()
	if o.db.spool.files != nil {
		o.at.spool = o.db.spool.head()
	}
	if len(b.rows) == 0 && o.at == o.engine.at {
		return nil
	}
	l := newLayer()
	l.put(b.rows)
	l.log, l.spool = o.at.log, o.at.spool
	return o.engine.apply(l)
}

// begin starts what runs as long as the store is open, and says what was found.
func (d *DB) begin(ctx context.Context, o *opening) error {
	if o.engine == nil {
		err := fmt.Errorf("%w: %w", ErrReadOnly, o.why)
		d.readOnly.Store(&err)
		d.options.Log.Error("the store is read-only, its index is in memory", "why", o.why)
		d.found = o.findings()
		return nil
	}
	d.overlay = newOverlay(o.engine.db)
	d.overlay.at = o.engine.at.log.seq
	d.indexer = startIndexer(o.engine, d.overlay, d.room, d.path(indexDir), d.options.Log)
	j := &journal{log: d.log, spool: d.spool, overlay: d.overlay}
	d.funnel = &funnel{
		sink: j, view: d.overlay.decide,
		ready: d.ready, done: d.feed.advance, log: d.options.Log, seq: d.feed.last,
		failing: func(err error) { d.readOnly.Store(&err) },
	}
	startFunnel(d.funnel)
	return d.tell(ctx, o)
}

func (d *DB) path(name string) string { return filepath.Join(d.dir, name) }

// ready reports whether anything may be written now.
func (d *DB) ready() error {
	if err := d.room.look(); err != nil {
		return err
	}
	if !d.overlay.room() {
		return fmt.Errorf("%w: the index waits for room", ErrFull)
	}
	return nil
}

// treeRows are rows in memory.
type treeRows struct{ m *btree.Map[string, []byte] }

func (t treeRows) set(k string, v []byte) {
	if v == nil {
		t.m.Delete(k)
		return
	}
	t.m.Set(k, v)
}

func (t treeRows) get(key []byte) ([]byte, error) {
	if t.m == nil {
		return nil, nil
	}
	v, _ := t.m.Get(string(key))
	return v, nil
}

func (t treeRows) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) (err error) {
	if t.m == nil {
		return nil
	}
	t.m.Ascend(string(maxBytes(prefix, from)), func(k string, v []byte) bool {
		if len(k) < len(prefix) || k[:len(prefix)] != string(prefix) {
			return false
		}
		var more bool
		more, err = each([]byte(k), v)
		return more && err == nil
	})
	return err
}
