package resuming

import (
	"context"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// Journal is a resume.Journal that refuses what was said in an epoch that its author has
// ended by resuming, for all protocols at once: with an *answer.Refusal that tells its author,
// nothing else of the write being kept.
type Journal struct {
	resume.Journal
	Resuming func() *Resuming
}

// Append is the store's, less what was said in an epoch that ended.
func (j Journal) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	r := j.Resuming()
	if v, err := r.admit(ctx, es); err != nil {
		r.refused(ctx, v)
		return err
	}
	if err := j.Journal.Append(ctx, subject, expect, es); err != nil {
		return err
	}
	r.noticed(ctx, es)
	return nil
}

// AppendLinked is the store's, less what was said in an epoch that ended.
func (j Journal) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	r := j.Resuming()
	r.signing.RLock()
	defer r.signing.RUnlock()
	var refused record.Verified
	var made []record.Entry
	err := j.Journal.AppendLinked(ctx, me, them, expect, func(l record.Link) ([]record.Entry, error) {
		es, err := build(l)
		if err != nil {
			return nil, err
		}
		made = es
		refused, err = r.admit(ctx, es)
		return es, err
	})
	if err == nil {
		r.noticed(ctx, made)
	}
	r.refused(ctx, refused) // here, since nobody else gets a place in the chain meanwhile
	return err
}

// admit returns the first record that was said in an epoch that ended, and why it is refused.
func (r *Resuming) admit(ctx context.Context, es []record.Entry) (record.Verified, error) {
	for _, e := range es {
		if e.Rec.IsZero() {
			continue
		}
		if err := r.admitOne(ctx, e.Rec); err != nil {
			return e.Rec, err
		}
	}
	return record.Verified{}, nil
}

func (r *Resuming) admitOne(ctx context.Context, v record.Verified) error {
	st := v.Statement()
	p := Pair{st.Recipient(), st.Author()}
	r.mu.Lock()
	rel, ok := r.known[p]
	vouched := r.vouched[v.ID()] > 0
	r.mu.Unlock()
	if !ok || vouched || r.Keys.Owns(p.Them) {
		return nil
	}
	n := st.Link().N
	err := rel.Refuses(n)
	if err == nil {
		return nil
	}
	at, read := r.Store.Places(ctx, p.Me, p.Them, store.Held, n, 1)
	if read != nil {
		return read
	}
	if len(at) == 1 && at[0].N == n && at[0].ID == st.ID() && at[0].Subject != resume.Subject(p.Me, p.Them) {
		return nil // held before, and not as a proof alone
	}
	return answer.Refuse(answer.Expired, "%v", err)
}

// refused notes what was refused since it was said in an epoch that ended, and keeps it as proof.
func (r *Resuming) refused(ctx context.Context, v record.Verified) {
	if v.IsZero() {
		return
	}
	st := v.Statement()
	p := Pair{st.Recipient(), st.Author()}
	r.mu.Lock()
	r.late[p] = r.Now()
	r.mu.Unlock()
	r.Contradicted(ctx, p.Me, p.Them, v)
}

// Contradicted keeps a record that was refused since it contradicts what is held: with both
// that is proved. A bounded number is kept of each relationship.
func (r *Resuming) Contradicted(ctx context.Context, me, them record.Key, v record.Verified) {
	if err := r.service.Keep(ctx, me, them, v); err != nil {
		r.Log.Warn("a record that contradicts what is held isn't kept", "them", them.Short(), "id", v.ID().Short(), "err", err)
	}
}
