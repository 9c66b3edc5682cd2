package resuming

import (
	"context"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// noticed looks, after a loss, for relationships that began after what this node still has: the
// other side goes on in a chain of which nothing is known here. Each is resumed like those
// that were known, and nothing more is decided in it until then.
func (r *Resuming) noticed(ctx context.Context, es []record.Entry) {
	epoch, err := r.Store.Epoch(ctx)
	if err != nil || epoch == 0 {
		return // nothing was lost, or the next statement is looked at
	}
	for _, e := range es {
		if e.Rec.IsZero() {
			continue
		}
		st := e.Rec.Statement()
		p := Pair{st.Recipient(), st.Author()}
		if p.Me.IsZero() || !r.Keys.Owns(p.Me) || r.Keys.Owns(p.Them) {
			continue
		}
		pair, err := r.Store.Pair(ctx, p.Me, p.Them)
		if err != nil || !forgotten(pair, epoch, st.Link()) {
			continue
		}
		r.remember(p)
	}
}

// forgotten reports whether a statement with that link is of a chain that goes back further than this node knows.
func forgotten(p store.Pair, epoch uint32, l record.Link) bool {
	return p.Head.N == 0 && !l.Held.IsZero() || p.Head.N < record.Place(epoch, 1) && len(p.Gaps[store.Held]) > 0
}

// remember holds a relationship until it is resumed.
func (r *Resuming) remember(p Pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting[p] != nil {
		return
	}
	r.waiting[p] = &waiting{holds: true, trying: true, touched: map[record.ID]bool{}} // there is no claim to try yet
	r.forgot = append(r.forgot, p)
	r.wake()
}

// remembered signs the resumes of such relationships.
func (r *Resuming) remembered(ctx context.Context) error {
	r.mu.Lock()
	ps := r.forgot
	r.forgot = nil
	r.mu.Unlock()
	for i, p := range ps {
		if err := r.resume(ctx, p); err != nil {
			r.mu.Lock()
			r.forgot = append(r.forgot, ps[i:]...)
			r.mu.Unlock()
			return err
		}
	}
	return nil
}

// resume signs one resume, where the first place of the epoch is free; where it isn't, the
// places that are missing are asked for one by one.
func (r *Resuming) resume(ctx context.Context, p Pair) error {
	r.signing.RLock()
	defer r.signing.RUnlock()
	pair, err := r.Store.Pair(ctx, p.Me, p.Them)
	if err != nil {
		return err
	}
	if err := r.service.Resume(ctx, p.Me, p.Them, known(pair)); err != nil {
		return err
	}
	rel, err := r.service.Relationship(ctx, p.Me, p.Them)
	if err != nil {
		return err
	}
	r.know(p, rel)
	r.mu.Lock()
	delete(r.waiting, p)
	r.mu.Unlock()
	if _, ok := rel.Pending(); ok {
		r.wait(p, true)
	}
	return nil
}
