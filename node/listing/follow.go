package listing

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// batch is how many events are taken in with one write: with the longest of lines it stays within store.MaxBatch.
const batch = 128

// follow takes in all that the feed has now, and returns how far it came. What is written
// meanwhile is left to the next call: a reader must not wait for as long as others write.
func (l *Listing) follow(ctx context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.loaded {
		if err := l.load(ctx); err != nil {
			return 0, err
		}
	}
	for last := uint64(0); ; {
		es, err := l.next(ctx, batch)
		if err != nil || len(es) == 0 {
			return l.cursor.seq, err
		}
		if last == 0 { // there is more than the cursor, so this doesn't wait
			if last, err = l.Store.Wait(ctx, l.cursor.seq); err != nil {
				return l.cursor.seq, err
			}
		}
		if err := l.take(ctx, es); err != nil || l.cursor.seq >= last {
			return l.cursor.seq, err
		}
	}
}

// load finds out how far the feed was taken in. Lines of another layout, or of
// another feed, are dropped.
func (l *Listing) load(ctx context.Context) error {
	b, err := l.rows.get(ctx, cursorKey())
	if err != nil {
		return err
	}
	c, ok := readCursor(b)
	if ok && c.seq > 0 {
		es, err := l.Store.Feed(ctx, c.seq-1, 1)
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return err
		}
		ok = err != nil || len(es) == 1 && es[0].Entry.Subject == c.subject
	}
	if !ok {
		c = cursor{}
		if err := l.drop(ctx); err != nil {
			return err
		}
	}
	l.cursor, l.loaded = c, true
	return nil
}

// drop deletes all rows, the cursor first: what a crash leaves without it is made again.
func (l *Listing) drop(ctx context.Context) error {
	const some = 1024
	if err := l.rows.write(ctx, []store.Row{{Table: Table, Key: cursorKey()}}); err != nil {
		return err
	}
	for {
		rs, err := l.rows.scan(ctx, nil, nil, some)
		if err != nil || len(rs) == 0 {
			return err
		}
		for i := range rs {
			rs[i].Value = nil
		}
		if err := l.rows.write(ctx, rs); err != nil {
			return err
		}
	}
}

// next returns up to limit events after the cursor. A damaged one comes empty: it is
// the store that names it, and all others stay readable.
func (l *Listing) next(ctx context.Context, limit int) ([]store.Event, error) {
	es, err := l.Store.Feed(ctx, l.cursor.seq, limit)
	if !errors.Is(err, store.ErrCorrupt) {
		return es, err
	}
	if limit > 1 {
		return l.next(ctx, 1)
	}
	l.Log.Warn("a damaged entry is passed over in listings", "entry", l.cursor.seq+1, "error", err)
	return []store.Event{{Seq: l.cursor.seq + 1}}, nil
}

// take makes the lines that some events change, in one write with the cursor.
func (l *Listing) take(ctx context.Context, es []store.Event) error {
	c := l.cursor
	var out []store.Row
	seen := make(map[record.ID]bool, len(es))
	for _, e := range es {
		c.seq, c.subject = e.Seq, e.Entry.Subject
		waits, err := l.waits(ctx, e)
		if err != nil {
			return err
		}
		if waits {
			out = append(out, store.Row{Table: Table, Key: waitKey(e.Seq), Value: []byte{}})
		}
		if isOffer(e.Entry) && !seen[e.Entry.Rec.ID()] {
			seen[e.Entry.Rec.ID()] = true
			rs, err := l.offer(ctx, e.Entry, c.offers+1)
			if err != nil {
				return err
			}
			if len(rs) > 0 {
				c.offers++
			}
			out = append(out, rs...)
		}
		if seen[c.subject] || !about(e.Entry) {
			continue
		}
		seen[c.subject] = true
		rs, fresh, err := l.thread(ctx, c.subject, c.threads+1)
		if err != nil {
			return err
		}
		if fresh {
			c.threads++
		}
		out = append(out, rs...)
	}
	if err := l.rows.write(ctx, append(out, c.row())); err != nil {
		return fmt.Errorf("keep what agreements list: %w", err)
	}
	l.cursor = c
	return nil
}

func (l *Listing) waits(ctx context.Context, e store.Event) (bool, error) {
	if l.Waits == nil || e.Entry.Mine || e.Entry.Rec.IsZero() {
		return false, nil // nothing that the owner said herself waits for her
	}
	waits, err := l.Waits(ctx, e)
	if err != nil && ctx.Err() != nil {
		return false, err
	}
	return waits || err != nil, nil // looked at again when what waits is read
}

// about reports whether an entry can change a line: what agreements are made of, or a note.
func about(e record.Entry) bool {
	if e.Rec.IsZero() {
		return !e.Subject.IsZero()
	}
	switch e.Rec.Statement().Type() {
	case agreement.TypeBody, agreement.TypeAcceptance, agreement.TypeDecline, agreement.TypeEnd, agreement.TypeReceipt:
		return true
	}
	return false
}

// thread returns the rows that bring the line of a thread up to date. A thread that has none gets
// the given place.
func (l *Listing) thread(ctx context.Context, subject record.ID, place uint64) (out []store.Row, fresh bool, err error) {
	now, ok, err := l.read(ctx, subject)
	if err != nil || !ok {
		return nil, false, err
	}
	was, found, err := l.of(ctx, subject)
	if err != nil {
		return nil, false, err
	}
	now.Place = was.Place
	if !found {
		now.Place = place
		out = append(out, store.Row{Table: Table, Key: idKey(subject), Value: binary.BigEndian.AppendUint64(nil, place)})
	}
	out = append(out, store.Row{Table: Table, Key: lineKey(now.Place), Value: now.encode()})
	if found && was.View.State == now.View.State {
		return out, false, nil
	}
	if found {
		for _, k := range was.places() {
			out = append(out, store.Row{Table: Table, Key: k})
		}
	}
	for _, k := range now.places() {
		out = append(out, store.Row{Table: Table, Key: k, Value: []byte{}})
	}
	return out, !found, nil
}

// read folds one thread; false where there is none, or its entries are damaged.
func (l *Listing) read(ctx context.Context, subject record.ID) (kept, bool, error) {
	es, err := l.Store.Entries(ctx, subject)
	if err != nil && !errors.Is(err, store.ErrCorrupt) {
		return kept{}, false, err
	}
	var a agreement.Agreement
	if err == nil {
		a, err = agreement.Fold(es)
	}
	if err != nil {
		l.Log.Warn("an agreement can't be read, so listings show what they had of it", "agreement", subject.Short(), "error", err)
		return kept{}, false, nil
	}
	if a.ID().IsZero() {
		return kept{}, false, nil
	}
	proffered := ""
	if first, err := agreement.Read(es[0].Rec); err == nil {
		proffered = first.Body.Terms.ID
	}
	return keep(a, proffered), true, nil
}

// of returns what is kept about a thread.
func (l *Listing) of(ctx context.Context, id record.ID) (kept, bool, error) {
	b, err := l.rows.get(ctx, idKey(id))
	if err != nil || b == nil {
		return kept{}, false, err
	}
	if len(b) != 8 {
		return kept{}, false, fmt.Errorf("%w: a place of the listing, %d bytes", store.ErrCorrupt, len(b))
	}
	place := binary.BigEndian.Uint64(b)
	b, err = l.rows.get(ctx, lineKey(place))
	if err != nil || b == nil {
		return kept{}, false, err
	}
	k, err := decode(place, b)
	return k, err == nil, err
}
