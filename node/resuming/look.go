package resuming

import (
	"context"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// look asks for places of the other side's that stayed empty since the last look, and for
// statements of this party that this node doesn't have: an empty place of its own, or what the other side names.
func (r *Resuming) look(ctx context.Context) error {
	seen := map[Pair]store.Range{}
	err := r.pairs(ctx, func(p store.Pair) error {
		sent, held := r.Missing(p)
		if len(sent)+len(held) == 0 || !r.Keys.Owns(p.Me) {
			return nil
		}
		if len(held) > 0 {
			seen[Pair{p.Me, p.Them}] = held[0]
		}
		return r.gap(ctx, Pair{p.Me, p.Them}, sent, held)
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.empty = seen
	r.mu.Unlock()
	return r.named(ctx)
}

func (r *Resuming) gap(ctx context.Context, p Pair, sent, held []store.Range) error {
	r.mu.Lock()
	before, ok := r.empty[p]
	r.mu.Unlock()
	want := resume.Claim{LostSent: spans(sent)}
	if ok && len(held) > 0 && before.First == held[0].First {
		want.LostHeld = spans(held) // at first it may be on its way
	}
	if len(want.LostSent)+len(want.LostHeld) == 0 {
		return nil
	}
	return r.Ask(ctx, p, want)
}

// named asks for what the other side says that it holds of this party.
func (r *Resuming) named(ctx context.Context) error {
	for after := []byte(nil); ; {
		fs, last, err := r.Store.Faults(ctx, record.Key{}, record.Key{}, after, pageSize)
		if err != nil {
			return err
		}
		for _, f := range fs {
			if f.Kind != store.UnknownHeld || !r.Keys.Owns(f.Me) || r.Settled(f) {
				continue
			}
			if err := r.Ask(ctx, Pair{f.Me, f.Them}, resume.Claim{Records: []record.ID{f.Unknown}}); err != nil {
				return err
			}
		}
		if len(fs) < pageSize {
			return nil
		}
		after = last
	}
}

// Ask has the other side asked for places or records that are missing or damaged here. What
// was asked for before isn't asked for again, nor is anything while the relationship is resumed.
// Errors: those of the store and the keyring.
func (r *Resuming) Ask(ctx context.Context, p Pair, want resume.Claim) error {
	r.mu.Lock()
	w := r.waiting[p]
	holds := w != nil && w.holds
	r.mu.Unlock()
	if holds {
		return nil
	}
	if err := r.ask(ctx, p, want); err != nil {
		return err
	}
	rel, err := r.service.Relationship(ctx, p.Me, p.Them)
	if err != nil {
		return err
	}
	if _, ok := rel.Pending(); ok {
		r.waitToo(p)
	}
	return nil
}

// waitToo has a relationship tried in which there is an ask more.
func (r *Resuming) waitToo(p Pair) {
	r.mu.Lock()
	w := r.waiting[p]
	if w != nil {
		w.again = w.again || w.trying // what is pending was read before
	}
	r.mu.Unlock()
	if w == nil {
		r.wait(p, false)
	}
}

// ask takes a place for it.
func (r *Resuming) ask(ctx context.Context, p Pair, want resume.Claim) error {
	r.signing.RLock()
	defer r.signing.RUnlock()
	return r.service.Ask(ctx, p.Me, p.Them, want)
}
