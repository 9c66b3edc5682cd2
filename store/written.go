package store

import (
	"encoding/binary"

	"github.com/dgraph-io/ristretto/v2/z"

	"github.com/bywaynet/byway/protocol/record"
)

// written tells of most subjects about which nothing was ever written that it is so, without a look at the
// index: by Bloom filters ("Space/Time Trade-offs in Hash Coding", 1970), each twice the size of the one
// before, two to four bytes for each subject in all. It is the writer's own; a nil written knows nothing.
type written struct {
	// whole says that all subjects of the index were added. A start reads them off the log, since the index itself may leave rows out where it
	// is damaged. Where the log lacks an entry, or ever ended before what the index knew, it isn't whole from there on, and nothing is added.
	whole   bool
	filters []*z.Bloom
	room    int // for how many more the last one has room
}

const (
	firstWritten  = 64 << 10 // subjects that the first filter has room for
	writtenWrongs = 0.01     // of the subjects that weren't added, which one filter takes for such
)

// hashOf needs no hash function: an id is one.
func hashOf(id record.ID) uint64 { return binary.BigEndian.Uint64(id[:]) }

func (w *written) add(id record.ID) {
	if w == nil || !w.whole || w.has(id) {
		return
	}
	if w.room == 0 {
		w.room = firstWritten << len(w.filters)
		w.filters = append(w.filters, z.NewBloomFilter(float64(w.room), writtenWrongs))
	}
	w.filters[len(w.filters)-1].Add(hashOf(id))
	w.room--
}

// never reports whether id certainly wasn't added; false says nothing.
func (w *written) never(id record.ID) bool {
	return w != nil && w.whole && !w.has(id)
}

// has reports whether id was added; it takes few that weren't for such.
func (w *written) has(id record.ID) bool {
	for _, f := range w.filters {
		if f.Has(hashOf(id)) {
			return true
		}
	}
	return false
}
