package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/store/internal/segment"
)

// restore writes into the log again what damage took from it and the index still has.
// Nobody writes meanwhile but Open.
func (d *DB) restore(ctx context.Context, o *opening, p place_, f *Finding) error {
	head, _ := o.db.log.Head()
	switch {
	case p.kind == FoundLetters || f.First == 0:
		return nil
	case o.remade:
		f.Text += "; the index had to be made again, so what those entries said is gone from here: counterparties are asked for it"
		return nil
	}
	after, through := p.After.Mark, p.Before.Mark
	if p.kind == FoundAhead {
		last, err := d.lastEvent(ctx)
		if err != nil {
			return err
		}
		after, through = head.Mark, last
		f.Events = [2]uint64{after + 1, through}
	}
	n, err := d.logAgain(ctx, after, through)
	if err != nil {
		return err
	}
	f.Restored = uint64(n) == through-after
	f.Text += fmt.Sprintf("; %d of the %d events in question were still in the index, and are in the log again", n, through-after)
	return d.logTables(ctx)
}

// lastEvent is the number of the last event that the index has.
func (d *DB) lastEvent(ctx context.Context) (last uint64, err error) {
	err = d.view(ctx, func(r reader) error {
		last = d.feed.last
		return r.scan([]byte{kindFeed}, feedKey(last+1), func(k, _ []byte) (bool, error) {
			last = seqOf(k)
			return true, nil
		})
	})
	return last, err
}

// logAgain appends copies of the events after one up to the other to the log alone.
func (d *DB) logAgain(ctx context.Context, after, through uint64) (n int, err error) {
	var entries []segment.Pending
	mark := max(d.feed.last, through)
	for after < through {
		es, err := d.Feed(ctx, after, 256)
		if err != nil {
			return n, err
		}
		es = slices.DeleteFunc(es, func(e Event) bool { return e.Seq > through })
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			r := &request{appends: []prepared{{subject: e.Entry.Subject, entries: []preparedEntry{{entry: e.Entry}}}}}
			body := binary.BigEndian.AppendUint64([]byte{bodyCopy}, e.Seq)
			entries = append(entries, segment.Pending{Sealed: d.log.Sealer().Seal(r.appendBody(body, nil)), Mark: mark})
		}
		after = es[len(es)-1].Seq
		if _, err := d.log.Append(entries...); err != nil {
			return n, err
		}
		n += len(entries)
		entries = entries[:0]
	}
	d.feed.advance(mark)
	d.funnel.seq = mark
	d.publish(nil)
	return n, nil
}

// publish tells the index where the log stands now.
func (d *DB) publish(rows map[string][]byte) {
	head, hash := d.log.Head()
	d.overlay.publish(rows, position{head.Seq, hash}, d.spool.head())
}

// logTables appends every row of every table that the log should have.
func (d *DB) logTables(ctx context.Context) error {
	var rows []kv
	weight := 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		head, _ := d.log.Head()
		body := (&request{}).appendBody([]byte{bodyWrite}, rows)
		_, err := d.log.Append(segment.Pending{Sealed: d.log.Sealer().Seal(body), Mark: head.Mark})
		rows, weight = nil, 0
		return err
	}
	err := d.view(ctx, func(r reader) error {
		return r.scan([]byte{kindRow}, nil, func(k, v []byte) (bool, error) {
			if d.classes.of(k) != classLog {
				return true, nil
			}
			rows = append(rows, kv{slices.Clone(k), append([]byte{}, v...)})
			if weight += len(k) + len(v); weight > MaxBatch/2 {
				return true, flush()
			}
			return true, nil
		})
	})
	if err == nil {
		err = flush()
	}
	d.publish(nil)
	return err
}
