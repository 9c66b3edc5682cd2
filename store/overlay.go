package store

import (
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// The bounds of what is acknowledged and not in the index yet.
const (
	// layerBytes is how large a layer grows, and layerMost with the last batch: it goes into the index in
	// one transaction, which Badger bounds at 15 % of the memtable, 2.5 MB. A batch of MaxBatch weighs half
	// as much again where chains miss most, and then has a layer of its own. Badger bounds the number of rows,
	// too, at 24,000; rowCost is charged for each.
	layerBytes = 1 << 20
	layerMost  = 2 << 20
	maxLayers  = 32
	// pressing is how many layers may wait while others write.
	pressing = maxLayers * 3 / 4
)

// overlay is what was acknowledged: the index as it was at its last change, and above it
// the layers that it hasn't got yet. Badger makes who begins a transaction wait for every
// commit under way, so all readers share one, which is renewed when a layer has gone in.
type overlay struct {
	mu     sync.Mutex
	moved  sync.Cond // something went into the index, or never will
	active *layer
	sealed []*layer // oldest first; never changed
	index  *shared
	stuck  bool          // nothing goes into the index now
	count  uint64        // batches published
	at     uint64        // the last log entry that the index has
	work   chan struct{} // of capacity 1: there is something to index
}

// shared is one snapshot; Badger lets many read in one transaction that writes nothing.
type shared struct {
	txn   *badger.Txn
	users int // guarded by overlay.mu; being the newest is one use
}

func newOverlay(db *badger.DB) *overlay {
	o := &overlay{active: newLayer(), work: make(chan struct{}, 1), index: &shared{db.NewTransaction(false), 1}}
	o.moved.L = &o.mu
	return o
}

// room waits until another layer may be begun, and reports whether it may.
func (o *overlay) room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.sealed) >= maxLayers {
		if o.stuck {
			return false
		}
		o.moved.Wait()
	}
	return true
}

func (o *overlay) seal() {
	o.sealed = append(o.sealed[:len(o.sealed):len(o.sealed)], o.active)
	o.active = newLayer()
}

// publish has those who read from now on see what changed.
func (o *overlay) publish(c *change, log, spool position) {
	o.mu.Lock()
	if n := o.active.bytes; n >= layerBytes || n > 0 && n+c.bytes > layerMost {
		o.seal()
	}
	o.active.add(c)
	o.count++
	o.active.log, o.active.spool = log, spool
	o.mu.Unlock()
	select {
	case o.work <- struct{}{}:
	default:
	}
}

// busy returns how many batches came so far, and whether too much waits to wait for a quieter moment.
func (o *overlay) busy() (count uint64, pressed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count, len(o.sealed) >= pressing
}

// oldest returns the layer that the index gets next, or nil where it has all.
func (o *overlay) oldest() *layer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.sealed) == 0 && o.active.bytes > 0 {
		o.seal()
	}
	if len(o.sealed) == 0 {
		return nil
	}
	return o.sealed[0]
}

// indexed takes the oldest layer away, since db has it.
func (o *overlay) indexed(db *badger.DB) {
	next := &shared{db.NewTransaction(false), 1}
	o.mu.Lock()
	last := o.index
	o.at = o.sealed[0].log.seq
	o.index, o.sealed, o.stuck = next, o.sealed[1:], false
	o.moved.Broadcast()
	o.mu.Unlock()
	o.give(last)
}

// hold says whether anything goes into the index now.
func (o *overlay) hold(stuck bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stuck = stuck
	o.moved.Broadcast()
}

// lag returns how many bytes wait for the index.
func (o *overlay) lag() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.sealed {
		n += l.bytes
	}
	return n + o.active.bytes
}

// close gives the snapshot free.
func (o *overlay) close() {
	o.mu.Lock()
	last := o.index
	o.index = nil
	o.mu.Unlock()
	if last != nil {
		o.give(last)
	}
}

func (o *overlay) give(s *shared) {
	o.mu.Lock()
	s.users--
	last := s.users == 0
	o.mu.Unlock()
	if last {
		s.txn.Discard()
	}
}

// view calls f with all that is acknowledged at this moment.
func (o *overlay) view(f func(reader) error) error {
	v, done := o.take(false)
	defer done()
	if len(v.above) == 0 {
		return f(v.index)
	}
	return f(v)
}

// decide calls f for the one goroutine that decides: with the index, and with all that is acknowledged, which
// f may look at only while nothing is being published.
func (o *overlay) decide(f func(index, all reader) error) error {
	w := &whole{overlay: o}
	o.mu.Lock()
	s := o.index
	s.users++
	o.mu.Unlock()
	defer o.give(s)
	defer w.close()
	return f(snapshot{s.txn}, w)
}

// indexedTo returns the last log entry that the index has.
func (o *overlay) indexedTo() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

// take returns all that is acknowledged. own says that nothing is published while the caller looks.
func (o *overlay) take(own bool) (v layered, done func()) {
	o.mu.Lock()
	s, sealed := o.index, o.sealed
	s.users++
	if o.active.bytes > 0 {
		rows := o.active.tree()
		if !own {
			rows = rows.Copy()
		}
		v.above = append(v.above, rows)
	}
	o.mu.Unlock()
	for i := len(sealed) - 1; i >= 0; i-- { // whoever publishes doesn't wait for these
		v.above = append(v.above, sealed[i].tree())
	}
	v.index = snapshot{s.txn}
	return v, func() { o.give(s) }
}

// whole is a view of all that is acknowledged, which is taken only where somebody looks: the rows of what
// was written last have to be made for it.
type whole struct {
	overlay *overlay
	view    layered
	done    func()
}

func (w *whole) taken() layered {
	if w.done == nil {
		w.view, w.done = w.overlay.take(true)
	}
	return w.view
}

func (w *whole) get(key []byte) ([]byte, error) { return w.taken().get(key) }

func (w *whole) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	return w.taken().scan(prefix, from, each)
}

func (w *whole) close() {
	if w.done != nil {
		w.done()
	}
}
