package agreement

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// Journal keeps what is held. Each Append is all or none, and synced before it
// returns; record.ErrConflict says that a subject has another length than expected.
type Journal interface {
	// Append adds entries to a subject of the given length; -1 for whatever length.
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	// AppendLinked gives sign the next place in the chain from me to them, and appends
	// what it returns. It may call sign again; what that returned before was never stored.
	AppendLinked(ctx context.Context, me, them record.Key, expect int, sign func(record.Link) ([]record.Entry, error)) error
	// Entries returns a subject's entries in order; none where there are none.
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
}

// Keyring holds this party's keys.
type Keyring interface {
	Signer(ctx context.Context, k record.Key) (record.Signer, error)
	Owns(k record.Key) bool
}

// Caller reaches other parties.
type Caller interface {
	// Call sends one request of this protocol to a party.
	Call(ctx context.Context, to record.Key, req []byte) answer.Outcome
	// Speaks reports whether a party speaks this protocol, by its card or its own word.
	Speaks(ctx context.Context, to record.Key) (bool, error)
}

// Proffer is a body that waits for this side's decision: a proffer at the organisation,
// an alternative (Body.Answers is set) at the person.
type Proffer struct {
	ID            record.ID
	First, Second record.Key
	Body          Body
	// With are the records that went along, verified; their meaning is the decider's business.
	With []record.Verified
}

// Decider answers what comes in. It may be asked again about a body after a crash, not
// otherwise. An error means that it can't tell now: the organisation stores nothing and
// the person's node keeps trying; the person's node keeps the alternative and asks again later.
type Decider interface {
	Decide(ctx context.Context, p Proffer) (Decision, error)
}

// Config is what a Service works with. Journal, Keys and Caller are required.
type Config struct {
	Journal Journal
	Keys    Keyring
	Caller  Caller
	// Decider is asked about what comes in. Nil: a human is asked about everything.
	Decider Decider
	// Heard is told who signed a request, once it was taken and before it is answered.
	// A request may be an old one, replayed by somebody else. Nil: nobody is told.
	Heard func(ctx context.Context, from record.Key)
	// Ready returns nil where nothing that me signed to them may be missing; ErrResuming else:
	// then nothing is decided, ended or acknowledged, so that nothing is signed twice
	// differently. Nil: always ready.
	Ready func(ctx context.Context, me, them record.Key) error
	// Contradicted is told of a verified record that was refused since it contradicts what is
	// held: with both that is proved. Nil: nobody is told.
	Contradicted func(ctx context.Context, me, them record.Key, v record.Verified)
	// Threads lists the subjects that begin with a record of type t, in order, at most limit
	// after a place; Run reads all at its start to find what is under way. Nil: none.
	Threads func(ctx context.Context, t record.Type, after uint64, limit int) (ids []record.ID, next uint64, err error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Rand makes nonces. Nil: crypto/rand.
	Rand io.Reader
	// Log gets what goes wrong out of any caller's sight. Nil: nothing is logged.
	Log *slog.Logger
}

// Service settles agreements for one party, as first or second side. All its methods
// may be called at once.
type Service struct {
	Config
	threads  threads
	queue    queue
	receipts receipts
	waiting  waiting
}

// NewService returns a service. Nothing runs until Run; Handle answers at once.
func NewService(c Config) *Service {
	if c.Decider == nil {
		c.Decider = askAlways{}
	}
	if c.Heard == nil {
		c.Heard = func(context.Context, record.Key) {}
	}
	if c.Ready == nil {
		c.Ready = func(context.Context, record.Key, record.Key) error { return nil }
	}
	if c.Contradicted == nil {
		c.Contradicted = func(context.Context, record.Key, record.Key, record.Verified) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c, threads: newThreads(), queue: newQueue(), receipts: newReceipts(), waiting: newWaiting()}
}

type askAlways struct{}

func (askAlways) Decide(context.Context, Proffer) (Decision, error) { return Decision{Kind: Ask}, nil }

// now is the time by this party's clock, as journals keep it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) nonce() ([16]byte, error) {
	var n [16]byte
	_, err := io.ReadFull(s.Rand, n[:])
	return n, err
}

// Get returns what is held about the thread with the given proffer or acceptance.
// Errors: ErrUnknown, and the journal's.
func (s *Service) Get(ctx context.Context, id record.ID) (Agreement, error) {
	t := s.threads.hold(id)
	defer s.threads.release(t)
	if err := t.lock(ctx); err != nil {
		return Agreement{}, err
	}
	defer t.unlock()
	if err := s.load(ctx, t); err != nil {
		return Agreement{}, err
	}
	if t.a.proffer == nil {
		return Agreement{}, fmt.Errorf("%w: %s", ErrUnknown, id.Short())
	}
	return t.a, nil
}

// Decide answers a body that waits for a human, as that human says, and sends the
// answer. Errors: ErrUnknown, ErrExpired, ErrAnswered, ErrEnded, ErrVoid, ErrDecision, and
// nothing is signed; ErrUnreached where it is signed and the other side gets it later.
func (s *Service) Decide(ctx context.Context, id record.ID, d Decision) (Agreement, error) {
	if d.Kind == Ask {
		return Agreement{}, fmt.Errorf("%w: try accept, alternative or decline", ErrDecision)
	}
	return s.say(ctx, id, input{decision: &d})
}

// End ends what was agreed, or withdraws a proffer, for good; the record stays. Either
// side may at any time. Errors: ErrUnknown, ErrEnded where this side did it already,
// ErrMalformed for a text that doesn't fit; ErrUnreached as for Decide.
func (s *Service) End(ctx context.Context, id record.ID, r Reason, text string) (Agreement, error) {
	return s.say(ctx, id, input{end: &ending{r, text}})
}

// say changes a held thread and sends what was signed by it.
func (s *Service) say(ctx context.Context, id record.ID, in input) (Agreement, error) {
	t := s.threads.hold(id)
	defer s.threads.release(t)
	in.known = true
	a, made, err := s.settle(ctx, t, in)
	if err != nil {
		return a, err
	}
	return s.sendAll(ctx, t, a, made)
}
