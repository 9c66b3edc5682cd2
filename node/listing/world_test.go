package listing

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type ring []string

func (r ring) Owns(k record.Key) bool {
	_, err := r.Signer(context.Background(), k)
	return err == nil
}

func (r ring) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	for _, name := range r {
		if recordtest.Key(name) == k {
			return recordtest.Signer(name), nil
		}
	}
	return nil, errors.New("no such key")
}

// line carries requests to the other side's service, or nowhere while it is cut.
type line struct {
	to  map[record.Key]*agreement.Service
	cut bool
}

func (l *line) Call(ctx context.Context, to record.Key, req []byte) answer.Outcome {
	s, ok := l.to[to]
	if !ok || l.cut {
		return answer.Outcome{Inferred: errors.New("no answer in time")}
	}
	resp, err := s.Handle(ctx, req)
	if err != nil {
		return answer.Outcome{Said: answer.Internal, Text: err.Error()}
	}
	return answer.Outcome{Resp: resp}
}

func (l *line) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

type word struct {
	mu  sync.Mutex
	say agreement.Decision
}

func (w *word) Decide(context.Context, agreement.Proffer) (agreement.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.say, nil
}

// side is one party: its store, what settles agreements over it, and the listing.
type side struct {
	*agreement.Service
	store   *store.Memory
	listing *Listing
	says    *word
	line    *line
}

// world is alice, the bakery and the mill; clock is their clock.
type world struct {
	t     *testing.T
	alice *side
	shops map[string]*side
	clock time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: epoch, shops: map[string]*side{}}
	w.alice = w.side("alice", "alice at the mill")
	for _, name := range []string{"bakery", "mill"} {
		s := w.side(name)
		s.line.to = map[record.Key]*agreement.Service{recordtest.Key("alice"): w.alice.Service, recordtest.Key("alice at the mill"): w.alice.Service}
		w.shops[name], w.alice.line.to[recordtest.Key(name)] = s, s.Service
	}
	return w
}

func (w *world) side(names ...string) *side {
	s := &side{store: store.NewMemory(), says: new(word), line: &line{to: map[record.Key]*agreement.Service{}}}
	w.t.Cleanup(func() { _ = s.store.Close() })
	s.Service = agreement.NewService(agreement.Config{
		Journal: s.store, Keys: ring(names), Caller: s.line, Decider: s.says, Now: func() time.Time { return w.clock },
	})
	s.listing = New(Config{Store: s.store})
	return s
}

func ref(id string) agreement.Terms {
	return agreement.Terms{Roster: "byway-2026-1", ID: id, Version: "1"}
}

// proffer has alice proffer SD-BASE to a shop that says d; change changes what she proffers.
func (w *world) proffer(shop string, d agreement.Decision, change func(*agreement.Body)) record.ID {
	w.t.Helper()
	w.clock = w.clock.Add(time.Second)
	w.shops[shop].says.say = d
	to := agreement.To{Me: recordtest.Key("alice"), Them: recordtest.Key(shop)}
	if shop == "mill" {
		to.Me = recordtest.Key("alice at the mill")
	}
	b := agreement.Body{Terms: ref("SD-BASE"), SecondName: "The " + shop, Purpose: "weekly bread", Data: []string{"name", "address"}, Law: "EU", AnswerBy: w.clock.Add(time.Hour)}
	if change != nil {
		change(&b)
	}
	a, err := w.alice.Proffer(w.t.Context(), to, b)
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		w.t.Fatal(err)
	}
	return a.ID()
}

func (w *world) end(s *side, id record.ID) {
	w.t.Helper()
	if _, err := s.End(w.t.Context(), id, agreement.ReasonEnded, "moved away"); err != nil && !errors.Is(err, agreement.ErrUnreached) {
		w.t.Fatal(err)
	}
}

var (
	accept  = agreement.Decision{Kind: agreement.Accept}
	decline = agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms, Text: "sold out"}
	ask     = agreement.Decision{Kind: agreement.Ask}
	instead = agreement.Decision{Kind: agreement.Alternative, Terms: ref("SD-BASE-DP")}
)

// allKinds makes a thread of every kind, some with several shops.
func (w *world) allKinds() {
	w.t.Helper()
	for range 2 {
		w.proffer("bakery", accept, nil)
		w.proffer("mill", accept, func(b *agreement.Body) {
			b.ValidFrom, b.ValidUntil = w.clock.Add(48*time.Hour), w.clock.Add(96*time.Hour)
		})
		w.proffer("bakery", decline, nil)
		w.proffer("mill", ask, nil)
		w.alice.says.say = ask
		w.proffer("bakery", instead, func(b *agreement.Body) { b.About = record.SumID([]byte("a loaf")) })
		w.alice.says.say = accept
		w.proffer("mill", instead, nil)
		w.end(w.alice, w.proffer("bakery", accept, nil))
		w.end(w.alice, w.proffer("mill", ask, nil))
		w.alice.line.cut = true
		w.proffer("bakery", accept, nil)
		w.alice.line.cut = false
	}
}

func (w *world) sides() []*side { return []*side{w.alice, w.shops["bakery"], w.shops["mill"]} }

// held folds every thread of a store, in the order in which they began.
func (w *world) held(s *side) []agreement.Agreement {
	w.t.Helper()
	es, err := s.store.Subjects(w.t.Context(), agreement.TypeBody, 0, store.MaxLimit)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []agreement.Agreement
	for _, e := range es {
		all, err := s.store.Entries(w.t.Context(), e.Entry.Subject)
		if err != nil {
			w.t.Fatal(err)
		}
		a, err := agreement.Fold(all)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func (w *world) page(l *Listing, q Query, limit int) []Line {
	w.t.Helper()
	lines, err := l.Page(w.t.Context(), q, limit, w.clock)
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}
