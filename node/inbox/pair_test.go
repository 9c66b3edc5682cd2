package inbox

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/listing"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type ring []record.Signer

func (r ring) Owns(k record.Key) bool {
	_, err := r.Signer(context.Background(), k)
	return err == nil
}

func (r ring) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	for _, s := range r {
		if s.Key() == k {
			return s, nil
		}
	}
	return nil, errors.New("no such key")
}

func signer(t *testing.T, name string) record.Signer {
	t.Helper()
	s, err := record.NewSigner(record.SumID([]byte(name)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// line carries requests to the other side's service.
type line struct{ to *agreement.Service }

func (l *line) Call(ctx context.Context, _ record.Key, req []byte) answer.Outcome {
	resp, err := l.to.Handle(ctx, req)
	if err != nil {
		return answer.Outcome{Said: answer.Internal, Text: err.Error()}
	}
	return answer.Outcome{Resp: resp}
}

func (l *line) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

// word is a Decider that says the same until it is told otherwise.
type word struct {
	mu  sync.Mutex
	say agreement.Decision
	err error
}

func (w *word) Decide(context.Context, agreement.Proffer) (agreement.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.say, w.err
}

func (w *word) set(d agreement.Decision, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.say, w.err = d, err
}

// side is one party: its service, its store and its inbox.
type side struct {
	key     record.Key
	service *agreement.Service
	store   *store.Memory
	inbox   *Inbox
	says    *word
	line    *line
}

// market is alice and the bakery, joined in memory; clock is their clock.
type market struct {
	alice, bakery *side
	clock         time.Time
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{clock: epoch}
	m.alice, m.bakery = m.side(t, "alice"), m.side(t, "bakery")
	m.alice.line.to, m.bakery.line.to = m.bakery.service, m.alice.service
	return m
}

func (m *market) now() time.Time { return m.clock }

func (m *market) side(t *testing.T, name string) *side {
	t.Helper()
	key := signer(t, name)
	s := &side{key: key.Key(), store: store.NewMemory(), says: new(word), line: new(line)}
	t.Cleanup(func() { _ = s.store.Close() })
	s.service = agreement.NewService(agreement.Config{
		Journal: s.store, Keys: ring{key}, Caller: s.line, Decider: s.says, Now: m.now,
	})
	s.open(t, m)
	return s
}

// open makes the side's inbox over what its store has, as at a start.
func (s *side) open(t *testing.T, m *market) {
	t.Helper()
	book, err := contacts.Open(t.Context(), s.store, m.now)
	if err != nil {
		t.Fatal(err)
	}
	places := listing.New(listing.Config{Store: s.store, Waits: func(ctx context.Context, e store.Event) (bool, error) { return s.inbox.Waits(ctx, e) }})
	s.inbox = New(Config{Feed: s.store, Agreements: s.service, Book: book, Places: places, Now: m.now})
}

// threads has the side's service find what is under way when it runs.
func (s *side) threads() {
	s.service.Threads = func(ctx context.Context, kind record.Type, after uint64, limit int) (ids []record.ID, next uint64, err error) {
		es, err := s.store.Subjects(ctx, kind, after, limit)
		next = after
		for _, e := range es {
			ids, next = append(ids, e.Entry.Subject), e.Seq
		}
		return ids, next, err
	}
}

var (
	base  = agreement.Terms{Roster: "byway-2026-1", ID: "SD-BASE", Version: "1"}
	other = agreement.Terms{Roster: "byway-2026-1", ID: "SD-BASE-DP", Version: "1"}
)

func (m *market) proffer(t *testing.T) record.ID {
	t.Helper()
	a, err := m.alice.service.Proffer(t.Context(), agreement.To{Me: m.alice.key, Them: m.bakery.key}, agreement.Body{
		Terms: base, SecondName: "The Bakery", Purpose: "weekly bread", AnswerBy: m.clock.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.ID()
}

func (s *side) decide(t *testing.T, id record.ID, d agreement.Decision) {
	t.Helper()
	if _, err := s.service.Decide(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
}

func (s *side) waiting(t *testing.T) []Item {
	t.Helper()
	items, err := s.inbox.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func (s *side) list(t *testing.T, after uint64, limit int) ([]Item, uint64) {
	t.Helper()
	items, next, err := s.inbox.List(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return items, next
}
