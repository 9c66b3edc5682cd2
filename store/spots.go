package store

import (
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
	// kept, or lost. It is over once that is kept.
	UnknownHeld FaultKind = 3
)

// where is a place in a chain, and where the statement at it is kept.
type where struct {
	me, them record.Key
	side     Side
	n        uint64
	at       place
}

// putSpot notes the statement at its place, and each fault that this shows. It reports
// false for a place that is taken already. top is the highest place so far and last the id
// of the statement there: beyond it nothing is held, so nothing is looked for.
func (b *batch) putSpot(w where, st record.Statement, top uint64, last record.ID) (fresh bool, err error) {
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
	s := spot{id: st.ID(), sent: st.Link().Sent, at: w.at}
	b.put(spotKey(w.me, w.them, w.side, w.n), s.encode())
	if w.side == Sent {
		b.put(sentIDKey(w.me, w.them, s.id), binary.BigEndian.AppendUint64(nil, w.n))
		return true, b.foundAgain(w, s.id)
	}
	return true, b.checkHeld(w, st.Link().Held)
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
func (b *batch) checkHeld(w where, held record.ID) error {
	if held.IsZero() {
		return nil
	}
	v, err := b.get(sentIDKey(w.me, w.them, held))
	if err != nil || v != nil {
		return err
	}
	k := unknownKey(w.me, w.them, held)
	if v, err = b.get(k); err == nil && v == nil {
		b.put(k, faultValue(w.n, w.at, place{subject: held}))
	}
	return err
}

func (b *batch) foundAgain(w where, id record.ID) error {
	k := unknownKey(w.me, w.them, id)
	v, err := b.get(k)
	if err == nil && v != nil {
		b.put(k, nil)
	}
	return err
}

func (b *batch) spot(w where, n uint64) (spot, bool, error) {
	v, err := b.get(spotKey(w.me, w.them, w.side, n))
	if err != nil || v == nil {
		return spot{}, false, err
	}
	s, err := decodeSpot(v)
	return s, err == nil, err
}

// fault notes the first fault of a kind at a place: later ones there prove no more.
func (b *batch) fault(w where, kind FaultKind, n uint64, first, second place) error {
	k := faultKey(w.me, w.them, w.side, kind, binary.BigEndian.AppendUint64(nil, n))
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

func faultsPrefix(me, them record.Key) []byte {
	k := append(make([]byte, 0, 6+32+32+2+32), "chain\x00"...)
	if me.IsZero() {
		return k
	}
	return append(append(k, me[:]...), them[:]...)
}

func faultKey(me, them record.Key, side Side, kind FaultKind, what []byte) []byte {
	k := append(faultsPrefix(me, them), byte(side), byte(kind))
	return rowKey(tableStore, append(k, what...))
}

func unknownKey(me, them record.Key, id record.ID) []byte {
	return faultKey(me, them, Held, UnknownHeld, id[:])
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
	head := len(faultsPrefix(record.Key{}, record.Key{}))
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
