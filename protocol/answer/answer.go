package answer

import (
	"context"
	"errors"
	"fmt"
)

// Handler answers one request. Its bytes are bounded by the protocol that carries
// it, and are the handler's to keep. It returns within ctx, whose deadline is the
// protocol's. A *Refusal (anywhere in the error's chain) reaches the peer as its
// status and text; any other error reaches it as Internal, without its text.
type Handler func(ctx context.Context, req []byte) (resp []byte, err error)

// Status is what a peer said of a request. It travels: append-only.
type Status uint16

// The statuses. What the caller should do stands beside each.
const (
	OK             Status = 0  // it was done
	Malformed      Status = 1  // not our format: don't send it again
	TooLarge       Status = 2  // over a bound that the protocol states: don't send it again
	UnknownVersion Status = 3  // a version that the peer doesn't know: offer an older one
	UnknownType    Status = 4  // a kind of record that the peer doesn't take here
	BadSignature   Status = 5  // a signature that doesn't verify
	WrongSigner    Status = 6  // signed by a key or role that may not say this
	NotAddressed   Status = 7  // addressed to somebody else
	Expired        Status = 8  // too late by the peer's clock
	Conflict       Status = 9  // contradicts what the peer holds
	Unsupported    Status = 10 // the peer doesn't do this
	NotFound       Status = 11 // names something that the peer doesn't hold
	Refused        Status = 12 // understood, and refused by policy
	Internal       Status = 13 // the peer's own failure: try again later
)

var statusNames = map[Status]string{
	OK: "ok", Malformed: "malformed", TooLarge: "too large", UnknownVersion: "unknown version",
	UnknownType: "unknown type", BadSignature: "bad signature", WrongSigner: "wrong signer",
	NotAddressed: "not addressed to this party", Expired: "expired", Conflict: "conflict",
	Unsupported: "unsupported", NotFound: "not found", Refused: "refused", Internal: "internal failure",
}

// String returns the status in words, or its number where it isn't known here.
func (s Status) String() string {
	if n, ok := statusNames[s]; ok {
		return n
	}
	return fmt.Sprintf("status %d", uint16(s))
}

// ResetCode says why a request was turned away unread. It travels: append-only.
type ResetCode uint32

// The reset codes. Zero means that nothing was turned away.
const (
	NotTurned   ResetCode = 0
	Busy        ResetCode = 1 // at its limit: try again later
	RateLimited ResetCode = 2 // too many from this peer: slow down
	Violation   ResetCode = 3 // the peer broke the framing: don't repeat it
	Closing     ResetCode = 4 // the node is shutting down: try again later
	TimedOut    ResetCode = 5 // the handler didn't end in time
)

var resetNames = map[ResetCode]string{
	Busy: "busy", RateLimited: "rate limited", Violation: "framing violated", Closing: "shutting down", TimedOut: "timed out there",
}

// String returns the code in words, or its number where it isn't known here.
func (c ResetCode) String() string {
	if n, ok := resetNames[c]; ok {
		return n
	}
	return fmt.Sprintf("reset %d", uint32(c))
}

// Refusal is an error that travels: a handler returns one to answer with a
// status, and Outcome.Err gives one back on the other side.
type Refusal struct {
	Status Status
	// Text is for a human, at most MaxText bytes; longer ones are cut.
	Text string
}

// MaxText bounds the text of a refusal, in bytes.
const MaxText = 256

// Error implements error.
func (r *Refusal) Error() string {
	if r.Text == "" {
		return r.Status.String()
	}
	return r.Status.String() + ": " + r.Text
}

// Refuse returns a *Refusal with a formatted text.
func Refuse(s Status, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	return &Refusal{Status: s, Text: text}
}

// Outcome is how one call ended, seen from the caller. Exactly one of these
// holds: the peer said OK (Resp), the peer said no (Said, Text), it turned us away
// (Turned), or we infer a failure (Inferred).
type Outcome struct {
	Resp     []byte
	Said     Status
	Text     string
	Turned   ResetCode
	Inferred error
}

// ErrTurned is in the chain of Outcome.Err where the peer turned us away.
var ErrTurned = errors.New("turned away")

// ErrNoRoad is what a caller infers when it knows no way to a party.
var ErrNoRoad = errors.New("no road to that party")

// Err returns nil where the peer said OK, a *Refusal where it said no, an error
// wrapping ErrTurned where it turned us away, and the inferred error otherwise.
func (o Outcome) Err() error {
	switch {
	case o.Inferred != nil:
		return o.Inferred
	case o.Turned != NotTurned:
		return fmt.Errorf("%w: %s", ErrTurned, o.Turned)
	case o.Said != OK:
		return &Refusal{Status: o.Said, Text: o.Text}
	}
	return nil
}

// Final reports whether sending the same request again can't help: the peer
// read it, and said no for a reason that isn't its own failure.
func (o Outcome) Final() bool {
	return o.Inferred == nil && o.Turned == NotTurned && o.Said != OK && o.Said != Internal
}
