package agreement

import (
	"errors"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// The contract of the protocol. What carries it holds these bounds.
const (
	// ID names the protocol on a stream.
	ID = "/byway/agreement/1"
	// MaxRequest is the largest request, in bytes: a whole record and MaxWith more of usual size.
	MaxRequest = 256 << 10
	// MaxResponse is the largest response, in bytes.
	MaxResponse = 256 << 10
	// Timeout is the longest that one request may take: reading, deciding, a synced write, writing.
	Timeout = 10 * time.Second
	// Rate is how many requests a second one peer may make on average, Burst how many at
	// once: one person settles terms with one vendor a few times a year, a node of
	// many persons a few times a second.
	Rate  = 64
	Burst = 256

	// PayloadVersion is the version of every payload of this protocol.
	PayloadVersion = 1
)

// The types of statement that this protocol owns.
const (
	TypeBody       record.Type = "agreement.body"
	TypeAcceptance record.Type = "agreement.acceptance"
	TypeDecline    record.Type = "agreement.decline"
	TypeEnd        record.Type = "agreement.end"
	TypeReceipt    record.Type = "agreement.receipt"
)

// The bounds of what payloads hold, in bytes where nothing else is said.
const (
	MaxName     = 128
	MaxPurpose  = 256
	MaxData     = 16 // categories
	MaxCategory = 64 // of data, each
	MaxLaw      = 32
	MaxText     = 512
	MaxReceived = 64 // records that one receipt names
	MaxWith     = 4  // records that go with a proffer
)

// The times of the protocol. Those that count from a signature count by the clock of
// the party that keeps it.
const (
	// ResendAfter is how long a party waits for a receipt before it sends again what it signed.
	ResendAfter = 5 * time.Second
	// GiveUp is how long after it was signed a record is still sent without being asked
	// for. It is kept, and still answers a poll, for ever.
	GiveUp = 14 * 24 * time.Hour
	// AlternativeLife is how long the person has to answer an alternative.
	AlternativeLife = 7 * 24 * time.Hour
	// MaxOpenPerParty is how many proffers of one person wait for one organisation's human at once.
	MaxOpenPerParty = 16
	// MaxOpen is how many proffers wait for an organisation's human in all.
	MaxOpen = 4096
)

// Terms names the standard-form agreement that a body is made of.
type Terms = terms.Ref

// Reason says why a body was declined or a thread ended. It travels: append-only.
type Reason uint8

// The reasons.
const (
	ReasonNone   Reason = 0
	ReasonTerms  Reason = 1 // not accepted by policy
	ReasonPerson Reason = 2 // a human said no
	ReasonLate   Reason = 3 // the answer came after answer_by
	ReasonVoid   Reason = 4 // the other side contradicted itself
	ReasonEnded  Reason = 5 // one side ends what was agreed, or withdraws
	ReasonOffer  Reason = 6 // the offer behind it is no longer good
)

var reasonNames = [...]string{"no reason given", "terms not accepted", "a human said no", "answered too late", "contradicted itself", "ended by choice", "offer no longer good"}

// String returns the reason in words.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "a reason that this version doesn't know"
}

// What this package refuses. Match with errors.Is; Refusal gives the status that travels.
var (
	// ErrMalformed: a payload out of its bounds or shape. Don't send it again.
	ErrMalformed = errors.New("malformed message")
	// ErrVersion: a payload's version that this code doesn't know.
	ErrVersion = errors.New("unknown payload version")
	// ErrType: a record that isn't of this protocol, or doesn't travel by it.
	ErrType = errors.New("not a message of this protocol")
	// ErrSigner: said by a key that may not say it.
	ErrSigner = errors.New("signed by a key that may not say this")
	// ErrUnknown: about a proffer that isn't held here. Send the proffer first.
	ErrUnknown = errors.New("no such proffer or agreement here")
	// ErrContradiction: it contradicts what is held, which stays as it is.
	ErrContradiction = errors.New("contradicts the record held")
	// ErrExpired: its time to answer is over. Make a new proffer.
	ErrExpired = errors.New("time to answer is over")
	// ErrAnswered: this side has answered it already; see Get.
	ErrAnswered = errors.New("answered already")
	// ErrEnded: it was ended or withdrawn, for good. Make a new proffer.
	ErrEnded = errors.New("ended already")
	// ErrVoid: the other side contradicted itself, so nothing is signed under it.
	ErrVoid = errors.New("void: the other side contradicted itself")
	// ErrDecision: a decision that this side can't take about this.
	ErrDecision = errors.New("not a decision to take here")
	// ErrDoesntSpeak: the other side doesn't speak the protocol, so nothing was signed or sent.
	ErrDoesntSpeak = errors.New("that party doesn't speak " + ID)
	// ErrUnreached: it is signed and kept, but the other side wasn't reached yet. It is sent again.
	ErrUnreached = errors.New("signed, but that party wasn't reached yet; it is sent again")
	// ErrResuming: this party lost something, and what it signed before isn't known again yet, so
	// nothing is decided or ended. It goes on by itself once the other side has answered.
	ErrResuming = errors.New("this relationship is being resumed after a loss; try again once the other side was reached")
	// ErrTooMany: as many proffers wait for a human as may.
	ErrTooMany = errors.New("too many open proffers")
)

var statuses = []struct {
	err    error
	status answer.Status
}{
	{ErrMalformed, answer.Malformed},
	{ErrVersion, answer.UnknownVersion},
	{ErrType, answer.UnknownType},
	{ErrSigner, answer.WrongSigner},
	{ErrUnknown, answer.NotFound},
	{ErrContradiction, answer.Conflict},
	{ErrExpired, answer.Expired},
	{ErrTooMany, answer.Refused},
}

// Refusal returns err as the *answer.Refusal that tells the peer about it, also for
// what the verify gate refuses; and err itself where it isn't the peer's doing.
func Refusal(err error) error {
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return answer.Refuse(s.status, "%v", err)
		}
	}
	return answer.FromGate(err)
}
