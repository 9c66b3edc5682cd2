package localapi

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/answer"
)

// Kind says how a call failed. It travels as its text: append-only.
type Kind string

// The kinds, and what a caller does about each.
const (
	Failed    Kind = "failed"    // it couldn't be done here: the text says why
	Refused   Kind = "refused"   // the other side read it and said no, or turned it away
	NotFound  Kind = "not-found" // it names nothing that the node holds: list what there is
	Ambiguous Kind = "ambiguous" // it names several: Matches lists them, pick one
	BadInput  Kind = "bad-input" // what was asked makes no sense: mend it
	Closing   Kind = "closing"   // the node is shutting down, or went away: start it again
)

var codes = map[Kind]connect.Code{
	Failed: connect.CodeInternal, Refused: connect.CodePermissionDenied, NotFound: connect.CodeNotFound,
	Ambiguous: connect.CodeFailedPrecondition, BadInput: connect.CodeInvalidArgument, Closing: connect.CodeUnavailable,
}

// Failure is how a call failed, on both sides: a handler returns one anywhere in its
// error's chain, FailureOf gives it back to the caller.
type Failure struct {
	Kind Kind
	// Text says what went wrong, for a person; lower case, without a full stop.
	Text string
	// Try says what to do about it, mostly a command line; empty for nothing.
	Try string
	// Matches are what an ambiguous name could have meant, one line each.
	Matches []string
	// Cause stays in this process.
	Cause error
}

// Error implements error.
func (f *Failure) Error() string { return f.Text }

// Unwrap gives the cause to errors.Is.
func (f *Failure) Unwrap() error { return f.Cause }

// Fail returns a failure with a formatted text; an error given for %w becomes its cause.
func Fail(k Kind, format string, args ...any) *Failure {
	err := fmt.Errorf(format, args...)
	return &Failure{Kind: k, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// Hint returns f with a formatted Try.
func (f *Failure) Hint(format string, args ...any) *Failure {
	g := *f
	g.Try = fmt.Sprintf(format, args...)
	return &g
}

// Among returns f with what an ambiguous name could have meant.
func (f *Failure) Among(matches ...string) *Failure {
	g := *f
	g.Matches = matches
	return &g
}

// failureFor turns what a handler returned into a failure. The socket is the owner's
// own, so the text of every error is hers to read.
func failureFor(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	k := Failed
	var said *answer.Refusal
	switch {
	case errors.As(err, &said) && said.Status != answer.Internal, errors.Is(err, answer.ErrTurned):
		k = Refused
	case errors.Is(err, context.DeadlineExceeded):
		return Fail(k, "it took too long: %w", err).Hint("byway status, to see whom this node reaches; then once more")
	}
	f = Fail(k, "%w", err)
	if errors.Is(err, answer.ErrNoRoad) {
		return f.Hint("byway meet ADDRESS, with the address that their `byway status` shows")
	}
	return f
}

// toWire returns f as the error that travels.
func (f *Failure) toWire() *connect.Error {
	code, ok := codes[f.Kind]
	if !ok {
		code = connect.CodeInternal
	}
	e := connect.NewError(code, f.Text).WithCause(f)
	d, err := connectproto.NewErrorDetail(&localv1.Failure{Kind: string(f.Kind), Try: f.Try, Matches: f.Matches})
	if err != nil {
		return e // the code and the text are most of it
	}
	return e.WithDetail(d)
}

// FailureOf returns how a call of a Client failed; nil for nil. An error that isn't a
// call's is Failed with its own text.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	var f *Failure
	var e *connect.Error
	switch {
	case errors.As(err, &f):
		return f
	case !errors.As(err, &e):
		return &Failure{Kind: Failed, Text: err.Error(), Cause: err}
	}
	f = &Failure{Kind: Failed, Text: e.Message(), Cause: err}
	for _, d := range e.Details() {
		m, err := connectproto.UnmarshalErrorDetail(d)
		if w, ok := m.(*localv1.Failure); ok && err == nil {
			f.Kind, f.Try, f.Matches = Kind(w.GetKind()), w.GetTry(), w.GetMatches()
			return f
		}
	}
	return f.infer(e)
}

// infer reads an error that no handler of ours wrote.
func (f *Failure) infer(e *connect.Error) *Failure {
	switch e.Code() {
	case connect.CodeUnavailable:
		f.Kind, f.Text = Closing, "the node went away"
	case connect.CodeUnimplemented:
		f.Text = "the running node doesn't know this call"
		f.Try = "stop it, then start it with the version of this program: byway down, byway up"
	case connect.CodeResourceExhausted, connect.CodeInvalidArgument:
		f.Kind = BadInput
	}
	if f.Text == "" {
		f.Text = e.Code().String()
	}
	return f
}
