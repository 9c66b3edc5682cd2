package agreement

import (
	"container/heap"
	"container/list"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// The interval between two sendings of the same doubles from minBackoff to maxBackoff,
// each time with up to half of it added by chance.
const (
	minBackoff = ResendAfter
	maxBackoff = 30 * time.Minute
)

func backoff(attempts int) time.Duration {
	d := min(minBackoff<<min(attempts, 16), maxBackoff)
	return d + rand.N(d/2)
}

// queue holds which threads to look at, and when, the earliest first.
type queue struct {
	mu   *sync.Mutex
	heap *dueHeap
	at   map[record.ID]*due
	woke chan struct{} // has room for one word that the earliest changed

	reaches map[record.Key]*reach
	calls   map[record.ID]int // sendings under way
}

// due is one thread to look at.
type due struct {
	id       record.ID
	at       time.Time
	attempts int // sendings without an answer
	place    int // in the heap
	to       record.Key
	wait     *list.Element // in what waits for to, where it couldn't be sent
}

func newQueue() queue {
	return queue{
		mu: new(sync.Mutex), heap: new(dueHeap), at: make(map[record.ID]*due), woke: make(chan struct{}, 1),
		reaches: make(map[record.Key]*reach), calls: make(map[record.ID]int),
	}
}

// set has the thread looked at as a says: at wake, or after a back-off where there is
// something to send now. A thread with nothing to do is forgotten.
func (q *queue) set(id record.ID, sends bool, now, wake time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.at[id]
	if !sends && wake.IsZero() {
		if d != nil {
			q.unwait(d)
			heap.Remove(q.heap, d.place)
			delete(q.at, id)
		}
		return
	}
	if d == nil {
		d = &due{id: id, at: now, place: -1}
		q.at[id] = d
	}
	if !sends {
		d.attempts = 0
	}
	at := wake
	if again := now.Add(backoff(d.attempts)); sends && (at.IsZero() || again.Before(at)) {
		at = again
	}
	q.move(d, at)
}

// soon has the thread looked at as soon as may be.
func (q *queue) soon(id record.ID, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.at[id]
	if d == nil {
		d = &due{id: id, place: -1}
		q.at[id] = d
	}
	q.move(d, now)
}

func (q *queue) move(d *due, at time.Time) {
	d.at = at
	if d.place < 0 {
		heap.Push(q.heap, d)
	} else {
		heap.Fix(q.heap, d.place)
	}
	if d.place == 0 {
		select {
		case q.woke <- struct{}{}:
		default:
		}
	}
}

// take returns up to n threads whose time has come, each put off as if it failed once
// more, and when the next one's comes; zero where none waits.
func (q *queue) take(n int, now time.Time) ([]record.ID, time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []record.ID
	for len(ids) < n && len(*q.heap) > 0 && !(*q.heap)[0].at.After(now) {
		d := (*q.heap)[0]
		ids = append(ids, d.id)
		d.at = now.Add(backoff(d.attempts))
		d.attempts++
		heap.Fix(q.heap, 0)
	}
	if len(*q.heap) == 0 {
		return ids, time.Time{}
	}
	return ids, (*q.heap)[0].at
}

// dueHeap orders by time; see container/heap.
type dueHeap []*due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	d, ok := x.(*due)
	if !ok {
		return
	}
	d.place = len(*h)
	*h = append(*h, d)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	d.place = -1
	return d
}
