package offer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// Journal keeps entries by subject, durably before it returns; package store has it.
type Journal interface {
	// Append adds entries to a subject, all or none: record.ErrConflict where it has another number than expect.
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	// AppendLinked calls build with the next link of the chain from me to them, then does as Append.
	AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error
	// Entries returns a subject's entries in order; none where there are none.
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
}

// Keyring knows which keys are the node's own; node/identity has it.
type Keyring interface {
	Signer(ctx context.Context, k record.Key) (record.Signer, error)
	Owns(k record.Key) bool
}

// Caller carries one request of ID to a party; node/courier has it.
type Caller interface {
	Call(ctx context.Context, to record.Key, req []byte) answer.Outcome
}

// Config is what a Service works with. All of it is needed, but for what is said to be optional.
type Config struct {
	Journal Journal
	Keys    Keyring
	Caller  Caller
	// Live returns nil where cast is a cast by that key of ours that still takes offers;
	// otherwise what to tell the vendor, an *answer.Refusal.
	Live func(ctx context.Context, cast record.ID, key record.Key) error
	// Accepts returns nil where the offer's acceptance is the vendor's own, whole and
	// valid, of that cast's open proffer; otherwise an error of the gate or an *answer.Refusal.
	Accepts func(ctx context.Context, o Offer) error
	// Received is told of each offer that was stored, once; optional.
	Received func(ctx context.Context, o Offer)
	// Now is the clock.
	Now func() time.Time
}

// Service makes, hands over and takes in offers. Safe for concurrent use. It starts
// nothing: who retries, and when, is the caller's matter.
type Service struct {
	c Config
	// One cast's offers are judged one after the other, so that many at once don't
	// invalidate each other's reading of the journal.
	locks [64]sync.Mutex
}

// NewService returns a service over c.
func NewService(c Config) *Service { return &Service{c: c} }

func (s *Service) lock(cast record.ID) (unlock func()) {
	l := &s.locks[cast[0]%64]
	l.Lock()
	return l.Unlock
}

// Offers returns all that is kept about the offers for a cast.
func (s *Service) Offers(ctx context.Context, cast record.ID) (Offers, error) {
	o, _, err := s.fold(ctx, cast)
	return o, err
}

func (s *Service) fold(ctx context.Context, cast record.ID) (Offers, int, error) {
	es, err := s.c.Journal.Entries(ctx, cast)
	if err != nil {
		return Offers{}, 0, err
	}
	o, err := Fold(es)
	return o, len(es), err
}

// attempts bounds how often a decision is made anew because the journal grew meanwhile.
const attempts = 8

// decide folds what is kept about a cast, hands it to f with its length, and again when the journal grew meanwhile.
func (s *Service) decide(ctx context.Context, cast record.ID, f func(Offers, int) error) error {
	var err error
	for range attempts {
		var o Offers
		var n int
		if o, n, err = s.fold(ctx, cast); err != nil {
			return err
		}
		if err = f(o, n); !errors.Is(err, record.ErrConflict) {
			return err
		}
	}
	return err
}

// Refuse notes that the person doesn't want an offer, with a text of at most MaxReason
// bytes for herself; nothing is sent. Errors: *answer.Refusal (NotFound), the journal's.
func (s *Service) Refuse(ctx context.Context, cast, offer record.ID, text string) error {
	defer s.lock(cast)()
	return s.note(ctx, cast, note{noteRefused, offer, text})
}

func (s *Service) note(ctx context.Context, cast record.ID, n note) error {
	return s.decide(ctx, cast, func(o Offers, at int) error {
		if _, there := o.Get(n.offer); !there {
			return answer.Refuse(answer.NotFound, "no offer %s for this cast", n.offer.Short())
		}
		e := record.Entry{Subject: cast, At: s.c.Now(), Mine: true, Note: n.encode()}
		return s.c.Journal.Append(ctx, cast, at, []record.Entry{e})
	})
}
