package intention

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

func direct(t *testing.T) record.Record {
	c := beans()
	c.Community = record.ID{}
	return cast(t, c, castKey)
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func TestADirectCastIsTakenOnceHoweverOftenItIsSent(t *testing.T) {
	var got []Item
	h := Handler(NewValidator(0), at(noon), func(_ context.Context, i Item) error { got = append(got, i); return nil })
	for range 3 {
		if resp, err := h(t.Context(), direct(t).Bytes()); err != nil || len(resp) > 0 {
			t.Fatalf("%x, %v", resp, err)
		}
	}
	if len(got) != 1 || got[0].Cast.Text != beans().Text {
		t.Errorf("taken: %+v", got)
	}
}

func TestACastThatCouldNotBeKeptIsTakenWhenItIsSentAgain(t *testing.T) {
	full, taken := errors.New("a disk is full"), 0
	h := Handler(NewValidator(0), at(noon), func(context.Context, Item) error {
		if taken++; taken <= 2 {
			return full
		}
		return nil
	})
	r := direct(t)
	back := withdrawal(t, readCast(t, r), castKey)
	for i, want := range []error{full, full, nil, nil} {
		b := r.Bytes()
		if i == 1 {
			b = back.Bytes()
		}
		if _, err := h(t.Context(), b); !errors.Is(err, want) {
			t.Errorf("request %d: %v, want %v", i, err, want)
		}
	}
	if taken != 3 {
		t.Errorf("taken %d times", taken)
	}
}

func TestWhatIsNotTakenIsAnsweredWithItsReason(t *testing.T) {
	late := beans()
	late.Community, late.Expires, late.AcceptBy = record.ID{}, noon, noon
	far := beans()
	far.Community, far.Expires = record.ID{}, noon.Add(MaxLife+time.Hour)
	second := beans()
	second.Community, second.Text = record.ID{}, "something else"
	for name, c := range map[string]struct {
		before record.Record
		req    []byte
		limit  int
		want   answer.Status
	}{
		"empty":               {record.Record{}, nil, 0, answer.Malformed},
		"cut short":           {record.Record{}, direct(t).Bytes()[:FormSize-1], 0, answer.Malformed},
		"oversize":            {record.Record{}, append(direct(t).Bytes(), 0), 0, answer.Malformed},
		"a community's":       {record.Record{}, cast(t, beans(), castKey).Bytes(), 0, answer.NotAddressed},
		"expired":             {record.Record{}, cast(t, late, castKey).Bytes(), 0, answer.Expired},
		"too far":             {record.Record{}, cast(t, far, castKey).Bytes(), 0, answer.Refused},
		"another of one key":  {direct(t), cast(t, second, castKey).Bytes(), 0, answer.Conflict},
		"withdrawn before":    {withdrawal(t, readCast(t, direct(t)), castKey), direct(t).Bytes(), 0, answer.Conflict},
		"no room":             {cast(t, second, "bob"), direct(t).Bytes(), 1, answer.Internal},
		"a signature changed": {record.Record{}, flipped(direct(t).Bytes()), 0, answer.BadSignature},
	} {
		taken := 0
		h := Handler(NewValidator(c.limit), at(noon), func(context.Context, Item) error { taken++; return nil })
		want := 0
		if c.before.Bytes() != nil {
			want = 1
			if _, err := h(t.Context(), c.before.Bytes()); err != nil {
				t.Fatalf("%s: the message before: %v", name, err)
			}
		}
		_, err := h(t.Context(), c.req)
		var no *answer.Refusal
		if !errors.As(err, &no) || no.Status != c.want || taken != want {
			t.Errorf("%s: %v, want %s; %d taken", name, err, c.want, taken)
		}
	}
}

func flipped(b []byte) []byte {
	out := append([]byte{}, b...)
	out[len(out)-1] ^= 1
	return out
}
