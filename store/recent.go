package store

import "github.com/bywaynet/byway/protocol/record"

// tracked is a map of which what was set since begin can be taken back.
type tracked[K comparable, V any] struct {
	m    map[K]V
	undo []undone[K, V]
}

type undone[K comparable, V any] struct {
	key   K
	value V
	had   bool
}

func (t *tracked[K, V]) begin() { t.undo = t.undo[:0] }

func (t *tracked[K, V]) set(k K, v V) {
	if t.m == nil {
		t.m = map[K]V{}
	}
	old, had := t.m[k]
	t.undo = append(t.undo, undone[K, V]{k, old, had})
	t.m[k] = v
}

func (t *tracked[K, V]) back() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		if u := t.undo[i]; u.had {
			t.m[u.key] = u.value
		} else {
			delete(t.m, u.key)
		}
	}
	t.begin()
}

// recent is what was set last, in two generations. All that the index hasn't got is in one of them, so that
// who doesn't find a key here finds it in the index or nowhere.
type recent[K comparable, V any] struct {
	fresh  tracked[K, V]
	old    map[K]V
	oldLog uint64 // the log entry with which the last of old was written
}

// recentRows is how many rows make a generation; a row is some 250 bytes at most.
const recentRows = 16 << 10

func (r *recent[K, V]) get(k K) (V, bool) {
	if v, ok := r.fresh.m[k]; ok {
		return v, true
	}
	v, ok := r.old[k]
	return v, ok
}

func (r *recent[K, V]) set(k K, v V) { r.fresh.set(k, v) }

// turn begins another generation where this one has more than most, and the index has all of the one before.
func (r *recent[K, V]) turn(most int, log, indexed uint64) {
	if len(r.fresh.m) > most && (r.old == nil || r.oldLog <= indexed) {
		r.old, r.oldLog, r.fresh = r.fresh.m, log, tracked[K, V]{m: make(map[K]V, most)}
	}
}

// known is what deciding needs of what was written last: how many entries each subject has, and the ends of
// chains. It is the writer's own, and has what the writer decided before that is durable.
type known struct {
	subjects recent[record.ID, subject]
	chains   recent[pairKey, chain]
	written  *written
	most     int // rows in a generation; 0: recentRows
}

func (k *known) begin() {
	k.subjects.fresh.begin()
	k.chains.fresh.begin()
}

func (k *known) back() {
	k.subjects.fresh.back()
	k.chains.fresh.back()
}

// turn forgets what was set long ago. All that was set up to now is in the log up to the entry
// given, or will be; indexed is how far the index has got.
func (k *known) turn(log, indexed uint64) {
	most := k.most
	if most == 0 {
		most = recentRows
	}
	k.subjects.turn(most, log, indexed)
	k.chains.turn(most, log, indexed)
}
