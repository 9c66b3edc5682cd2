package agreement

import (
	"container/list"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// releaseAtOnce is how many of the threads that wait for a party each answer of that party
// makes due: as many more with each answer, so a party that is back gets all soon, and
// one that goes again gets little in vain.
const releaseAtOnce = 2

// reach is what is known of the way to one party, as long as something is sent or waits there.
type reach struct {
	waits    list.List // of *due: could not be sent, the one that failed first before the others
	calls    int       // under way
	answered uint64    // how many of them were answered
}

// calling notes that a thread is being sent to a party. What it returns must be called with whether
// the party answered: an answer makes due what waits for it.
func (q *queue) calling(id record.ID, them record.Key) (called func(answered bool, now time.Time)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.reaches[them]
	if r == nil {
		r = &reach{}
		q.reaches[them] = r
	}
	r.calls++
	before := r.answered
	q.calls[id]++
	return func(answered bool, now time.Time) {
		q.mu.Lock()
		defer q.mu.Unlock()
		r.calls--
		if q.calls[id]--; q.calls[id] == 0 {
			delete(q.calls, id)
		}
		d := q.at[id]
		switch {
		case answered:
			r.answered++
			q.unwait(d)
			q.release(r, now)
		case d != nil:
			if d.wait == nil {
				d.to, d.wait = them, r.waits.PushBack(d)
			}
			if r.answered > before { // the party came back while this one was under way
				d.attempts = 0
				q.move(d, now.Add(backoff(0)))
			}
		}
		q.tidy(them)
	}
}

// release makes the next ones that wait due; those that are being sent just now stay. Under q.mu.
func (q *queue) release(r *reach, now time.Time) {
	n := 0
	for e := r.waits.Front(); e != nil && n < releaseAtOnce; {
		d, ok := e.Value.(*due)
		e = e.Next()
		if !ok || q.calls[d.id] > 0 {
			continue
		}
		r.waits.Remove(d.wait)
		d.wait, d.attempts = nil, 0
		q.move(d, now)
		n++
	}
}

// unwait takes a thread out of those that wait for their party. Under q.mu.
func (q *queue) unwait(d *due) {
	if d == nil || d.wait == nil {
		return
	}
	q.reaches[d.to].waits.Remove(d.wait)
	d.wait = nil
	q.tidy(d.to)
}

// tidy forgets a party to which nothing is sent, and for which nothing waits. Under q.mu.
func (q *queue) tidy(them record.Key) {
	if r := q.reaches[them]; r != nil && r.calls == 0 && r.waits.Len() == 0 {
		delete(q.reaches, them)
	}
}
