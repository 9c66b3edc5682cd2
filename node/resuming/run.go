package resuming

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
)

const (
	maxTrying  = 8 // relationships at once
	minBackoff = 5 * time.Second
	maxBackoff = 30 * time.Minute
	// lookEvery is how often gaps are looked for; one that is there twice is asked about.
	lookEvery = 10 * time.Minute
)

func backoff(attempts int) time.Duration {
	d := min(minBackoff<<min(attempts, 16), maxBackoff)
	return d + rand.N(d/2)
}

// Run has claims answered, and asks for what is missing, until ctx ends; it returns ctx's error.
func (r *Resuming) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	room := make(chan struct{}, maxTrying)
	timer := time.NewTimer(0)
	defer timer.Stop()
	look := r.Now()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		case <-r.woke:
		}
		r.claims(ctx)
		now := r.Now()
		if !now.Before(look) {
			look = now.Add(lookEvery)
			if err := r.look(ctx); err != nil && ctx.Err() == nil {
				r.Log.Warn("what is missing from relationships can't be looked for", "err", err)
			}
		}
		due, next := r.due(now)
		for _, p := range due {
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			work.Go(func() {
				defer func() { <-room }()
				r.try(ctx, p)
			})
		}
		for _, at := range []time.Time{look, r.riseDue()} {
			if next.IsZero() || !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		timer.Reset(max(next.Sub(now), 0))
	}
}

// due returns what is to be tried now, and when the next one is.
func (r *Resuming) due(now time.Time) (ps []Pair, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, w := range r.waiting {
		switch {
		case w.trying || w.stopped != "":
		case !w.due.After(now):
			w.trying = true
			ps = append(ps, p)
		case next.IsZero() || w.due.Before(next):
			next = w.due
		}
	}
	return ps, next
}

// try asks once.
func (r *Resuming) try(ctx context.Context, p Pair) {
	err := r.uncovered(ctx, p)
	if err == nil {
		err = r.service.Fetch(ctx, p.Me, p.Them)
	}
	rel, read := r.service.Relationship(context.WithoutCancel(ctx), p.Me, p.Them)
	var u *resume.Unanswered
	if pending, ok := rel.Pending(); read == nil && ok && errors.As(err, &u) && u.Outcome.Said == answer.Unsupported {
		r.Log.Warn("the other side's node can't send back what this one lost", "them", p.Them.Short())
		if err = r.service.GiveUp(ctx, pending); err == nil {
			rel, read = r.service.Relationship(ctx, p.Me, p.Them)
		}
	}
	err = errors.Join(err, read)
	if read == nil {
		r.know(p, rel)
	}
	_, more := rel.Pending()
	if ids, done := r.tried(p, err, more); done {
		r.Agreements().Wake(ids)
	}
	r.wake()
}

// uncovered asks for what a resume has no room for.
func (r *Resuming) uncovered(ctx context.Context, p Pair) error {
	for {
		rel, err := r.service.Relationship(ctx, p.Me, p.Them)
		if err != nil {
			return err
		}
		ask, more := rel.Uncovered()
		if !more {
			return nil
		}
		if err := r.ask(ctx, p, ask); err != nil {
			return err
		}
	}
}

// tried notes how it went. It returns the threads that changed, where all is back.
func (r *Resuming) tried(p Pair, err error, more bool) (ids []record.ID, done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.waiting[p]
	w.trying = false
	again := w.again
	w.again = false
	switch {
	case again:
		w.due, w.attempts = time.Time{}, 0 // an epoch began meanwhile
	case err == nil && !more && w.stopped != "":
		// overtaken: it stays so
	case err == nil && !more:
		delete(r.waiting, p)
		return slices.Collect(maps.Keys(w.touched)), true
	case err == nil:
		w.due, w.attempts = time.Time{}, 0
	default:
		w.last, w.stopped = err.Error(), stopped(err)
		w.due = r.Now().Add(backoff(w.attempts))
		w.attempts++
	}
	return nil, false
}
