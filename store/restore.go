package store

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/bywaynet/byway/store/internal/segment"
)

// restore writes into the trails again what damage took from them and the index still has,
// and says so in f. Nobody writes meanwhile but Open.
func (d *DB) restore(ctx context.Context, o *opening, l flaw, f *Finding) error {
	switch {
	case o.fresh && l.knew == position{}: // the index has nothing but what the trails have
		f.Remade = true
		return nil
	case l.kind == FoundLetters:
		err := d.spoolAgain(ctx)
		f.Restored = err == nil
		return err
	case f.First == 0:
		return nil
	}
	after, through := l.After.Mark, l.Before.Mark
	n, err := d.logAgain(ctx, after, through)
	if err != nil {
		return err
	}
	f.Had, f.Restored, f.Remade = n, n == through-after, n == 0 && o.ahead.remade
	if err := d.logTables(ctx); err != nil {
		return err
	}
	return d.passLog(l.knew.seq)
}

// lastEvent is the number of the last event that the index has, where that is beyond the given one.
func lastEvent(r reader, after uint64) (last uint64, err error) {
	last = after
	err = r.scan([]byte{kindFeed}, feedKey(after+1), func(k, _ []byte) (bool, error) {
		last = seqOf(k)
		return true, nil
	})
	return last, err
}

// logAgain appends copies of the events after one up to the other to the log alone.
func (d *DB) logAgain(ctx context.Context, after, through uint64) (n uint64, err error) {
	for at := after; at < through; {
		es, err := d.Feed(ctx, at, 256)
		if err != nil {
			return n, err
		}
		es = slices.DeleteFunc(es, func(e Event) bool { return e.Seq > through })
		if len(es) == 0 {
			break
		}
		head, _ := d.log.Head()
		entries := make([]segment.Pending, len(es))
		for i, e := range es {
			at = e.Seq
			r := &request{appends: []prepared{{subject: e.Entry.Subject, entries: []preparedEntry{{entry: e.Entry}}}}}
			body := binary.BigEndian.AppendUint64([]byte{bodyCopy}, e.Seq)
			entries[i] = segment.Pending{Sealed: d.log.Sealer().Seal(r.appendBody(body, nil)), Mark: max(head.Mark, e.Seq)}
		}
		if _, err := d.log.Append(entries...); err != nil {
			return n, err
		}
		n += uint64(len(entries))
	}
	d.feed.advance(through)
	d.funnel.seq = max(d.funnel.seq, through)
	d.publish(nil)
	return n, nil
}

// publish tells the index where the trails stand now.
func (d *DB) publish(rows map[string][]byte) {
	d.overlay.publish(rowsChange(rows), headOf(d.log), d.spool.head())
}

// logTables appends every row of every table that the log should have, and the end of each
// row that the log would bring back.
func (d *DB) logTables(ctx context.Context) error {
	stale, err := d.loggedRows(ctx)
	if err != nil {
		return err
	}
	err = d.eachRow(ctx, classLog, stale, func(rows []kv) error {
		head, _ := d.log.Head()
		body := (&request{}).appendBody([]byte{bodyWrite}, rows)
		_, err := d.log.Append(segment.Pending{Sealed: d.log.Sealer().Seal(body), Mark: head.Mark})
		return err
	})
	d.publish(nil)
	return err
}

// passLog has the log go on beyond the number given: letters came with the entries that had
// those numbers, and count as long as the log has them.
func (d *DB) passLog(number uint64) error {
	const share = 1 << 10 // entries that share a sync
	empty := (&request{}).appendBody([]byte{bodyWrite}, nil)
	for head, _ := d.log.Head(); head.Seq < number; head, _ = d.log.Head() {
		entries := make([]segment.Pending, min(number-head.Seq, share))
		for i := range entries {
			entries[i] = segment.Pending{Sealed: d.log.Sealer().Seal(empty), Mark: head.Mark}
		}
		if _, err := d.log.Append(entries...); err != nil {
			return err
		}
	}
	d.publish(nil)
	return nil
}

// liveRows are the keys of rows that are there after what the log did to them.
type liveRows map[string]bool

func (l liveRows) take(row kv) {
	if row.value == nil {
		delete(l, string(row.key))
		return
	}
	l[string(row.key)] = true
}

// loggedRows returns the keys of the rows that an index would have that was made from the log now.
func (d *DB) loggedRows(ctx context.Context) (liveRows, error) {
	keys := liveRows{}
	o := opening{db: d}
	_, err := segment.Scan(ctx, o.trailOptions(logDir, segment.Log), 0, 0, func(e segment.Entry) error {
		r, _, err := decodeBody(e.Body)
		if err != nil {
			return err
		}
		for _, row := range r.rows {
			keys.take(row)
		}
		return nil
	})
	return keys, err
}

// spoolAgain puts all rows that the spool should have into it again.
func (d *DB) spoolAgain(ctx context.Context) error {
	stale := map[string]bool{}
	for k := range d.spool.live {
		stale[k] = true
	}
	err := d.eachRow(ctx, classSpool, stale, func(rows []kv) error { return d.spool.append([]letters{{rows: rows}}) })
	d.publish(nil)
	return err
}

// eachRow hands on all rows of a class in shares that fit into an entry, then the end of
// those that are stale and not there. It may be called where nobody else writes.
func (d *DB) eachRow(ctx context.Context, c class, stale map[string]bool, share func([]kv) error) error {
	var rows []kv
	weight := 0
	add := func(row kv) error {
		n := row.weigh()
		full := rows
		if weight+n <= MaxBatch {
			rows, weight = append(rows, row), weight+n
			return nil
		}
		rows, weight = []kv{row}, n
		if len(full) == 0 {
			return nil
		}
		return share(full)
	}
	err := d.view(ctx, func(r reader) error {
		return r.scan([]byte{kindRow}, nil, func(k, v []byte) (bool, error) {
			if d.classes.of(k) != c {
				return true, nil
			}
			delete(stale, string(k))
			return true, add(kv{slices.Clone(k), append([]byte{}, v...)})
		})
	})
	for k := range stale {
		if err == nil {
			err = add(kv{key: []byte(k)})
		}
	}
	if err == nil && len(rows) > 0 {
		err = share(rows)
	}
	return err
}
