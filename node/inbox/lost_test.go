package inbox

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// cameBack has the bakery lose all, and get one proffer back from alice: it is held then, and
// nobody was asked about it.
func (m *market) cameBack(t *testing.T) record.ID {
	t.Helper()
	id := m.proffer(t)
	m.bakery = m.side(t, "bakery")
	m.alice.line.to, m.bakery.line.to = m.bakery.service, m.alice.service
	es, err := m.alice.store.Entries(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.bakery.service.Recover(t.Context(), es[0].Rec, es[0].At); err != nil {
		t.Fatal(err)
	}
	if m.bakery.asked(t, id) {
		t.Fatal("what came back was asked about: nothing is tested")
	}
	return id
}

func (s *side) asked(t *testing.T, id record.ID) bool {
	t.Helper()
	a, err := s.service.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.View(epoch).Asked
}

// waitsFor holds that one proffer waits for the owner, also in the list of all.
func (s *side) waitsFor(t *testing.T, id record.ID, when string) {
	t.Helper()
	all, _ := s.list(t, 0, 10)
	for what, got := range map[string][]Item{"what waits": s.waiting(t), "the list": all} {
		if len(got) != 1 || got[0].ID != id || !got[0].Waiting || len(got[0].Commands) != 3 {
			t.Errorf("%s: %s is %+v, want the proffer", when, what, got)
		}
	}
}

// resend has alice's node send what isn't acknowledged, until the bakery's notes that it asked.
func (m *market) resend(t *testing.T, id record.ID) {
	t.Helper()
	m.clock = m.clock.Add(agreement.ResendAfter)
	seq, err := m.bakery.store.Wait(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	m.alice.threads()
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- m.alice.service.Run(ctx) }()
	for !m.bakery.asked(t, id) {
		if seq, err = m.bakery.store.Wait(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	<-ran
}

// The note that she was asked comes after the record, and is no record that could wait.
func TestProfferThatCameBackWaitsBeforeAndAfterItIsAskedAbout(t *testing.T) {
	m := newMarket(t)
	id := m.cameBack(t)
	m.bakery.waitsFor(t, id, "before it is asked about")
	m.resend(t, id)
	m.bakery.waitsFor(t, id, "asked about")
	m.bakery.open(t, m)
	m.bakery.waitsFor(t, id, "after a restart")
}

func TestProfferThatCameBackWaitsUntilItIsOver(t *testing.T) {
	for name, over := range map[string]func(*testing.T, *market, record.ID){
		"accepted": func(t *testing.T, m *market, id record.ID) {
			m.bakery.decide(t, id, agreement.Decision{Kind: agreement.Accept})
		},
		"declined": func(t *testing.T, m *market, id record.ID) {
			m.bakery.decide(t, id, agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonPerson})
		},
		"answered with other terms": func(t *testing.T, m *market, id record.ID) {
			m.bakery.decide(t, id, agreement.Decision{Kind: agreement.Alternative, Terms: other})
		},
		"expired": func(_ *testing.T, m *market, _ record.ID) { m.clock = m.clock.Add(2 * time.Hour) },
		"withdrawn": func(t *testing.T, m *market, id record.ID) {
			if _, err := m.alice.service.End(t.Context(), id, agreement.ReasonEnded, ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket(t)
			id := m.cameBack(t)
			m.bakery.waitsFor(t, id, "before")
			over(t, m, id)
			if got := m.bakery.waiting(t); len(got) != 0 {
				t.Errorf("it waits on: %+v", got)
			}
		})
	}
}
