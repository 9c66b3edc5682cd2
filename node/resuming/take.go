package resuming

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
)

// take hands what came back to the protocol that owns it. The journal takes it whatever its
// epoch: what is to be refused for that doesn't get here.
func (r *Resuming) take(ctx context.Context, me, them record.Key, v record.Verified, kept time.Time) error {
	defer r.vouch(v.ID())()
	switch t := v.Statement().Type(); t {
	case agreement.TypeBody, agreement.TypeAcceptance, agreement.TypeDecline, agreement.TypeEnd, agreement.TypeReceipt:
		ids, err := r.Agreements().Recover(ctx, v, kept)
		r.touch(Pair{me, them}, ids)
		return unknown(err, agreement.ErrUnknown)
	case offer.TypeOffer:
		return r.offers(ctx, v)
	case offer.TypeTaking:
		return r.taking(ctx, v)
	default:
		return fmt.Errorf("a %s, which nothing here keeps", t)
	}
}

// vouch has the journal take a statement until the func that it returns is called.
func (r *Resuming) vouch(id record.ID) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.vouched[id]++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.vouched[id]--; r.vouched[id] == 0 {
			delete(r.vouched, id)
		}
	}
}

func (r *Resuming) offers(ctx context.Context, v record.Verified) error {
	if r.Offers == nil {
		return fmt.Errorf("a %s, which nothing here keeps", v.Statement().Type())
	}
	return r.Offers(ctx, v)
}

// taking goes beside the proffer that it went along with, at both sides, and at hers beside her cast.
func (r *Resuming) taking(ctx context.Context, v record.Verified) error {
	t, err := offer.ReadTaking(v)
	if err != nil {
		return err
	}
	err = unknown(r.Agreements().RecoverAlong(ctx, t.Proffer, v), agreement.ErrUnknown)
	if r.Keys.Owns(t.Vendor) {
		return err
	}
	return r.offers(ctx, v)
}

// unknown says in protocol/resume's words that what a record belongs to isn't held yet.
func unknown(err, is error) error {
	if errors.Is(err, is) {
		return fmt.Errorf("%w: %w", resume.ErrUnknown, err)
	}
	return err
}

func (r *Resuming) touch(p Pair, ids []record.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.waiting[p]; w != nil {
		for _, id := range ids {
			w.touched[id] = true
		}
	}
}

// acknowledged returns the sums of what a receipt names.
func acknowledged(v record.Verified) (sums [][32]byte) {
	m, err := agreement.Read(v)
	if err != nil {
		return nil
	}
	for _, r := range m.Received {
		sums = append(sums, r.Sum)
	}
	return sums
}
