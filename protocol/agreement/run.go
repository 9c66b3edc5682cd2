package agreement

import (
	"context"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	maxSending = 64  // threads that Run works on at once
	pageSize   = 256 // subjects read at once at the start
)

// Run finds what is under way, and does what is due until ctx ends: it sends again what
// wasn't acknowledged, at growing intervals, signs receipts in batches, asks the Decider again
// where it couldn't tell, and ends what came too late. It returns ctx's error, after all
// that it started has returned. Call it once.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.resume(ctx) })
	wg.Go(func() { s.runReceipts(ctx) })
	room := make(chan struct{}, maxSending)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		case <-s.queue.woke:
		}
		now := s.now()
		ids, next := s.queue.take(maxSending, now)
		for _, id := range ids {
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			wg.Go(func() {
				defer func() { <-room }()
				s.attend(ctx, id)
			})
		}
		if !next.IsZero() {
			timer.Reset(max(next.Sub(now), 0))
		}
	}
}

// attend does what is due of one thread.
func (s *Service) attend(ctx context.Context, id record.ID) {
	t := s.threads.hold(id)
	defer s.threads.release(t)
	a, err := s.Get(ctx, id)
	if err != nil {
		s.Log.Warn("what is under way can't be read", "id", id, "err", err)
		return
	}
	steps, wake := a.Due(s.now())
	var out []record.Verified
	var settle bool
	for _, step := range steps {
		switch step.Do {
		case DoSend:
			out = append(out, step.Rec)
		case DoEnd, DoAsk:
			settle = true
		case DoReceipt:
			s.receipts.add(a, step.Received, s.now())
		}
	}
	if settle {
		after, made, err := s.settle(ctx, t, input{known: true, ask: true})
		if err != nil {
			s.Log.Warn("what is due can't be done yet", "id", id, "err", err)
			return
		}
		a, out = after, append(out, made...)
	}
	if len(out) == 0 && !settle {
		s.queue.set(id, false, s.now(), wake)
		return
	}
	if _, err := s.sendAll(ctx, t, a, out); err != nil {
		s.Log.Debug("it is sent again later", "id", id, "err", err)
	}
}

// follow has Run do what is due of a thread that changed.
func (s *Service) follow(a Agreement) {
	now := s.now()
	steps, wake := a.Due(now)
	sends := false
	for _, step := range steps {
		if step.Do == DoReceipt {
			s.receipts.add(a, step.Received, now)
			continue
		}
		sends = true
	}
	s.queue.set(a.ID(), sends, now, wake)
}

// resume reads every thread once, and queues those with something to do.
func (s *Service) resume(ctx context.Context) {
	if s.Threads == nil {
		return
	}
	for _, t := range []record.Type{TypeBody, TypeAcceptance} {
		for after := uint64(0); ctx.Err() == nil; {
			ids, next, err := s.Threads(ctx, t, after, pageSize)
			if err != nil {
				s.Log.Error("what is under way can't be listed; it goes on when the other side asks", "err", err)
				return
			}
			for _, id := range ids {
				s.resumeOne(ctx, id)
			}
			if len(ids) == 0 || next <= after {
				break
			}
			after = next
		}
	}
}

func (s *Service) resumeOne(ctx context.Context, id record.ID) {
	a, err := s.Get(ctx, id)
	if err != nil {
		s.Log.Warn("what is under way can't be read", "id", id, "err", err)
		return
	}
	s.waiting.note(a)
	steps, wake := a.Due(s.now())
	switch {
	case len(steps) > 0:
		s.queue.soon(id, s.now())
	case !wake.IsZero():
		s.queue.set(id, false, s.now(), wake)
	}
}
