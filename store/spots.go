package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// FaultKind says what is wrong in a chain.
type FaultKind uint8

// The kinds of fault. They are kept: append-only.
const (
	// Fork: two statements at one place. Where the side is Held, the other party signed
	// both; where it is Sent, this party's key did, so that a copy of it runs elsewhere.
	Fork FaultKind = 1
	// Rewrite: the statement that the second names as the one before it isn't the first, which is held there.
	Rewrite FaultKind = 2
	// UnknownHeld: the other side holds a statement of this party that the store never
	// kept, or lost. It is over once that is kept at its place.
	UnknownHeld FaultKind = 3
)

// where is a place in a chain, and where the statement at it is kept.
type where struct {
	pair pairKey
	side Side
	n    uint64
	at   place
}

// putSpot notes each fault that the statement at a place shows, and in c that there may be one to take back. It reports
// false for a place that is taken already. top is the highest place so far and last the id
// of the statement there: beyond it nothing is held, so nothing is looked for.
func (b *batch) putSpot(w where, st record.Statement, c *chain, top uint64, last record.ID) (fresh bool, err error) {
	if w.n <= top {
		held, ok, err := b.spot(w, w.n)
		if err != nil {
			return false, err
		}
		if ok {
			if held.id != st.ID() {
				err = b.fault(w, Fork, w.n, held.at, w.at)
			}
			return false, err
		}
	}
	if err := b.checkNeighbours(w, st, top, last); err != nil {
		return false, err
	}
	if w.side == Held {
		return true, b.checkHeld(w, c, st.Link().Held)
	}
	if !c.doubted {
		return true, nil
	}
	return true, b.foundAgain(w, st.ID())
}

// checkNeighbours compares the statement with what is held before and after it in its epoch.
func (b *batch) checkNeighbours(w where, st record.Statement, top uint64, last record.ID) error {
	l := st.Link()
	if l.Count() > 1 && w.n-1 <= top && (w.n-1 < top || last != l.Sent) {
		before, ok, err := b.spot(w, w.n-1)
		if err == nil && ok && before.id != l.Sent {
			err = b.fault(w, Rewrite, w.n, before.at, w.at)
		}
		if err != nil {
			return err
		}
	}
	if w.n >= top {
		return nil
	}
	after, ok, err := b.spot(w, w.n+1)
	if err == nil && ok && after.sent != st.ID() && uint32(w.n+1) > 1 {
		err = b.fault(w, Rewrite, w.n+1, w.at, after.at)
	}
	return err
}

// checkHeld notes what the other side says that it holds and the store doesn't know.
func (b *batch) checkHeld(w where, c *chain, held record.ID) error {
	if held.IsZero() || held == c.Sent {
		return nil
	}
	v, err := b.get(sentIDKey(w.pair, held))
	if err != nil || v != nil {
		return err
	}
	c.doubted = true
	k := unknownKey(w.pair, held)
	if v, err = b.get(k); err == nil && v == nil {
		b.put(k, faultValue(w.n, w.at, place{subject: held}))
	}
	return err
}

// recall notes the fault of a chain that a row of the log brings back: one that damage took from there, and
// the index still had.
func (b *batch) recall(row kv) error {
	p, ok := pairOfFault(row.key)
	if !ok {
		return nil
	}
	b.put(row.key, row.value)
	c, err := b.chain(p)
	if err == nil && !c.doubted {
		c.doubted = true
		b.setChain(p, c)
	}
	return err
}

func (b *batch) foundAgain(w where, id record.ID) error {
	k := unknownKey(w.pair, id)
	v, err := b.get(k)
	if err == nil && v != nil {
		b.put(k, nil)
	}
	return err
}

func (b *batch) spot(w where, n uint64) (spot, bool, error) {
	v, err := b.get(spotKey(w.pair, w.side, n))
	if err != nil || v == nil {
		return spot{}, false, err
	}
	s, err := decodeSpot(v)
	return s, err == nil, err
}

// fault notes the first fault of a kind at a place: later ones there prove no more.
func (b *batch) fault(w where, kind FaultKind, n uint64, first, second place) error {
	k := faultKey(w.pair, w.side, kind, binary.BigEndian.AppendUint64(nil, n))
	v, err := b.get(k)
	if err == nil && v == nil {
		b.put(k, faultValue(n, first, second))
	}
	return err
}

const faultSize = 8 + 2*placeSize

func faultValue(n uint64, first, second place) []byte {
	v := binary.BigEndian.AppendUint64(make([]byte, 0, faultSize), n)
	return append(append(v, first.encode()...), second.encode()...)
}

const faultPrefix = "chain\x00"

func faultsPrefix(p pairKey) []byte {
	k := append(make([]byte, 0, len(faultPrefix)+32+32+2+32), faultPrefix...)
	if p.me.IsZero() {
		return k
	}
	return append(append(k, p.me[:]...), p.them[:]...)
}

func faultKey(p pairKey, side Side, kind FaultKind, what []byte) []byte {
	k := append(faultsPrefix(p), byte(side), byte(kind))
	return rowKey(tableStore, append(k, what...))
}

func unknownKey(p pairKey, id record.ID) []byte {
	return faultKey(p, Held, UnknownHeld, id[:])
}

// pairOfFault returns whose chain the row of a fault is about; false for other rows.
func pairOfFault(key []byte) (p pairKey, ok bool) {
	if len(key) < 2+len(tableStore)+len(faultPrefix)+64 || key[1] != byte(len(tableStore)) {
		return p, false
	}
	rest, ok := bytes.CutPrefix(key[2:], []byte(tableStore+faultPrefix))
	if !ok {
		return p, false
	}
	return pairKey{record.Key(rest[:32]), record.Key(rest[32:64])}, true
}

// Fault is something wrong in a chain, with the records that prove it.
type Fault struct {
	Kind     FaultKind
	Me, Them record.Key
	Side     Side
	// N is the place where it shows.
	N uint64
	// At is when the keeper had what shows it.
	At time.Time
	// First and Second contradict each other; UnknownHeld has the first alone, which names Unknown.
	First, Second record.Entry
	Unknown       record.ID
}

func readFault(r reader, key, v []byte) (f Fault, err error) {
	head := len(faultPrefix)
	if len(key) < head+32+32+2 || len(v) != faultSize {
		return f, fmt.Errorf("%w: a chain's fault", ErrCorrupt)
	}
	key = key[head:]
	f = Fault{
		Kind: FaultKind(key[65]), Me: record.Key(key[:32]), Them: record.Key(key[32:64]), Side: Side(key[64]),
		N: binary.BigEndian.Uint64(v),
	}
	first, err := decodePlace(v[8 : 8+placeSize])
	if err != nil {
		return f, err
	}
	second, err := decodePlace(v[8+placeSize:])
	if err != nil {
		return f, err
	}
	if f.First, err = readEntry(r, first); err != nil {
		return f, err
	}
	f.At = f.First.At
	if f.Kind == UnknownHeld {
		f.Unknown = second.subject
		return f, nil
	}
	if f.Second, err = readEntry(r, second); err != nil {
		return f, err
	}
	if f.Second.At.After(f.At) {
		f.At = f.Second.At
	}
	return f, nil
}
