package resuming

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

const (
	// maxRises is how often a node begins an epoch above one that another node of its party
	// began: a copy that is gone is passed at once, one that runs and does the same isn't chased for ever.
	maxRises = 8
	// maxAbove is how many epochs are begun at once: each takes a synced write, and a party
	// begins few in its life.
	maxAbove = 4096
	// doubtEvery is how often one party is asked whether this node was overtaken: each
	// question takes a place in the chain.
	doubtEvery = time.Hour
)

// claims makes the claims that are due since something was seen: another node of this party, or
// a relationship that this one forgot.
func (r *Resuming) claims(ctx context.Context) {
	if err := r.rise(ctx); err != nil && ctx.Err() == nil {
		r.Log.Error("no epoch can be begun above the one of another node", "err", err)
	}
	if err := r.remembered(ctx); err != nil && ctx.Err() == nil {
		r.Log.Warn("a relationship that began after a loss can't be resumed yet", "err", err)
	}
	if err := r.confirm(ctx); err != nil && ctx.Err() == nil {
		r.Log.Warn("it can't be asked whether another node took over", "err", err)
	}
}

// rise begins an epoch above what this node was shown, and resumes each relationship in it.
// What fails is tried again at the next wake.
func (r *Resuming) rise(ctx context.Context) error {
	above, ok := r.rises()
	if !ok {
		return nil
	}
	err := r.riseAbove(ctx, above)
	if err != nil {
		r.mu.Lock()
		r.above = max(r.above, above)
		r.mu.Unlock()
	}
	return err
}

func (r *Resuming) riseAbove(ctx context.Context, above uint32) error {
	r.signing.Lock()
	defer r.signing.Unlock()
	epoch, err := r.Store.Epoch(ctx)
	if err != nil {
		return err
	}
	if above > epoch && above-epoch >= maxAbove {
		r.mu.Lock()
		r.far = true
		r.mu.Unlock()
		r.Log.Error("another node of this party resumed in an epoch that is out of reach", "shown", above, "epoch", epoch)
		return nil
	}
	if epoch <= above { // else it was shown the same twice
		if err := r.nextAbove(ctx, epoch, above); err != nil {
			return err
		}
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	return r.load(ctx)
}

// nextAbove begins the epoch after above. That it did is kept before, so that no crash has it begin more than it may.
func (r *Resuming) nextAbove(ctx context.Context, epoch, above uint32) (err error) {
	r.mu.Lock()
	r.riseAt = r.Now().Add(rand.N(minBackoff << min(r.life.Rises+1, maxRises)))
	r.life.Rises++
	life := r.life
	r.mu.Unlock()
	if err := life.keep(ctx, r.Store); err != nil {
		return err
	}
	for epoch <= above {
		if epoch, err = r.Store.NextEpoch(ctx); err != nil {
			return err
		}
	}
	r.Log.Info("another node of this party resumed before; this one goes on above it", "epoch", epoch)
	return nil
}

// rises reports whether an epoch is to begin, and above which: not where another node is known
// to have resumed after this one, since one of the two is to stop. The first begins at once, each
// further one after a longer wait by chance, so that of two nodes that do the same one comes to its end.
func (r *Resuming) rises() (above uint32, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Now().Before(r.riseAt) {
		return 0, false
	}
	above, r.above = r.above, 0
	if above == 0 || r.life.Rises >= maxRises {
		return 0, false
	}
	for _, rel := range r.known {
		if _, before, overtaken := rel.Overtaken(); overtaken && !before {
			return 0, false
		}
	}
	return above, true
}

// riseDue returns when the next epoch may begin, zero where none is to.
func (r *Resuming) riseDue() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.above == 0 || r.life.Rises >= maxRises {
		return time.Time{}
	}
	return r.riseAt
}

// Line is the caller of another protocol. Where the other side says expired, it may have refused
// what is of an epoch that ended, so it is asked.
type Line struct {
	agreement.Caller
	Resuming func() *Resuming
}

// Call implements the callers of all protocols.
func (l Line) Call(ctx context.Context, to record.Key, req []byte) answer.Outcome {
	out := l.Caller.Call(ctx, to, req)
	if out.Said == answer.Expired {
		l.Resuming().doubt(to)
	}
	return out
}

func (r *Resuming) doubt(them record.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Now()
	if at, ok := r.doubted[them]; ok && now.Sub(at) < doubtEvery {
		return
	}
	r.doubted[them] = now
	r.doubts = append(r.doubts, them)
	r.wake()
}

// confirm asks those who refused something for the last statement that this party sent
// them: who holds a later resume shows that instead.
func (r *Resuming) confirm(ctx context.Context) error {
	r.mu.Lock()
	asked := map[record.Key]bool{}
	for _, k := range r.doubts {
		asked[k] = true
	}
	r.doubts = nil
	r.mu.Unlock()
	if len(asked) == 0 {
		return nil
	}
	return r.pairs(ctx, func(p store.Pair) error {
		if !asked[p.Them] || p.Head.N == 0 || !r.Keys.Owns(p.Me) {
			return nil
		}
		return r.Ask(ctx, Pair{p.Me, p.Them}, resume.Claim{LostSent: []resume.Span{{First: p.Head.N, Last: p.Head.N}}})
	})
}

// pairs calls f with each relationship that is kept.
func (r *Resuming) pairs(ctx context.Context, f func(store.Pair) error) error {
	for after := (store.Pair{}); ; {
		ps, err := r.Store.Pairs(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, p := range ps {
			if err := f(p); err != nil {
				return err
			}
			after = p
		}
		if len(ps) < pageSize {
			return nil
		}
	}
}
