package answer

import (
	"errors"
	"strings"
	"testing"
)

func TestOutcomeTellsWhoSpoke(t *testing.T) {
	inferred := errors.New("no answer in 10s")
	for _, c := range []struct {
		name  string
		o     Outcome
		final bool
		check func(error) bool
	}{
		{"the peer said ok", Outcome{Resp: []byte("x")}, false, func(err error) bool { return err == nil }},
		{"the peer refused", Outcome{Said: Refused, Text: "by policy"}, true, func(err error) bool {
			var r *Refusal
			return errors.As(err, &r) && r.Status == Refused && r.Text == "by policy"
		}},
		{"the peer failed", Outcome{Said: Internal}, false, func(err error) bool {
			var r *Refusal
			return errors.As(err, &r) && r.Status == Internal
		}},
		{"the peer turned us away", Outcome{Turned: Busy}, false, func(err error) bool { return errors.Is(err, ErrTurned) }},
		{"we infer", Outcome{Inferred: inferred}, false, func(err error) bool { return errors.Is(err, inferred) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.check(c.o.Err()) {
				t.Errorf("Err() = %v", c.o.Err())
			}
			if c.o.Final() != c.final {
				t.Errorf("Final() = %v, want %v", c.o.Final(), c.final)
			}
		})
	}
}

func TestRefusalTextIsBounded(t *testing.T) {
	var r *Refusal
	if !errors.As(Refuse(Malformed, "%s", strings.Repeat("x", 10*MaxText)), &r) || len(r.Text) != MaxText {
		t.Fatalf("text of %d bytes, want %d", len(r.Text), MaxText)
	}
}

func TestUnknownCodesShowTheirNumber(t *testing.T) {
	if got := Status(999).String(); got != "status 999" {
		t.Error(got)
	}
	if got := ResetCode(999).String(); got != "reset 999" {
		t.Error(got)
	}
}
