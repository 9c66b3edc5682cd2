package store

import (
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// errChain: another statement took the place in the chain that a made record has. AppendLinked makes it again.
var errChain = errors.New("chain moved on")

// batch is what one synced write brings: requests decided one after another, each over
// the index and what the batch already changed.
type batch struct {
	under reader
	rows  map[string][]byte // nil: deleted
	seq   uint64            // of the last entry, those of this batch included
	kept  []kept            // the requests that stand, in order

	undo []undo // of the request under way
}

// kept is a request of which all stands, and the number of the last entry after it.
type kept struct {
	request *request
	seq     uint64
}

type undo struct {
	key   string
	value []byte
	had   bool
}

func newBatch(under reader, seq uint64) *batch {
	return &batch{under: under, rows: make(map[string][]byte), seq: seq}
}

// decide adds r to the batch, or leaves the batch as it was and returns why not:
// record.ErrConflict, errChain, or what reading failed with.
func (b *batch) decide(r *request) error {
	b.undo = b.undo[:0]
	seq := b.seq
	err := b.apply(r)
	if err == nil {
		b.kept = append(b.kept, kept{r, b.seq})
		return nil
	}
	for i := len(b.undo) - 1; i >= 0; i-- {
		if u := b.undo[i]; u.had {
			b.rows[u.key] = u.value
		} else {
			delete(b.rows, u.key)
		}
	}
	b.seq = seq
	return err
}

func (b *batch) apply(r *request) error {
	if err := b.checkLink(r.link); err != nil {
		return err
	}
	for _, a := range r.appends {
		if err := b.append(a); err != nil {
			return err
		}
	}
	for _, row := range r.rows {
		b.put(row.key, row.value)
	}
	return nil
}

func (b *batch) checkLink(l *linkCheck) error {
	if l == nil {
		return nil
	}
	c, err := b.chain(l.me, l.them)
	if err != nil {
		return err
	}
	if l.link.N != c.next(l.epoch) || l.link.Sent != c.Sent {
		return errChain
	}
	return nil
}

func (b *batch) append(a prepared) error {
	v, err := b.get(subjectKey(a.subject))
	if err != nil {
		return err
	}
	s, err := decodeSubject(v)
	if err != nil {
		return err
	}
	if a.expect >= 0 && a.expect != int(s.n) {
		return fmt.Errorf("%w: %d entries about %s, expected %d", record.ErrConflict, s.n, a.subject.Short(), a.expect)
	}
	for _, e := range a.entries {
		b.seq++
		p := place{a.subject, s.n}
		b.put(entryKey(a.subject, s.n), e.value)
		b.put(feedKey(b.seq), p.encode())
		s.n++
		if e.entry.Rec.IsZero() {
			continue
		}
		if !s.record {
			s.record = true
			b.put(typeKey(e.entry.Rec.Statement().Type(), b.seq), p.encode())
		}
		if err := b.putRecord(e, p); err != nil {
			return err
		}
	}
	if len(a.entries) > 0 {
		b.put(subjectKey(a.subject), s.encode())
	}
	return nil
}

func (b *batch) putRecord(e preparedEntry, at place) error {
	// Written without a look: the key names the bytes, and a look would cost more.
	b.put(recordKey(e.sum), e.entry.Rec.Bytes())
	return b.count(e.entry, at)
}

// count notes the place of a point-to-point record in the chain that it belongs to, what
// that place contradicts or fills, and moves the head. A copy with more signatures is counted already.
func (b *batch) count(e record.Entry, at place) error {
	st := e.Rec.Statement()
	author, recipient := st.Author(), st.Recipient()
	if recipient.IsZero() || author.IsZero() {
		return nil
	}
	w := where{me: author, them: recipient, side: Sent, n: st.Link().N, at: at}
	if !sentByKeeper(e) {
		w.me, w.them, w.side = recipient, author, Held
	}
	c, err := b.chain(w.me, w.them)
	if err != nil {
		return err
	}
	top, last := &c.N, &c.Sent
	if w.side == Held {
		top, last = &c.heldN, &c.Held
	}
	fresh, err := b.putSpot(w, st, *top, *last)
	if err != nil || !fresh {
		return err
	}
	c.sides[w.side].take(w.n, *top)
	if w.n > *top {
		*top, *last = w.n, st.ID()
	}
	b.put(headKey(w.me, w.them), c.encode())
	return nil
}

// sentByKeeper tells the author's own entry from the recipient's. Mine also means "put
// its last signature to it", so a record that the recipient has signed too is the
// recipient's where it is Mine, and the author's where it isn't.
func sentByKeeper(e record.Entry) bool {
	for _, s := range e.Rec.Record().Signatures() {
		if s.Key == e.Rec.Statement().Recipient() {
			return !e.Mine
		}
	}
	return e.Mine
}

func (b *batch) chain(me, them record.Key) (chain, error) {
	v, err := b.get(headKey(me, them))
	if err != nil {
		return chain{}, err
	}
	return decodeChain(v)
}

func (b *batch) get(key []byte) ([]byte, error) {
	if v, ok := b.rows[string(key)]; ok {
		return v, nil
	}
	return b.under.get(key)
}

func (b *batch) put(key, value []byte) {
	k := string(key)
	old, had := b.rows[k]
	b.undo = append(b.undo, undo{k, old, had})
	b.rows[k] = value
}
