package store

import "time"

// flight is a batch on its way: the requests that were taken for it, and what becomes of each.
type flight struct {
	batch    *batch
	requests []*request
	errs     []error // of each
	weight   int
	before   *flight       // the one that must land first; nil for none
	others   int           // how many of the requests came while that was under way
	landed   chan struct{} // closed once the batch is durable and can be read, or never will be
}

// add takes r where it fits into one transaction with the rest; that isn't told yet.
func (fl *flight) add(r *request) bool {
	n := len(fl.requests)
	if n == maxShared || n > 0 && fl.weight+r.weight > MaxBatch {
		return false
	}
	fl.requests, fl.errs, fl.weight = append(fl.requests, r), append(fl.errs, nil), fl.weight+r.weight
	return true
}

func (fl *flight) hasLanded() bool {
	if fl == nil {
		return true
	}
	select {
	case <-fl.landed:
		return true
	default:
		return false
	}
}

// settled is what was acknowledged, once what was decided before is.
type settled struct {
	all    reader
	before *flight
}

func (s settled) wait() reader {
	if s.before != nil {
		<-s.before.landed
	}
	return s.all
}

func (s settled) get(key []byte) ([]byte, error) { return s.wait().get(key) }

func (s settled) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	return s.wait().scan(prefix, from, each)
}

// decide makes one flight after another, until the queue is closed and empty.
func (f *funnel) decide() {
	defer close(f.flights)
	var before *flight
	for {
		// Its seq is set where it is decided: a start that restores moves f.seq while nothing waits.
		fl := &flight{batch: newBatch(&f.known, nil, nil, 0), before: before, landed: make(chan struct{})}
		if !f.board(fl) {
			return
		}
		f.count(fl)
		log, indexed := f.trails()
		f.known.turn(log+maxShared, indexed) // fl may not be in the log yet
		fl.before = nil                      // it has landed, or fl weren't under way
		before = fl
	}
}

// board decides what waits, and goes on with what comes until fl is taken, which is once the flight before
// has landed and most of those who write together are back. It reports false once no more will come.
func (f *funnel) board(fl *flight) bool {
	var late <-chan time.Time
	timeUp := false
	for {
		rs, full := f.take(fl)
		if len(rs) > 0 {
			f.decideAll(fl, rs)
		}
		if !fl.before.hasLanded() {
			fl.others = len(fl.requests)
		}
		n := len(fl.requests)
		if full {
			if n > 0 {
				f.flights <- fl
			}
			return n > 0
		}
		flights := f.flights
		if n == 0 || n < f.enough() && !timeUp {
			flights = nil
		}
		if flights == nil && n > 0 && late == nil {
			late = time.After(min(time.Duration(f.took.Load()), longestGather))
		}
		select {
		case flights <- fl:
			return true
		case <-f.wake:
		case <-late:
			timeUp = true
		}
	}
}

// enough is how many a flight waits for: those who were told just now would else write in many
// parts, each of which waits for the sync of the others. Of few, all write at once; of many, one
// half prepares while the other is under way.
func (f *funnel) enough() int {
	switch {
	case f.crowd < crowded:
		return 1
	case f.crowd < maxShared/4:
		return f.crowd
	}
	return f.crowd / 2
}

// wanted is how many more than n are to wake who boards them.
func (f *funnel) wanted(n int) int {
	switch enough := f.enough(); {
	case n == 0:
		return 1
	case n < enough:
		return enough - n
	}
	return max(1, f.crowd/8)
}

// count notes how many write together: who is in fl, or was in the flight before and isn't back yet.
func (f *funnel) count(fl *flight) {
	n := len(fl.requests)
	if fl.before != nil {
		n = max(n, len(fl.before.requests)+fl.others)
	}
	f.crowd = min(max(n, f.crowd*7/8), maxShared)
}
