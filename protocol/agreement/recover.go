package agreement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Recover keeps a verified record that this party held before it lost something, in each
// thread that it is about, and returns those. Nothing is signed or sent by it: call Wake with
// them once all that was lost is back, and have Ready say ErrResuming until then. A body that the
// other side completed is judged late by this clock, unless a receipt of this party's own
// names it. Held already, it changes nothing. Errors: ErrUnknown where its thread isn't held:
// bring that first; ErrContradiction where another record is held in its place, which stays;
// ErrExpired for an acceptance after accept_by; Read's, record.ErrRecipient, and the journal's.
//
// kept is when the other side says that it kept v, zero where it doesn't say. No body has
// a time at which it was signed, so it is what View.Began shows of a thread that came back; nothing is judged by it.
func (s *Service) Recover(ctx context.Context, v record.Verified, kept time.Time) ([]record.ID, error) {
	m, err := Read(v)
	if err != nil {
		return nil, err
	}
	me := First
	switch first, second := s.Keys.Owns(m.First), s.Keys.Owns(m.Second); {
	case second && !first:
		me = Second
	case !first:
		return nil, fmt.Errorf("%w: between %s and %s", record.ErrRecipient, m.First.Short(), m.Second.Short())
	}
	if m.Kind == KindAcceptance && me == First {
		if _, err := s.Keep(ctx, v); err != nil {
			return []record.ID{m.Thread()}, err
		}
		return []record.ID{m.Thread()}, s.locked(ctx, m.Thread(), func(t *thread) error { return s.dated(ctx, t, kept) })
	}
	var into []record.ID
	var unknown error
	for _, id := range m.threads() {
		err := s.recoverInto(ctx, id, me, m, kept)
		switch {
		case err == nil:
			into = append(into, id)
		case errors.Is(err, ErrUnknown):
			unknown = err
		default:
			return into, err
		}
	}
	if len(into) > 0 {
		return into, nil // a receipt comes with each other thread that it is about, too
	}
	return nil, unknown
}

func (s *Service) recoverInto(ctx context.Context, id record.ID, me Side, m Message, kept time.Time) error {
	return s.locked(ctx, id, func(t *thread) error {
		a := t.a
		if a.proffer == nil {
			a = For(me)
		}
		now := s.now()
		next, err := a.Apply(m, now)
		if err != nil || next.same(t.a) {
			return err
		}
		fresh := t.a.proffer == nil
		if err := s.recovered(ctx, t, next, record.Entry{Subject: id, At: now, Mine: m.By == me, Rec: m.Rec}); err != nil || !fresh {
			return err
		}
		return s.dated(ctx, t, kept)
	})
}

// dated notes when a thread that came back began, as the other side says, where that is before it came back.
func (s *Service) dated(ctx context.Context, t *thread, kept time.Time) error {
	if t.a.proffer == nil || kept.IsZero() || !kept.Before(t.a.began()) {
		return nil
	}
	b, now, next := beganNote(kept), s.now(), t.a
	next.note = next.note.add(b, now)
	return s.recovered(ctx, t, next, record.Entry{Subject: t.id, At: now, Note: b})
}

// locked calls f with a thread that is loaded and that nobody else changes.
func (s *Service) locked(ctx context.Context, id record.ID, f func(*thread) error) error {
	t := s.threads.hold(id)
	defer s.threads.release(t)
	if err := t.lock(ctx); err != nil {
		return err
	}
	defer t.unlock()
	if err := s.load(ctx, t); err != nil {
		return err
	}
	return f(t)
}

// RecoverAlong keeps a verified record of another protocol that went along with the
// proffer of a thread. Held already, it changes nothing. Errors: ErrUnknown, the journal's.
func (s *Service) RecoverAlong(ctx context.Context, id record.ID, v record.Verified) error {
	return s.locked(ctx, id, func(t *thread) error {
		if t.a.proffer == nil {
			return fmt.Errorf("%w: %s", ErrUnknown, id.Short())
		}
		if slices.ContainsFunc(t.a.with, func(w record.Verified) bool { return w.ID() == v.ID() }) {
			return nil
		}
		next := t.a
		next.with = append(slices.Clip(next.with), v)
		return s.recovered(ctx, t, next, record.Entry{Subject: id, At: s.now(), Mine: t.a.me == First, Rec: v})
	})
}

// recovered appends one entry to a thread that the caller has locked.
func (s *Service) recovered(ctx context.Context, t *thread, next Agreement, e record.Entry) error {
	if err := s.Journal.Append(ctx, t.id, t.n, []record.Entry{e}); err != nil {
		t.loaded = false
		return err
	}
	if t.a.proffer == nil && t.n > 0 {
		t.loaded = false // what was kept of it before counts from now on
		return s.load(ctx, t)
	}
	t.a, t.n = next, t.n+1
	s.waiting.note(next)
	return nil
}

// Wake has Run look at threads as soon as may be, and do what is due of them.
func (s *Service) Wake(ids []record.ID) {
	for _, id := range ids {
		s.queue.soon(id, s.now())
	}
}
