package store

// recent is what the writer looked for last or wrote last of the rows on which it decides:
// subjects, heads and places. All of those that the index hasn't got are in it, so that
// the writer looks nowhere else but there and in the index. It is the writer's own.
type recent struct {
	fresh, old map[string][]byte // nil values: deleted
	oldLog     uint64            // the log entry with which the last of old was written
}

// recentRows is how many rows make a generation; a row and its key are some 250 bytes.
const recentRows = 16 << 10

func newRecent() *recent { return &recent{fresh: map[string][]byte{}} }

// remembered reports whether rows of this key are kept here.
func remembered(key []byte) bool {
	return key[0] == kindSubject || key[0] == kindHead || key[0] == kindPlace
}

func (r *recent) get(key []byte) ([]byte, bool) {
	if v, ok := r.fresh[string(key)]; ok {
		return v, true
	}
	v, ok := r.old[string(key)]
	return v, ok
}

// put takes what a batch wrote with the log entry given. indexed is how far the index has got.
func (r *recent) put(rows map[string][]byte, log, indexed uint64) {
	if len(r.fresh) > recentRows && (r.old == nil || r.oldLog <= indexed) {
		r.old, r.oldLog, r.fresh = r.fresh, log, make(map[string][]byte, recentRows)
	}
	for k, v := range rows {
		if remembered([]byte(k)) {
			r.fresh[k] = v
		}
	}
}

// deciding is what the writer reads.
type deciding struct {
	recent *recent
	index  snapshot
	all    reader
}

func (d deciding) get(key []byte) ([]byte, error) {
	if !remembered(key) {
		return d.all.get(key)
	}
	if v, ok := d.recent.get(key); ok {
		return v, nil
	}
	return d.index.get(key)
}

func (d deciding) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	return d.all.scan(prefix, from, each)
}
