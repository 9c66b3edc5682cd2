package agreement

import (
	"sync"

	"github.com/bywaynet/byway/protocol/record"
)

// waiting counts the proffers that wait for this organisation's human, so that a
// stranger can't fill her inbox.
type waiting struct {
	mu  *sync.Mutex
	by  map[record.Key]map[record.ID]bool
	all int
}

func newWaiting() waiting {
	return waiting{mu: new(sync.Mutex), by: make(map[record.Key]map[record.ID]bool)}
}

// room reports whether one more of a person's proffers may wait.
func (w *waiting) room(first record.Key) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all < MaxOpen && len(w.by[first]) < MaxOpenPerParty
}

// note counts a, or counts it out where it doesn't wait any more.
func (w *waiting) note(a Agreement) {
	if a.me != Second {
		return
	}
	id, first := a.ID(), a.First()
	now := a.asks() == id && a.note.asked == id
	w.mu.Lock()
	defer w.mu.Unlock()
	switch of := w.by[first]; {
	case now == of[id]:
	case now && of == nil:
		w.by[first] = map[record.ID]bool{id: true}
		w.all++
	case now:
		of[id] = true
		w.all++
	default:
		w.all--
		if delete(of, id); len(of) == 0 {
			delete(w.by, first)
		}
	}
}
