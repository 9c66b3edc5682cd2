package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tidwall/btree"

	"github.com/bywaynet/byway/store/internal/segment"
)

// errHistory: the index is of another log than the one that is there.
var errHistory = errors.New("index of another log")

// read goes over the log, then the spool.
func (o *opening) read(ctx context.Context) (err error) {
	d := o.db
	o.last, o.marks = 0, map[uint64]uint64{}
	o.known = known{written: &written{whole: o.fresh || o.ahead == ahead{}}}
	if d.log, o.logged, err = o.trail(ctx, logDir, segment.Log, o.entry); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if err := o.flush(); err != nil {
		return err
	}
	head, _ := d.log.Head()
	o.known.written.whole = o.known.written.whole && head.Seq >= o.at.log.seq
	var all []spooled
	if d.spool.files, o.spooled, err = o.trail(ctx, spoolDir, segment.Spool, gather(&all)); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := o.letters(all); err != nil {
		return err
	}
	d.feed.last = max(d.feed.last, head.Mark)
	return nil
}

func (o *opening) trailOptions(dir string, kind segment.Kind) segment.Options {
	return segment.Options{
		FS: o.db.options.FS, Dir: filepath.Join(o.db.dir, dir), Kind: kind, Key: o.db.options.Key,
		Size: o.db.options.segment, ReadOnly: o.engine == nil && !o.bare, Unchecked: o.db.options.unchecked,
	}
}

func (o *opening) trail(ctx context.Context, dir string, kind segment.Kind, each func(segment.Entry) error) (*segment.Files, []segment.Break, error) {
	return segment.Open(ctx, o.trailOptions(dir, kind), each)
}

// entry replays one entry of the log, where the index hasn't got it.
func (o *opening) entry(e segment.Entry) error {
	lost, indexed := e.Seq != o.last+1, e.Seq <= o.at.log.seq // those in between are lost
	o.last = e.Seq
	if e.Seq == o.at.log.seq && e.Hash != o.at.log.hash {
		return errHistory
	}
	if lost && !o.fresh {
		o.known.written.whole = false
	}
	if indexed {
		eachSubject(e.Body, o.known.written.add)
	}
	if indexed && !lost {
		return nil
	}
	r, event, err := decodeBody(e.Body)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	if lost {
		if o.marks[e.Seq] = e.Mark; event == 0 || event == e.Mark {
			o.marks[e.Seq] -= r.entries()
		}
	}
	if indexed {
		return nil
	}
	return o.replay(e, r, event)
}

// replay decides what an entry of the log holds, once more.
func (o *opening) replay(e segment.Entry, r *request, event uint64) error {
	cost := r.cost()
	if o.weight+cost > layerBytes { // one that is large goes alone
		if err := o.flush(); err != nil {
			return err
		}
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
	return o.add(cost)
}

// again adds an entry that damage took from the log, where it isn't there.
func (b *batch) again(r *request, event uint64) error {
	for _, e := range b.entries {
		if e.seq == event {
			return nil
		}
	}
	v, err := b.all.get(feedKey(event))
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

// cost is the weight of a request that was read from the log.
func (r *request) cost() (n int) {
	for _, a := range r.appends {
		for _, e := range a.entries {
			n += weigh(e.entry)
		}
	}
	return n + costOf(r.rows)
}

func costOf(rows []kv) (n int) {
	for _, row := range rows {
		n += row.weigh()
	}
	return n
}

// letters replays the spool, where the index hasn't got it. What came with a log entry
// counts where that came to be, which the index knows of those that the log lost.
func (o *opening) letters(all []spooled) error {
	d := o.db
	logged, _ := d.log.Head()
	counts, void := d.spool.settle(all, max(logged.Seq, o.at.log.seq, o.ahead.log.seq))
	o.straySpool(all)
	if err := o.sweep(); err != nil {
		return err
	}
	from := o.at.spool.seq
	for _, e := range counts {
		if e.seq <= from {
			continue
		}
		b, err := o.begun()
		if err != nil {
			return err
		}
		for _, row := range e.rows {
			b.put(row.key, row.value)
		}
		o.at.spool = position{e.seq, e.hash}
		if err := o.add(costOf(e.rows)); err != nil {
			return err
		}
	}
	if o.engine != nil && len(void) > 0 {
		if err := d.spool.append(void); err != nil {
			return err
		}
	}
	return o.settle()
}

// settle has the index stand where the trails do. What it has beyond them it notes, so
// that a start that is cut off here is gone on with by the next.
func (o *opening) settle() error {
	if o.engine == nil {
		return o.flush()
	}
	o.at.spool = o.db.spool.head()
	if err := o.strayLog(); err != nil {
		return err
	}
	if o.ahead == o.engine.ahead {
		return o.flush()
	}
	b, err := o.begun()
	if err != nil {
		return err
	}
	b.put(aheadKey(), o.ahead.encode())
	if err := o.flush(); err != nil {
		return err
	}
	return o.engine.db.Sync()
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
		o.batch = newBatch(&o.known, under, under, 0)
	}
	return o.batch, nil
}

// add counts what the batch was given, and flushes one that is full.
func (o *opening) add(weight int) error {
	if o.weight += weight; o.weight > layerBytes {
		return o.flush()
	}
	return nil
}

// flush brings what was replayed into the index, or into memory.
func (o *opening) flush() error {
	b, weight := o.batch, o.weight
	o.batch, o.weight = nil, 0
	if o.engine == nil {
		defer o.indexed()
		if b != nil {
			b.each(func(k, v []byte) { o.db.rows.set(string(k), v) })
		}
		return nil
	}
	l := newLayer()
	if b != nil {
		b.all.(snapshot).txn.Discard() //nolint:errcheck // begun makes no other
		b.bytes = weight
		l.add(b.change)
	}
	if (b == nil || b.empty()) && o.at == o.engine.at {
		return nil
	}
	if o.fresh {
		o.ahead.remade = true
		l.add(rowsChange(map[string][]byte{string(aheadKey()): o.ahead.encode()}))
	}
	l.log, l.spool = o.at.log, o.at.spool
	if err := o.db.room.roomFor(o.engine.size()); err != nil {
		return err
	}
	if err := o.engine.apply(l); err != nil {
		return err
	}
	o.indexed()
	return nil
}

// indexed lets go of what was replayed long ago: the index has all of it.
func (o *opening) indexed() { o.known.turn(o.at.log.seq, o.at.log.seq) }
