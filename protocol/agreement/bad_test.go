package agreement

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func status(err error) answer.Status {
	var r *answer.Refusal
	switch {
	case err == nil:
		return answer.OK
	case errors.As(err, &r):
		return r.Status
	}
	return answer.Internal
}

func TestBadInputIsRefusedByNameAndNotStored(t *testing.T) {
	w := newBetween(t)
	more := w.contradicting()
	for _, s := range w.scenarios() {
		for _, c := range append(w.bad(s), more[s.name]...) {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				service, j := s.receiver(epoch)
				before := j.count()
				resp, err := service.Handle(t.Context(), c.req)
				if got := status(err); got != c.want || resp != nil {
					t.Errorf("got %s (%v), want %s", got, err, c.want)
				}
				if j.count() != before {
					t.Error("something was stored")
				}
			})
		}
	}
}

func TestReplayedMessageChangesNothing(t *testing.T) {
	w := newBetween(t)
	for _, s := range w.scenarios() {
		t.Run(s.name, func(t *testing.T) {
			service, j := s.receiver(epoch)
			before := j.count()
			for i := range 3 {
				if _, err := service.Handle(t.Context(), w.request(s.good.Bytes())); err != nil {
					t.Fatalf("time %d: %v", i, err)
				}
				if i == 0 && j.count() == before {
					t.Fatal("the message wasn't stored")
				}
				if i == 0 {
					before = j.count()
				}
			}
			if j.count() != before {
				t.Error("a replay was stored")
			}
		})
	}
}

// TestSignatureOverAnotherStatementIsVerified holds that a signature which is known on one
// statement doesn't count on another.
func TestSignatureOverAnotherStatementIsVerified(t *testing.T) {
	w := newBetween(t)
	forged := formtest.Sign(t, formtest.Draft(w.alternative), actorBakery)
	hers := w.proffer.Signatures()[0]
	whole, err := forged.With(hers)
	if err != nil {
		t.Fatal(err)
	}
	s := scenario{to: First, held: w.entries(First, w.proffer)}
	service, j := s.receiver(epoch)
	if _, err := service.Handle(t.Context(), w.request(whole.Bytes())); status(err) != answer.BadSignature && status(err) != answer.NotAddressed {
		t.Errorf("as a request: %v", err)
	}
	a, err := service.Get(t.Context(), w.proffer.ID())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.admit(whole.Bytes(), a); err == nil {
		t.Error("it is taken in an answer")
	}
	if j.count() != 1 {
		t.Error("something was stored")
	}
}

// made are all vectors: requests, who gets them in which state, and what comes of them.
func made(t testing.TB) []recordtest.Vector {
	w := newBetween(t)
	more := w.contradicting()
	var out []recordtest.Vector
	add := func(s scenario, name string, want answer.Status, body []byte) {
		v := formtest.Vector(s.name+" "+name, nil, ErrMalformed, body)
		to := map[Side]string{First: "alice", Second: "the bakery"}[s.to]
		v.Headers = []recordtest.Header{{Key: "about", Value: s.name + ": " + name}, {Key: "to", Value: to}}
		for _, e := range s.held {
			v.Headers = append(v.Headers, recordtest.Header{Key: "holds", Value: fmt.Sprintf("%x", e.Rec.Bytes())})
		}
		v.Headers = append(v.Headers,
			recordtest.Header{Key: "at", Value: fmt.Sprint(epoch.UnixMilli())},
			recordtest.Header{Key: "expect", Value: want.String()})
		out = append(out, v)
	}
	add(w.scenarios()[0], "with commitments", answer.OK, w.request(w.profferOf(committed()).Bytes()))
	for _, s := range w.scenarios() {
		add(s, "good", answer.OK, w.request(s.good.Bytes()))
		for _, c := range append(w.bad(s), more[s.name]...) {
			if len(c.req) <= 8<<10 {
				add(s, c.name, c.want, c.req)
			}
		}
	}
	return out
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		s := scenario{to: First}
		if v.Get("to") == "the bakery" {
			s.to = Second
		}
		s.held = heldBy(t, v, s.to)
		service, _ := s.receiver(epoch)
		if _, err := service.Handle(t.Context(), v.Body); status(err).String() != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
	}
}
