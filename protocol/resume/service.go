package resume

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

// Journal keeps entries by subject, durably before it returns; package store has it.
type Journal interface {
	// Append adds entries to a subject of a given length, or any for -1: record.ErrConflict where it has another.
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	// AppendLinked calls build with the next place in the chain from me to them, then does as Append.
	AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error
	// Entries returns a subject's entries in order; none where there are none.
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
}

// Keyring holds this party's keys.
type Keyring interface {
	Signer(ctx context.Context, k record.Key) (record.Signer, error)
	Owns(k record.Key) bool
}

// Caller reaches other parties by this protocol.
type Caller interface {
	Call(ctx context.Context, to record.Key, req []byte) answer.Outcome
}

// Spot is a place of a chain at which a statement is held, and the subject that has it.
type Spot struct {
	N       uint64
	ID      record.ID
	Subject record.ID
}

// Config is what a Service works with. All but Acknowledged, Heard, Told, Now and Log is required.
type Config struct {
	Journal Journal
	Keys    Keyring
	Caller  Caller
	// Spots returns, in order, at most limit places from the given on: of what me sent to them, or of what they sent.
	Spots func(ctx context.Context, me, them record.Key, sent bool, from uint64, limit int) ([]Spot, error)
	// Take hands a record that came back, verified and between these two, to the protocol that
	// it belongs to; one at a place that Refuses names was there before, as this party's own word shows. ErrUnknown has it handed over again once more came; other errors
	// have it kept beside, since nothing else keeps it. kept is when the other side says that
	// it kept it, zero where it doesn't say: a time to show, and never evidence.
	Take func(ctx context.Context, me, them record.Key, v record.Verified, kept time.Time) error
	// Acknowledged returns the sha256 sums of the whole records that v, by its author, says that
	// it holds; none where it isn't a receipt.
	Acknowledged func(v record.Verified) [][32]byte
	// Heard is told who signed a request that was taken. A request may be a replayed one.
	Heard func(ctx context.Context, from record.Key)
	// Told is called where claims of one relationship changed what Refuses and Clones say.
	Told func(r Relationship)
	Now  func() time.Time
	Log  *slog.Logger
}

// Service answers claims and makes them, for one party. All its methods may be called at once.
type Service struct {
	c     Config
	locks [64]sync.Mutex // a relationship's is held while its claims are read and written
}

// NewService returns a service; nothing runs by itself.
func NewService(c Config) *Service {
	if c.Acknowledged == nil {
		c.Acknowledged = func(record.Verified) [][32]byte { return nil }
	}
	if c.Heard == nil {
		c.Heard = func(context.Context, record.Key) {}
	}
	if c.Told == nil {
		c.Told = func(Relationship) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{c: c}
}

func (s *Service) now() time.Time { return s.c.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) lock(subject record.ID) func() {
	l := &s.locks[subject[0]%64]
	l.Lock()
	return l.Unlock
}

// Relationship returns what is held about one relationship itself. Errors: the journal's, Fold's.
func (s *Service) Relationship(ctx context.Context, me, them record.Key) (Relationship, error) {
	es, err := s.c.Journal.Entries(ctx, Subject(me, them))
	if err != nil {
		return Relationship{}, err
	}
	return Fold(me, them, es)
}

// Handle answers one request of ID: it is an answer.Handler. What it refuses is an
// *answer.Refusal; an error of another kind is this node's own failure.
func (s *Service) Handle(ctx context.Context, req []byte) ([]byte, error) {
	resp, err := s.handle(ctx, req)
	if err != nil {
		return nil, refusal(err)
	}
	return resp, nil
}

// handle checks what is cheap first: bounds, shape, whose it is, signatures, then state.
func (s *Service) handle(ctx context.Context, req []byte) ([]byte, error) {
	q, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	if !s.c.Keys.Owns(q.claim.To) {
		return nil, fmt.Errorf("%w: to %s", record.ErrRecipient, q.claim.To.Short())
	}
	if q.claim.Epoch > 0 && s.c.Keys.Owns(q.claim.By) {
		return nil, fmt.Errorf("%w: from this party itself", record.ErrSigner)
	}
	w := record.Want{At: s.now(), Complete: true}
	if _, err := q.proofRec.Verify(w); err != nil {
		return nil, err
	}
	v, err := q.claimRec.Verify(w)
	if err != nil {
		return nil, err
	}
	other, err := s.admit(ctx, q.claim, v)
	if err != nil && other.IsZero() {
		return nil, err
	}
	s.c.Heard(ctx, q.claim.By)
	p := page{records: [][]byte{other.Bytes()}, clone: true}
	if other.IsZero() {
		if p, err = s.page(ctx, q.claim, q.after); err != nil {
			return nil, err
		}
	}
	b, err := p.marshal()
	if err != nil {
		return nil, err
	}
	return sealTo(q.proof, b)
}

type request struct {
	claimRec, proofRec record.Record
	claim              Claim
	proof              proof
	after              Cursor
}

// readRequest reads a request as far as it goes without verifying anything.
func readRequest(b []byte) (q request, err error) {
	if len(b) > MaxRequest {
		return q, fmt.Errorf("%w: %d bytes, at most %d", record.ErrTooLarge, len(b), MaxRequest)
	}
	var m bywayv1.ResumeRequest
	if err := proto.Unmarshal(b, &m); err != nil {
		return q, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if q.after, err = cursorFromWire(m.GetAfter()); err != nil {
		return q, err
	}
	if q.claimRec, err = record.ParseRecord(m.GetClaim()); err != nil {
		return q, err
	}
	if q.claim, err = read(q.claimRec); err != nil {
		return q, err
	}
	if q.proofRec, err = record.ParseRecord(m.GetProof()); err != nil {
		return q, err
	}
	if q.proof, err = readProof(q.proofRec); err != nil {
		return q, err
	}
	return q, q.proof.fits(q.claim, q.proofRec.Statement().Author())
}

// admit keeps a claim that is new. A clone is kept, too, and reported as ErrClone with the
// other one; one of an epoch that ended isn't, and is ErrEpoch with the resume that ended it.
func (s *Service) admit(ctx context.Context, c Claim, v record.Verified) (record.Verified, error) {
	me, them := c.To, c.By
	subject := Subject(me, them)
	defer s.lock(subject)()
	r, err := s.Relationship(ctx, me, them)
	if err != nil {
		return record.Verified{}, err
	}
	fresh, other, err := r.Admit(c)
	if !fresh {
		return other, err
	}
	e := record.Entry{Subject: subject, At: s.now(), Rec: v}
	if first, ok := firstResume(r.theirs, c.Epoch); ok && c.Epoch > 0 && !e.At.After(first.at) {
		e.At = first.at.Add(time.Millisecond) // the first stays the first, whatever the clock does
	}
	if err := s.c.Journal.Append(ctx, subject, -1, []record.Entry{e}); err != nil {
		return record.Verified{}, err
	}
	if r, applied := r.Apply(e); applied == nil {
		s.c.Told(r)
	}
	return other, err
}

var refusals = []struct {
	err    error
	status answer.Status
}{
	{ErrMalformed, answer.Malformed},
	{ErrProof, answer.WrongSigner},
	{ErrMany, answer.Refused},
	{form.ErrType, answer.UnknownType},
}

// refusal turns what is the peer's to know into a status.
func refusal(err error) error {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return answer.Refuse(r.status, "%v", err)
		}
	}
	return answer.FromGate(err)
}
