package intention

import (
	"context"
	"errors"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

// Handler answers requests of ID: casts and withdrawals that their person hands to the
// vendors that she named. take keeps an item, durably, before the answer leaves; it may get one twice after a restart.
func Handler(v *Validator, now func() time.Time, take func(context.Context, Item) error) answer.Handler {
	return func(ctx context.Context, req []byte) ([]byte, error) {
		verdict, item, err := v.Check(req, record.ID{}, category.Path{}, now())
		if verdict != Accept {
			return nil, Refusal(err)
		}
		if err := take(ctx, item); err != nil {
			v.Forget(item)
			return nil, err
		}
		return nil, nil
	}
}

var refusals = []struct {
	err    error
	status answer.Status
}{
	{form.ErrType, answer.UnknownType},
	{ErrForm, answer.Malformed},
	{ErrMalformed, answer.Malformed},
	{ErrTopic, answer.NotAddressed},
	{ErrTooFar, answer.Refused},
	{ErrExpired, answer.Expired},
	{ErrSecond, answer.Conflict},
	{ErrWithdrawn, answer.Conflict},
	// Not a refusal for good: there is room again when others have expired.
	{ErrFull, answer.Internal},
}

// Refusal returns what a caller is told where Check gave err: nil for nil and for
// ErrSeen, since what was sent again is there; else an *answer.Refusal.
func Refusal(err error) error {
	if err == nil || errors.Is(err, ErrSeen) {
		return nil
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return answer.Refuse(r.status, "%v", err)
		}
	}
	return answer.FromGate(err)
}
