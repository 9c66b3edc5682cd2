package casting

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// The waits between two tries of one errand: the first, doubled up to the longest, each
// spread by a quarter so that nodes that lost the same steward don't come back at once.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	// maxErrands is how many are under way at once.
	maxErrands = 16
	// errandTimeout bounds one try: a call and a synced row.
	errandTimeout = 15 * time.Second
)

// errand is something to bring to one party until that party has it. What it is about
// is kept in the store; the outbox has it in memory alone.
type errand struct {
	// key tells errands apart: a second one with the same key isn't taken in.
	key string
	// try makes one try and keeps what became of it. It returns true where there is nothing more to do.
	try func(ctx context.Context) bool
}

// outbox runs errands, each until it is done. Safe for concurrent use.
type outbox struct {
	mu    sync.Mutex
	items map[string]*queued
	wake  chan struct{}
}

type queued struct {
	errand
	next  time.Time
	wait  time.Duration
	under bool // under way
}

func newOutbox() *outbox {
	return &outbox{items: map[string]*queued{}, wake: make(chan struct{}, 1)}
}

// put takes errands in, to be run at once.
func (o *outbox) put(es ...errand) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range es {
		if o.items[e.key] == nil {
			o.items[e.key] = &queued{errand: e, wait: firstWait}
		}
	}
	o.stir()
}

// begin takes errands in and returns once each was tried, whether run is running or not.
func (o *outbox) begin(ctx context.Context, es ...errand) {
	var taken []*queued
	o.mu.Lock()
	for _, e := range es {
		if o.items[e.key] == nil {
			q := &queued{errand: e, wait: firstWait, under: true}
			o.items[e.key] = q
			taken = append(taken, q)
		}
	}
	o.mu.Unlock()
	var wg sync.WaitGroup
	for _, q := range taken {
		wg.Go(func() { o.attempt(ctx, q) })
	}
	wg.Wait()
}

// run runs what is due until ctx ends, and returns once all that it began has returned.
func (o *outbox) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, maxErrands)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		due, wait := o.due(time.Now())
		for _, q := range due {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				o.later(q)
				continue
			}
			wg.Go(func() {
				defer func() { <-slots }()
				o.attempt(ctx, q)
			})
		}
		timer.Reset(wait)
		select {
		case <-o.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// due returns what is to be tried now, marked as under way, and how long nothing else is.
func (o *outbox) due(now time.Time) (due []*queued, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	wait = time.Hour
	for _, q := range o.items {
		switch left := q.next.Sub(now); {
		case q.under:
		case left <= 0:
			q.under = true
			due = append(due, q)
		default:
			wait = min(wait, left)
		}
	}
	return due, wait
}

func (o *outbox) attempt(ctx context.Context, q *queued) {
	bounded, cancel := context.WithTimeout(ctx, errandTimeout)
	defer cancel()
	if q.try(bounded) {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.items, q.key)
		return
	}
	o.later(q)
}

func (o *outbox) later(q *queued) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q.under = false
	q.next = time.Now().Add(q.wait - q.wait/4 + rand.N(q.wait/2))
	q.wait = min(2*q.wait, longestWait)
	o.stir()
}

// stir has run look again. Under o.mu.
func (o *outbox) stir() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
