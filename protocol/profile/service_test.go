package profile

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// wire carries requests to h as a peer would see them answered.
func wire(h answer.Handler) func(context.Context, []byte) answer.Outcome {
	return func(ctx context.Context, req []byte) answer.Outcome {
		resp, err := h(ctx, req)
		var no *answer.Refusal
		if errors.As(err, &no) {
			return answer.Outcome{Said: no.Status, Text: no.Text}
		}
		return answer.Outcome{Resp: resp, Inferred: err}
	}
}

func TestFetchTakesOnlyALiveCardThatVerifies(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	bakery := recordtest.Signer("the bakery")
	r, err := New(t.Context(), Card{
		Name: "The Bakery", Sequence: 1, Issued: now, Expires: now.Add(time.Hour), Speaks: []string{"/byway/agreement/1"},
	}, bakery)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: now, Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	own := func(context.Context) (record.Verified, error) { return v, nil }
	none := func(context.Context) (record.Verified, error) { return record.Verified{}, nil }
	flipped := func(_ context.Context, _ []byte) ([]byte, error) {
		b := append([]byte{}, v.Bytes()...)
		b[len(b)-1] ^= 1
		return b, nil
	}
	var no *answer.Refusal
	for _, c := range []struct {
		name string
		h    answer.Handler
		at   time.Time
		ok   func(error) bool
	}{
		{"a live card", Handler(own), now, func(err error) bool { return err == nil }},
		{"an expired one", Handler(own), now.Add(2 * time.Hour), func(err error) bool { return errors.Is(err, ErrStale) }},
		{"a person's node", Handler(none), now, func(err error) bool { return errors.As(err, &no) && no.Status == answer.NotFound }},
		{"one flipped bit", flipped, now, func(err error) bool { return errors.Is(err, record.ErrSignature) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, card, err := Fetch(t.Context(), wire(c.h), c.at)
			if !c.ok(err) {
				t.Fatalf("err = %v", err)
			}
			if err == nil && (card.Key != bakery.Key() || got.ID() != v.ID()) {
				t.Errorf("another card than the bakery's")
			}
		})
	}
}

func TestARequestWithBytesIsRefused(t *testing.T) {
	var no *answer.Refusal
	h := Handler(func(context.Context) (record.Verified, error) { return record.Verified{}, errors.New("not asked for") })
	if _, err := h(t.Context(), []byte("x")); !errors.As(err, &no) || no.Status != answer.Malformed {
		t.Errorf("err = %v, want malformed", err)
	}
}
