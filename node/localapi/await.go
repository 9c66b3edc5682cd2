package localapi

import (
	"context"
	"math"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// Answers waits for what a counterparty says to a proffer. All its fields are required.
type Answers struct {
	Get func(ctx context.Context, id record.ID) (agreement.Agreement, error)
	// Wait returns the place of the feed's last entry once that is after the given one.
	Wait func(ctx context.Context, after uint64) (uint64, error)
	Now  func() time.Time
}

// await returns the thread as it stands once it is answered, once no answer can come
// any more, or when the time is over.
func (w Answers) await(ctx context.Context, a agreement.Agreement, wait time.Duration) (agreement.Agreement, error) {
	timed, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for after := uint64(0); w.pending(a); {
		// The place is read before the thread, so that nothing falls in between.
		next, err := w.Wait(timed, after)
		if err != nil {
			if timed.Err() != nil && ctx.Err() == nil {
				return a, nil
			}
			return a, err
		}
		after = next
		if a, err = w.Get(ctx, a.ID()); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (w Answers) pending(a agreement.Agreement) bool {
	v := a.View(w.Now())
	return v.State == agreement.Open && v.Refused == answer.OK && !v.Expired
}

// span reads a length of time off the wire: n units, not negative, 0 for the default.
func span(what string, n int64, unit time.Duration) (time.Duration, error) {
	if n < 0 || n > math.MaxInt64/int64(unit) {
		return 0, Fail(BadInput, "%s: %d is no length of time", what, n)
	}
	return time.Duration(n) * unit, nil
}
