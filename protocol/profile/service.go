package profile

import (
	"context"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// The contract of asking a node for its organisation's card.
const (
	// ServiceID is the protocol's id.
	ServiceID = "/byway/profile/1"
	// MaxRequest is the largest request, in bytes: it says nothing, and is empty.
	MaxRequest = 1
	// Timeout is how long one ask may take: the card is at hand.
	Timeout = 5 * time.Second
	// Rate is how many asks of one peer are answered a second.
	Rate = 2
	// Burst is how many asks of one peer are answered at once.
	Burst = 8
)

// Handler answers with the organisation's newest card, which own returns; with
// answer.NotFound where own has none, as a person's node.
func Handler(own func(ctx context.Context) (record.Verified, error)) answer.Handler {
	return func(ctx context.Context, req []byte) ([]byte, error) {
		if len(req) > 0 {
			return nil, answer.Refuse(answer.Malformed, "a request for a card is empty")
		}
		v, err := own(ctx)
		if err != nil {
			return nil, err
		}
		if v.IsZero() {
			return nil, answer.Refuse(answer.NotFound, "this node has no card: it is a person's")
		}
		return v.Bytes(), nil
	}
}

// Fetch asks a node for its organisation's card, by call, and verifies it. Errors:
// what the outcome's Err returns, Verify's, ErrStale.
func Fetch(ctx context.Context, call func(ctx context.Context, req []byte) answer.Outcome, now time.Time) (record.Verified, Card, error) {
	out := call(ctx, nil)
	if err := out.Err(); err != nil {
		return record.Verified{}, Card{}, err
	}
	v, c, err := Verify(out.Resp, now)
	if err != nil {
		return record.Verified{}, Card{}, fmt.Errorf("the card that it answered with: %w", err)
	}
	if err := c.Live(now); err != nil {
		return record.Verified{}, Card{}, err
	}
	return v, c, nil
}
