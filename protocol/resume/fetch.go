package resume

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

const (
	// maxPages bounds one Fetch: 1 GiB. The next one goes on.
	maxPages = 4096
	// maxLater is how many records wait for what they belong to.
	maxLater = 4096
)

// Resume signs the resume of an epoch for the relationship between me and them, unless it
// is there already or something else took the first place of the epoch, and keeps it, synced.
// known says how far the chain is known: Sent, Held, LostSent, LostHeld. What earlier claims
// asked for and didn't get is asked for with it. Nothing is sent.
// Errors: ErrMalformed for known out of shape, the keyring's and the journal's.
func (s *Service) Resume(ctx context.Context, me, them record.Key, known Claim) error {
	if _, err := rand.Read(known.Nonce[:]); err != nil {
		return err
	}
	return s.claim(ctx, me, them, func(r Relationship, l record.Link) (Claim, bool) {
		known = r.cover(known)
		known.Epoch = l.Epoch()
		return known, l.Epoch() > 0 && l.Count() == 1 && !r.Resumed(l.Epoch())
	})
}

// Ask signs an ask for what want names, unless one for the same was signed before, or as many in
// this epoch as the other side keeps. Errors: as Resume.
func (s *Service) Ask(ctx context.Context, me, them record.Key, want Claim) error {
	return s.claim(ctx, me, them, func(r Relationship, l record.Link) (Claim, bool) {
		return want, !r.Asked(want) && r.asks(l.Epoch()) < MaxAsks
	})
}

func (s *Service) claim(ctx context.Context, me, them record.Key, made func(Relationship, record.Link) (Claim, bool)) error {
	subject := Subject(me, them)
	defer s.lock(subject)()
	r, err := s.Relationship(ctx, me, them)
	if err != nil {
		return err
	}
	signer, err := s.c.Keys.Signer(ctx, me)
	if err != nil {
		return err
	}
	return s.c.Journal.AppendLinked(ctx, me, them, -1, func(l record.Link) ([]record.Entry, error) {
		c, wanted := made(r, l)
		if !wanted {
			return nil, nil
		}
		rec, err := New(ctx, c, them, l, signer)
		if err != nil {
			return nil, err
		}
		now := s.now()
		v, err := rec.Verify(record.Want{At: now, Complete: true, Known: rec.Signatures()})
		if err != nil {
			return nil, err
		}
		return []record.Entry{{Subject: subject, At: now, Mine: true, Rec: v}}, nil
	})
}

// Fetch has the first pending claim answered: it takes page after page, each kept before
// the next is asked for, and goes on where it was stopped. It returns nil where nothing is
// pending any more of that claim. Errors: ErrClone where the other side holds another
// resume, of its epoch or a later one, which is kept (see Relationship.Overtaken); the outcome's, after which trying again later helps
// unless answer.Outcome.Final; the journal's.
func (s *Service) Fetch(ctx context.Context, me, them record.Key) error {
	r, err := s.Relationship(ctx, me, them)
	if err != nil {
		return err
	}
	p, ok := r.Pending()
	if !ok {
		return nil
	}
	signer, err := s.c.Keys.Signer(ctx, me)
	if err != nil {
		return err
	}
	f := fetch{s: s, p: p, by: signer, rel: r}
	for range maxPages {
		done, err := f.next(ctx)
		if err != nil || done {
			return err
		}
	}
	return nil
}

// GiveUp notes that a claim is never answered, since the other side doesn't speak the protocol.
func (s *Service) GiveUp(ctx context.Context, p Pending) error {
	return s.note(ctx, p.Claim, note{kind: noteDone})
}

func (s *Service) note(ctx context.Context, c Claim, n note) error {
	subject := Subject(c.By, c.To)
	e := record.Entry{Subject: subject, At: s.now(), Mine: true, Note: n.encode(c.ID)}
	return s.c.Journal.Append(ctx, subject, -1, []record.Entry{e})
}

// fetch is one answer being taken.
type fetch struct {
	s     *Service
	p     Pending
	by    record.Signer
	rel   Relationship // as it was before anything came back
	later []back       // what belongs to something that didn't come yet
	old   []back       // what may have been dated back, and waits until all came
}

// back is a record that came back, and when the other side kept it, by its word.
type back struct {
	v      record.Verified
	kept   time.Time
	lapsed bool // it is under a delegation that has ended
	given  bool // its author gave up the place by resuming
}

func (f *fetch) next(ctx context.Context) (done bool, err error) {
	got, err := f.call(ctx)
	if err != nil {
		return false, err
	}
	if got.clone {
		return true, f.clone(ctx, got)
	}
	for i, b := range got.records {
		if err := f.take(ctx, b, got.at(i)); err != nil {
			return false, err
		}
	}
	if err := f.again(ctx); err != nil {
		return false, err
	}
	if got.next == (Cursor{}) {
		if err := f.vouched(ctx); err != nil {
			return false, err
		}
		for _, b := range f.later {
			if err := f.s.Keep(ctx, f.p.Claim.By, f.p.Claim.To, b.v); err != nil {
				return false, err
			}
		}
		return true, f.s.note(ctx, f.p.Claim, note{kind: noteDone})
	}
	if !further(note{kind: noteNext, next: got.next}, note{kind: noteNext, next: f.p.After}) {
		return false, fmt.Errorf("%w: its pages go round in circles", ErrMalformed)
	}
	f.p.After = got.next
	if len(f.later)+len(f.old) > 0 {
		return false, nil // what waits is in no page to come: after a crash these pages are taken again
	}
	return false, f.s.note(ctx, f.p.Claim, note{kind: noteNext, next: got.next})
}

func (f *fetch) call(ctx context.Context) (page, error) {
	rec, secret, err := prove(ctx, f.p.Claim, f.by)
	if err != nil {
		return page{}, err
	}
	req, err := deterministic.Marshal(&bywayv1.ResumeRequest{Claim: f.p.Rec.Bytes(), Proof: rec.Bytes(), After: f.p.After.toWire()})
	if err != nil {
		return page{}, err
	}
	out := f.s.c.Caller.Call(ctx, f.p.Claim.To, req)
	if err := out.Err(); err != nil {
		return page{}, &Unanswered{Outcome: out}
	}
	return openSealed(secret, rec.ID(), out.Resp)
}

// Unanswered is why a claim isn't answered yet. Outcome says who spoke, and whether trying again helps.
type Unanswered struct{ Outcome answer.Outcome }

// Error implements error.
func (u *Unanswered) Error() string { return u.Outcome.Err().Error() }

// Unwrap returns the outcome's error.
func (u *Unanswered) Unwrap() error { return u.Outcome.Err() }

// take verifies one record as anybody's would be, own signatures too, and hands it over; one
// under a delegation that has ended, or at a place that its author gave up, waits for what vouches for it.
// What isn't of this relationship, or doesn't verify, is left out and said.
func (f *fetch) take(ctx context.Context, b []byte, kept time.Time) error {
	v, err := record.Verify(b, record.Want{At: f.s.now()})
	if errors.Is(err, record.ErrDelegation) {
		if ok, err := f.ended(ctx, b, kept); ok || err != nil {
			return err
		}
	}
	if err != nil {
		f.s.c.Log.Warn("a record that came back is refused", "from", f.p.Claim.To.Short(), "err", err)
		return nil
	}
	if _, ok := f.p.Claim.sideOf(v); !ok {
		f.s.c.Log.Warn("a record that came back is of another relationship", "from", f.p.Claim.To.Short(), "id", v.ID().Short())
		return nil
	}
	given, err := f.givenUp(ctx, v)
	if err != nil {
		return err
	}
	if !given {
		return f.hand(ctx, back{v: v, kept: kept})
	}
	if !f.aside(back{v: v, kept: kept, given: true}) {
		f.s.c.Log.Warn("a record that came back of an epoch that has ended is one too many", "from", f.p.Claim.To.Short(), "id", v.ID().Short())
	}
	return nil
}

func (f *fetch) hand(ctx context.Context, b back) error {
	v := b.v
	me, them := f.p.Claim.By, f.p.Claim.To
	if t := v.Statement().Type(); t == TypeResume || t == TypeAsk {
		if ok, err := f.twin(ctx, v); ok || err != nil {
			return err
		}
		return f.s.Keep(ctx, me, them, v)
	}
	err := f.s.c.Take(ctx, me, them, v, b.kept)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrUnknown) && len(f.later) < maxLater:
		f.later = append(f.later, b)
		return nil
	case errors.Is(err, record.ErrConflict):
		return err // the journal was busy: the page is taken again
	}
	f.s.c.Log.Info("a record that came back is kept beside what is held", "id", v.ID().Short(), "err", err)
	return f.s.Keep(ctx, me, them, v)
}

// again hands over what waited, until that brings nothing more.
func (f *fetch) again(ctx context.Context) error {
	for {
		waited := f.later
		f.later = nil
		for _, b := range waited {
			if err := f.hand(ctx, b); err != nil {
				return err
			}
		}
		if len(f.later) == len(waited) {
			return nil
		}
	}
}

// lastSigner is who completed v: the recipient where it has signed, else the author.
func lastSigner(v record.Verified) record.Key {
	st := v.Statement()
	for _, sig := range v.Record().Signatures() {
		if sig.Key == st.Recipient() {
			return sig.Key
		}
	}
	return st.Author()
}

// Keep keeps a verified record of the relationship that nothing else keeps, such as one that
// contradicts what is held: with it that is proved. Kept already, or over MaxKept, it changes nothing.
func (s *Service) Keep(ctx context.Context, me, them record.Key, v record.Verified) error {
	subject := Subject(me, them)
	defer s.lock(subject)()
	before, err := s.Relationship(ctx, me, them)
	if err != nil {
		return err
	}
	e := record.Entry{Subject: subject, At: s.now(), Mine: lastSigner(v) == me, Rec: v}
	after, err := before.Apply(e)
	if err != nil {
		return err
	}
	same := len(after.kept) == len(before.kept) && len(after.mine) == len(before.mine) && len(after.theirs) == len(before.theirs)
	if same || len(after.kept) > MaxKept || len(after.theirs)+len(after.mine) > MaxAsks {
		return nil
	}
	if err := s.c.Journal.Append(ctx, subject, -1, []record.Entry{e}); err != nil {
		return err
	}
	s.c.Told(after)
	return nil
}
