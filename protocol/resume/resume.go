package resume

import (
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

// The contract of the protocol. What carries it holds these bounds.
const (
	// ID names the protocol on a stream.
	ID = "/byway/resume/1"
	// MaxRequest is the largest request, in bytes: a claim, a proof, a cursor.
	MaxRequest = 16 << 10
	// MaxResponse is the largest response, in bytes: one sealed page.
	MaxResponse = 256 << 10
	// Timeout is how long one page may take: up to maxLooked subjects are read.
	Timeout = 20 * time.Second
	// Rate is how many pages a second one peer gets on average, Burst how many at once: a
	// node of one person resumes tens of relationships with one vendor at most.
	Rate  = 4
	Burst = 64
)

// The types of statement.
const (
	TypeResume record.Type = "relationship.resume"
	TypeAsk    record.Type = "relationship.ask"
	TypeProof  record.Type = "relationship.proof"
)

// The bounds of what payloads hold.
const (
	MaxSpans   = 64 // on each side
	MaxRecords = 64
	// NonceSize is how long the nonce of a resume is, in bytes.
	NonceSize = 16
	// MaxClaim and MaxProof are the largest whole records, in bytes.
	MaxClaim = 12 << 10
	MaxProof = 2 << 10
	// MaxKept is how many records that contradict others are kept a relationship, and how
	// many resumes of one epoch.
	MaxKept = 16
	// MaxAsks is how many asks of one epoch are kept a relationship.
	MaxAsks = 256

	version = 1
)

var (
	resumeForm = form.Form{Type: TypeResume, Version: version, Roles: []record.Role{record.RoleAuthor}, MaxRecord: MaxClaim}
	askForm    = form.Form{Type: TypeAsk, Version: version, Roles: []record.Role{record.RoleAuthor}, MaxRecord: MaxClaim}
	proofForm  = form.Form{Type: TypeProof, Version: version, Roles: []record.Role{record.RoleAuthor}, Open: true, MaxRecord: MaxProof}
)

// What this package refuses, besides the errors of packages record and form.
var (
	// ErrMalformed: a payload or page out of its bounds or shape. Don't send it again.
	ErrMalformed = errors.New("malformed claim")
	// ErrProof: the proof isn't by the claim's author, for this claim and this party.
	ErrProof = errors.New("proof doesn't fit the claim")
	// ErrEpoch: said in an epoch that its author has ended by resuming. Whoever made it runs
	// from an older copy: stop that one, or restore it once more.
	ErrEpoch = errors.New("said in an epoch that ended when its author resumed: another copy of that node runs, or it was put back without byway restore; stop the older one")
	// ErrClone: another resume is held that the author's own node doesn't know: of the same epoch,
	// or of a later one. Begin an epoch above it where this one wasn't answered yet; else stop.
	ErrClone = errors.New("another node resumed under this key: this one didn't make the resume that is held")
	// ErrMany: as many claims of this relationship are kept as may be.
	ErrMany = errors.New("too many claims of one relationship")
	// ErrUnknown: it belongs to something that isn't held yet. Bring that first.
	ErrUnknown = errors.New("it belongs to something that isn't held")
)

// Span is a run of places, both ends included.
type Span struct{ First, Last uint64 }

// Claim is a resume or an ask: what of one relationship its author may miss.
type Claim struct {
	// ID is the record's id; By its author, To its recipient, Link its place. Read sets them.
	ID     record.ID
	By, To record.Key
	Link   record.Link
	// Epoch is the one that a resume begins; 0 says that it is an ask.
	Epoch uint32
	// Sent is the author's last place that it knows of, Held the recipient's last; 0 for none, and in an ask.
	Sent, Held uint64
	// LostSent and LostHeld are places up to those that it misses. In an ask: that it wants.
	LostSent, LostHeld []Span
	// Records are ids of statements that it misses.
	Records []record.ID
	// Nonce is random in a resume, zero in an ask: two nodes restored from one backup say the
	// same else, and would be taken for one. Service.Resume makes it.
	Nonce [NonceSize]byte
}

// Side tells the two directions of a relationship, as the author of a claim sees them.
type Side uint8

// The sides.
const (
	Sent Side = 0 // what the author of the claim sent
	Held Side = 1 // what its recipient sent
)

// Wants reports whether the author of c may miss the statement with an id at place n of one
// side. many says that several sign it: a place doesn't tell which of their signatures are held.
func (c Claim) Wants(s Side, n uint64, id record.ID, many bool) bool {
	for _, r := range c.Records {
		if r == id {
			return true
		}
	}
	top, lost := c.Sent, c.LostSent
	if s == Held {
		top, lost = c.Held, c.LostHeld
	}
	return c.Epoch > 0 && id != c.ID && (many || n > top) || inSpans(lost, n)
}

func inSpans(spans []Span, n uint64) bool {
	for _, s := range spans {
		if s.First <= n && n <= s.Last {
			return true
		}
	}
	return false
}

// validate holds the one shape of each claim at its place.
func (c Claim) validate() error {
	switch {
	case len(c.LostSent) > MaxSpans || len(c.LostHeld) > MaxSpans || len(c.Records) > MaxRecords:
		return fmt.Errorf("%w: over %d spans a side or %d records", ErrMalformed, MaxSpans, MaxRecords)
	case c.Epoch == 0 && (c.Sent != 0 || c.Held != 0 || c.Nonce != [NonceSize]byte{}):
		return fmt.Errorf("%w: an ask doesn't say how far its author knows the chain, and has no nonce", ErrMalformed)
	case c.Epoch == 0 && len(c.LostSent)+len(c.LostHeld)+len(c.Records) == 0:
		return fmt.Errorf("%w: it asks for nothing", ErrMalformed)
	}
	if c.Epoch > 0 {
		if err := c.validResume(); err != nil {
			return err
		}
	}
	if err := c.validSpans(c.LostSent, c.Sent); err != nil {
		return err
	}
	return c.validSpans(c.LostHeld, c.Held)
}

// validResume compares what a resume says with its link.
func (c Claim) validResume() error {
	l := c.Link
	switch {
	case l.N != record.Place(c.Epoch, 1):
		return fmt.Errorf("%w: a resume of epoch %d isn't the first of it", ErrMalformed, c.Epoch)
	case c.Sent >= l.N || (c.Sent == 0) != l.Sent.IsZero() || (c.Held == 0) != l.Held.IsZero():
		return fmt.Errorf("%w: what it knows isn't what its link says", ErrMalformed)
	case !place(c.Sent) || !place(c.Held):
		return fmt.Errorf("%w: a place without a count", ErrMalformed)
	}
	return nil
}

func place(n uint64) bool { return n == 0 || uint32(n) != 0 }

// validSpans holds their order, so that what is missing is said in one way.
func (c Claim) validSpans(spans []Span, top uint64) error {
	for i, s := range spans {
		switch {
		case s.First == 0, s.First > s.Last, i > 0 && s.First <= spans[i-1].Last:
			return fmt.Errorf("%w: spans not in order", ErrMalformed)
		case c.Epoch > 0 && s.Last > top:
			return fmt.Errorf("%w: place %d is above what it knows", ErrMalformed, s.Last)
		}
	}
	return nil
}
