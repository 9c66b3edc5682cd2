package store

import (
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// errChain: another statement took the place in the chain that a made record has. AppendLinked makes it again.
var errChain = errors.New("chain moved on")

// batch is what one synced write brings: requests decided one after another, each over
// what was acknowledged and what the batch already changed.
type batch struct {
	*change
	known *known
	index reader // has the subjects and chains that known hasn't
	all   reader // all that was acknowledged
	seq   uint64 // of the last entry, those of this batch included

	entries []*preparedEntry  // of the requests that stand, and of the one under way
	spots   map[string][]byte // what the first of entries noted, once somebody looks for it
	noted   int               // how many those are
}

// kept is a request of which all stands, and the number of the last entry after it.
type kept struct {
	request *request
	seq     uint64
}

func newBatch(k *known, index, all reader, seq uint64) *batch {
	return &batch{change: &change{}, known: k, index: index, all: all, seq: seq}
}

// decide adds r to the batch, or leaves the batch as it was and returns why not:
// record.ErrConflict, errChain, or what reading failed with.
func (b *batch) decide(r *request) error {
	b.known.begin()
	b.heads.begin()
	b.rows.begin()
	seq, n := b.seq, len(b.entries)
	err := b.apply(r)
	if err == nil {
		b.kept = append(b.kept, kept{r, b.seq})
		b.bytes += r.weight + b.missing()
		return nil
	}
	b.known.back()
	b.heads.back()
	b.rows.back()
	if b.seq, b.entries = seq, b.entries[:n]; b.noted > n {
		b.spots, b.noted = nil, 0
	}
	return err
}

// missing is what the heads that changed weigh beyond what any head does.
func (b *batch) missing() (n int) {
	for _, u := range b.heads.undo {
		n += b.heads.m[u.key].missing()
	}
	return n
}

func (b *batch) apply(r *request) error {
	if err := b.checkLink(r.link); err != nil {
		return err
	}
	for i := range r.appends {
		if err := b.append(&r.appends[i]); err != nil {
			return err
		}
	}
	for _, row := range r.rows {
		if err := b.recall(row); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) checkLink(l *linkCheck) error {
	if l == nil {
		return nil
	}
	c, err := b.chain(pairKey{l.me, l.them})
	if err != nil {
		return err
	}
	if l.link.N != c.next(l.epoch) || l.link.Sent != c.Sent {
		return errChain
	}
	return nil
}

func (b *batch) append(a *prepared) error {
	s, err := b.subject(a.subject)
	if err != nil {
		return err
	}
	if a.expect >= 0 && a.expect != int(s.n) {
		return fmt.Errorf("%w: %d entries about %s, expected %d", record.ErrConflict, s.n, a.subject.Short(), a.expect)
	}
	first := s.n == 0
	for i := range a.entries {
		e := &a.entries[i]
		b.seq++
		e.seq, e.index, e.first, e.placed = b.seq, s.n, false, false
		s.n++
		if !e.entry.Rec.IsZero() {
			e.first, s.record = !s.record, true
			if err := b.count(e); err != nil {
				return err
			}
		}
		b.entries = append(b.entries, e)
	}
	if len(a.entries) > 0 {
		if first {
			b.known.written.add(a.subject)
		}
		a.after = s
		b.known.subjects.set(a.subject, s)
	}
	return nil
}

// count notes the place of a point-to-point record in the chain that it belongs to, what
// that place contradicts or fills, and moves the head. A copy with more signatures is counted already.
func (b *batch) count(e *preparedEntry) error {
	w, ok := whereOf(e)
	if !ok {
		return nil
	}
	st := e.entry.Rec.Statement()
	c, err := b.chain(w.pair)
	if err != nil {
		return err
	}
	top, last := &c.N, &c.Sent
	if w.side == Held {
		top, last = &c.heldN, &c.Held
	}
	if e.placed, err = b.putSpot(w, st, &c, *top, *last); err != nil || !e.placed {
		return err
	}
	c.sides[w.side].take(w.n, *top)
	if w.n > *top {
		*top, *last = w.n, st.ID()
	}
	b.setChain(w.pair, c)
	return nil
}

// whereOf returns the place of a point-to-point record; false for other entries.
func whereOf(e *preparedEntry) (w where, ok bool) {
	st := e.entry.Rec.Statement()
	author, recipient := st.Author(), st.Recipient()
	if recipient.IsZero() || author.IsZero() {
		return w, false
	}
	w = where{pair: pairKey{author, recipient}, side: Sent, n: st.Link().N, at: e.place()}
	if !sentByKeeper(e.entry) {
		w.pair, w.side = pairKey{recipient, author}, Held
	}
	return w, true
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

func (b *batch) subject(id record.ID) (subject, error) {
	if s, ok := b.known.subjects.get(id); ok {
		return s, nil
	}
	if b.known.written.never(id) {
		return subject{}, nil
	}
	v, err := b.index.get(subjectKey(id))
	if err != nil {
		return subject{}, err
	}
	return decodeSubject(v)
}

func (b *batch) chain(p pairKey) (chain, error) {
	if c, ok := b.known.chains.get(p); ok {
		return c, nil
	}
	v, err := b.index.get(headKey(p.me, p.them))
	if err != nil {
		return chain{}, err
	}
	return decodeChain(v)
}

func (b *batch) setChain(p pairKey, c chain) {
	b.known.chains.set(p, c)
	b.heads.set(p, c)
}

// get looks for a row of the places and faults of chains.
func (b *batch) get(key []byte) ([]byte, error) {
	if v, ok := b.rows.m[string(key)]; ok {
		return v, nil
	}
	for ; b.noted < len(b.entries); b.noted++ {
		if b.spots == nil {
			b.spots = map[string][]byte{}
		}
		b.entries[b.noted].eachSpot(func(k, v []byte) { b.spots[string(k)] = v })
	}
	if v, ok := b.spots[string(key)]; ok {
		return v, nil
	}
	return b.all.get(key)
}

func (b *batch) put(key, value []byte) { b.rows.set(string(key), value) }
