package resuming

import (
	"context"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// maxSigning is how many resumes are signed at once, so that they share syncs.
const maxSigning = 64

// begin signs the resume of each relationship whose chain ends in an earlier epoch than the store's.
func (r *Resuming) begin(ctx context.Context) error {
	epoch, err := r.Store.Epoch(ctx)
	if err != nil || epoch == 0 {
		return err
	}
	b := beginning{r: r, epoch: epoch, room: make(chan struct{}, maxSigning)}
	defer b.work.Wait()
	if err := r.pairs(ctx, func(p store.Pair) error { b.sign(ctx, p); return nil }); err != nil {
		return err
	}
	if err := b.others(ctx); err != nil {
		return err
	}
	b.work.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

type beginning struct {
	r     *Resuming
	epoch uint32
	room  chan struct{}
	work  sync.WaitGroup

	mu  sync.Mutex
	err error
}

// others resumes relationships that began after what this node still has.
func (b *beginning) others(ctx context.Context) error {
	if b.r.Others == nil {
		return nil
	}
	ps, err := b.r.Others(ctx)
	if err != nil {
		return err
	}
	for _, p := range ps {
		pair, err := b.r.Store.Pair(ctx, p.Me, p.Them)
		if err != nil {
			return err
		}
		if pair.Head.N == 0 && pair.HeldN == 0 {
			b.sign(ctx, pair)
		}
	}
	return nil
}

// sign signs one resume, where it is due and the key is this party's.
func (b *beginning) sign(ctx context.Context, p store.Pair) {
	if p.Head.N >= record.Place(b.epoch, 1) || !b.r.Keys.Owns(p.Me) {
		return
	}
	b.room <- struct{}{}
	b.work.Go(func() {
		defer func() { <-b.room }()
		if err := b.r.service.Resume(ctx, p.Me, p.Them, known(p)); err != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.err = err
		}
	})
}

// known is how far this party knows a chain.
func known(p store.Pair) resume.Claim {
	return resume.Claim{Sent: p.Head.N, Held: p.HeldN, LostSent: spans(p.Gaps[store.Sent]), LostHeld: spans(p.Gaps[store.Held])}
}

func spans(rs []store.Range) (out []resume.Span) {
	for _, r := range rs[:min(len(rs), resume.MaxSpans)] {
		out = append(out, resume.Span(r))
	}
	return out
}
