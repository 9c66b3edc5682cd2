package store

import (
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/tidwall/btree"
)

// The bounds of what is acknowledged and not in the index yet.
const (
	// layerBytes is how large a layer grows: it goes into the index in one transaction,
	// which Badger bounds at 15 % of the memtable, 2.5 MB, with a whole batch on top.
	// It bounds their number, too, at 24,000.
	layerBytes = 1 << 20
	layerRow   = 64 // bytes charged for each row beside its key and value
	maxLayers  = 16
	// pressing is how many layers may wait while others write.
	pressing = maxLayers / 2
)

// position is a spot of a trail: the number of its last entry, and its hash.
type position struct {
	seq  uint64
	hash [32]byte
}

// layer is what some batches changed, and where the trails stood after them.
type layer struct {
	rows       *btree.Map[string, []byte] // nil values: deleted
	bytes      int
	log, spool position
}

func newLayer() *layer { return &layer{rows: new(btree.Map[string, []byte])} }

func (l *layer) put(rows map[string][]byte) {
	for k, v := range rows {
		l.rows.Set(k, v)
	}
	l.count(rows)
}

func (l *layer) count(rows map[string][]byte) {
	for k, v := range rows {
		l.bytes += len(k) + len(v) + layerRow
	}
}

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
	recent *recent       // the writer's
	at     uint64        // the last log entry that the index has
	work   chan struct{} // of capacity 1: there is something to index
}

// shared is one snapshot; Badger lets many read in one transaction that writes nothing.
type shared struct {
	txn   *badger.Txn
	users int // guarded by overlay.mu; being the newest is one use
}

func newOverlay(db *badger.DB) *overlay {
	o := &overlay{recent: newRecent(), active: newLayer(), work: make(chan struct{}, 1), index: &shared{db.NewTransaction(false), 1}}
	o.moved.L = &o.mu
	return o
}

// room waits until another layer may be begun, and reports whether it may.
func (o *overlay) room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.active.bytes >= layerBytes {
		switch {
		case len(o.sealed) < maxLayers:
			o.seal()
		case o.stuck:
			return false
		default:
			o.moved.Wait()
		}
	}
	return true
}

func (o *overlay) seal() {
	o.sealed = append(o.sealed[:len(o.sealed):len(o.sealed)], o.active)
	o.active = newLayer()
}

// apart is from how many rows on a batch is put to a layer's beside the sync.
const apart = 128

// pending is a layer's rows with those of a batch that isn't durable yet.
type pending struct {
	layer *layer
	rows  *btree.Map[string, []byte]
	done  chan struct{}
}

// prepare begins to put rows to those of the active layer, aside, while they are made durable.
func (o *overlay) prepare(rows map[string][]byte) *pending {
	if len(rows) < apart { // sooner put where they belong than told to another goroutine
		done := make(chan struct{})
		close(done)
		return &pending{done: done}
	}
	return o.aside(rows)
}

func (o *overlay) aside(rows map[string][]byte) *pending {
	o.mu.Lock()
	p := &pending{o.active, o.active.rows.Copy(), make(chan struct{})}
	o.mu.Unlock()
	go func() {
		defer close(p.done)
		for k, v := range rows {
			p.rows.Set(k, v)
		}
	}()
	return p
}

// publish has those who read from now on see rows. p is what prepare made of them, or nil.
func (o *overlay) publish(rows map[string][]byte, p *pending, log, spool position) {
	o.mu.Lock()
	if p != nil && p.layer == o.active {
		o.active.rows = p.rows
		o.active.count(rows)
	} else { // the index took the layer meanwhile
		o.active.put(rows)
	}
	o.count++
	o.active.bytes++ // also where no row changed, but how far the trails got
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

// decide calls f with the same for the one goroutine that publishes.
func (o *overlay) decide(f func(reader) error) error {
	v, done := o.take(true)
	defer done()
	return f(deciding{o.recent, v.index, v})
}

// remember keeps what the writer wrote, before anybody sees it.
func (o *overlay) remember(rows map[string][]byte, log uint64) {
	o.mu.Lock()
	at := o.at
	o.mu.Unlock()
	o.recent.put(rows, log, at)
}

func (o *overlay) take(own bool) (v layered, done func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v.index = snapshot{o.index.txn}
	if o.active.bytes > 0 {
		rows := o.active.rows
		if !own { // nothing changes under the one who publishes
			rows = rows.Copy()
		}
		v.above = append(v.above, rows)
	}
	for i := len(o.sealed) - 1; i >= 0; i-- {
		v.above = append(v.above, o.sealed[i].rows)
	}
	s := o.index
	s.users++
	return v, func() { o.give(s) }
}
