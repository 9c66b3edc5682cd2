package agreement

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// receiptDelay is the longest that a receipt waits for others to the same party.
const receiptDelay = time.Second

// maxPiled bounds what waits for receipts to one party; what is over it gets its
// receipt when the other side sends it again.
const maxPiled = 64 * MaxReceived

// pair is a relationship as this party sees it.
type pair struct {
	me           Side
	mine, theirs record.Key
}

// receipts collects what is to be acknowledged, a pile a relationship.
type receipts struct {
	mu    *sync.Mutex
	piles map[pair]*pile
	woke  chan struct{}
}

type pile struct {
	at     time.Time // when it goes out
	wait   []Received
	signed map[record.ID]bool // in wait, or on its way
}

func newReceipts() receipts {
	return receipts{mu: new(sync.Mutex), piles: make(map[pair]*pile), woke: make(chan struct{}, 1)}
}

// add puts what a owes on the pile, which goes out once the first on it has waited long
// enough, full or not: where many agreements are made at once, those come first.
func (r *receipts) add(a Agreement, rs []Received, now time.Time) {
	k := pair{a.me, a.proffer.m.key(a.me), a.proffer.m.key(a.me.Other())}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.piles[k]
	if p == nil {
		p = &pile{signed: make(map[record.ID]bool)}
		r.piles[k] = p
	}
	begins := len(p.wait) == 0
	for _, one := range rs {
		if !p.signed[one.ID] && len(p.signed) < maxPiled {
			p.signed[one.ID] = true
			p.wait = append(p.wait, one)
		}
	}
	if !begins || len(p.wait) == 0 {
		return
	}
	p.at = now.Add(receiptDelay/2 + rand.N(receiptDelay/2))
	select {
	case r.woke <- struct{}{}:
	default:
	}
}

// take returns one batch that is due, and when the next one is.
func (r *receipts) take(now time.Time) (pair, []Received, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var next time.Time
	for k, p := range r.piles {
		if len(p.wait) == 0 {
			continue
		}
		if !p.at.After(now) {
			n := min(len(p.wait), MaxReceived)
			batch := slices.Clone(p.wait[:n])
			p.wait = slices.Delete(p.wait, 0, n)
			return k, batch, now
		}
		if next.IsZero() || p.at.Before(next) {
			next = p.at
		}
	}
	return pair{}, nil, next
}

// done forgets a batch, so that it may be put on the pile again where it wasn't signed.
func (r *receipts) done(k pair, batch []Received) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.piles[k]
	for _, one := range batch {
		delete(p.signed, one.ID)
	}
	if len(p.signed) == 0 {
		delete(r.piles, k)
	}
}

// runReceipts signs and sends each pile when it is due, until ctx ends.
func (s *Service) runReceipts(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, maxParallel)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.receipts.woke:
		}
		for {
			now := s.now()
			k, batch, next := s.receipts.take(now)
			if len(batch) == 0 {
				if !next.IsZero() {
					timer.Reset(next.Sub(now))
				}
				break
			}
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				defer func() { <-room }()
				err := s.receipt(ctx, k, batch)
				if errors.Is(err, ErrResuming) {
					s.putOff(batch)
				} else if err != nil {
					s.Log.Debug("a receipt goes when the other side sends again", "to", k.theirs.Short(), "err", err)
				}
				s.receipts.done(k, batch)
			})
		}
	}
}

// putOff has the threads of a batch looked at again later.
func (s *Service) putOff(batch []Received) {
	for _, r := range batch {
		s.queue.set(r.Proffer, true, s.now(), time.Time{})
	}
}

// receipt signs one receipt, keeps it with each thread that it is about, and sends it once.
func (s *Service) receipt(ctx context.Context, k pair, batch []Received) error {
	if err := s.Ready(ctx, k.mine, k.theirs); err != nil {
		return err
	}
	batch, release := s.stillOwed(ctx, batch)
	defer release()
	if len(batch) == 0 {
		return nil
	}
	m, err := s.signReceipt(ctx, k, batch)
	if err != nil {
		return err
	}
	var rest []record.ID
	for _, r := range batch {
		if r.Proffer != batch[0].Proffer && !slices.Contains(rest, r.Proffer) {
			rest = append(rest, r.Proffer)
		}
	}
	for i, err := range inParallel(len(rest), func(i int) error {
		t := s.threads.hold(rest[i])
		defer s.threads.release(t)
		_, _, err := s.settle(ctx, t, input{known: true, msgs: []Message{m}})
		return err
	}) {
		if err != nil {
			s.Log.Warn("a receipt isn't kept with its agreement; another will be signed", "id", rest[i], "err", err)
		}
	}
	b, err := request{rec: m.Rec.Bytes()}.encode()
	if err != nil {
		return err
	}
	return s.Caller.Call(ctx, k.theirs, b).Err()
}

// stillOwed returns what of a batch isn't acknowledged yet: while it waited, a receipt that this party
// signed before a loss may have come back. The threads stay in memory until release is called.
func (s *Service) stillOwed(ctx context.Context, batch []Received) (owed []Received, release func()) {
	var held []*thread
	due := make(map[record.ID][]Received)
	for _, r := range batch {
		rs, read := due[r.Proffer]
		if !read {
			held = append(held, s.threads.hold(r.Proffer))
			a, err := s.Get(ctx, r.Proffer)
			if err != nil {
				s.Log.Warn("what is to be acknowledged can't be read", "id", r.Proffer, "err", err)
			}
			rs = a.owed()
			due[r.Proffer] = rs
		}
		if slices.Contains(rs, r) {
			owed = append(owed, r)
		}
	}
	return owed, func() {
		for _, t := range held {
			s.threads.release(t)
		}
	}
}

// signReceipt signs a receipt and keeps it with the first thread that it is about.
func (s *Service) signReceipt(ctx context.Context, k pair, batch []Received) (Message, error) {
	t := s.threads.hold(batch[0].Proffer)
	defer s.threads.release(t)
	if err := t.lock(ctx); err != nil {
		return Message{}, err
	}
	defer t.unlock()
	if err := s.load(ctx, t); err != nil {
		return Message{}, err
	}
	signer, err := s.Keys.Signer(ctx, k.mine)
	if err != nil {
		return Message{}, err
	}
	var m Message
	var next Agreement
	now := s.now()
	err = s.Journal.AppendLinked(ctx, k.mine, k.theirs, t.n, func(l record.Link) ([]record.Entry, error) {
		d, err := receiptDraft(k.me, k.mine, k.theirs, batch, l)
		if err != nil {
			return nil, err
		}
		r, err := sign(ctx, d, signer)
		if err != nil {
			return nil, err
		}
		if m, next, err = t.a.applyOwn(r, now); err != nil {
			return nil, err
		}
		return []record.Entry{{Subject: t.id, At: now, Mine: true, Rec: m.Rec}}, nil
	})
	if err != nil {
		t.loaded = false
		return Message{}, err
	}
	t.a, t.n = next, t.n+1
	return m, nil
}
