package agreement

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: epoch} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// memJournal is a journal in a map, with the chains of relationships.
type memJournal struct {
	mu      sync.Mutex
	entries map[record.ID][]record.Entry
	order   []record.ID
	sent    map[[2]record.Key]record.Link // the last sent, and the last held
	appends int
	fail    error // what each append returns, where it is set
}

func newJournal() *memJournal {
	return &memJournal{entries: make(map[record.ID][]record.Entry), sent: make(map[[2]record.Key]record.Link)}
}

func (j *memJournal) Append(_ context.Context, subject record.ID, expect int, es []record.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(subject, expect, es)
}

func (j *memJournal) append(subject record.ID, expect int, es []record.Entry) error {
	if j.fail != nil {
		return j.fail
	}
	had := j.entries[subject]
	if expect >= 0 && len(had) != expect {
		return record.ErrConflict
	}
	if len(had) == 0 {
		j.order = append(j.order, subject)
	}
	j.appends++
	j.entries[subject] = append(slices.Clip(had), es...)
	for _, e := range es {
		if e.Rec.IsZero() || e.Rec.Statement().Recipient().IsZero() {
			continue
		}
		st := e.Rec.Statement()
		if from, to := st.Author(), st.Recipient(); e.Mine {
			l := j.sent[[2]record.Key{from, to}]
			if st.Link().N > l.N {
				l.N, l.Sent = st.Link().N, e.Rec.ID()
				j.sent[[2]record.Key{from, to}] = l
			}
		} else {
			l := j.sent[[2]record.Key{to, from}]
			l.Held = e.Rec.ID()
			j.sent[[2]record.Key{to, from}] = l
		}
	}
	return nil
}

func (j *memJournal) AppendLinked(_ context.Context, me, them record.Key, expect int, link func(record.Link) ([]record.Entry, error)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.sent[[2]record.Key{me, them}]
	l.N++
	es, err := link(l)
	if err != nil {
		return err
	}
	return j.append(es[0].Subject, expect, es)
}

func (j *memJournal) Entries(_ context.Context, subject record.ID) ([]record.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[subject], nil
}

func (j *memJournal) threads(_ context.Context, t record.Type, after uint64, limit int) ([]record.ID, uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []record.ID
	for i, id := range j.order {
		if uint64(i) >= after && len(ids) < limit && j.entries[id][0].Rec.Statement().Type() == t {
			ids, after = append(ids, id), uint64(i)+1
		}
	}
	return ids, after, nil
}

func (j *memJournal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, es := range j.entries {
		n += len(es)
	}
	return n
}

// ring is a keyring of a few signers.
type ring []record.Signer

func (r ring) Owns(k record.Key) bool {
	return slices.ContainsFunc(r, func(s record.Signer) bool { return s.Key() == k })
}

func (r ring) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	for _, s := range r {
		if s.Key() == k {
			return s, nil
		}
	}
	return nil, errors.New("no such key")
}

func signer(t testing.TB, name string) record.Signer {
	t.Helper()
	s, err := record.NewSigner(record.SumID([]byte(name)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wire carries requests to the other side's service, or loses them.
type wire struct {
	mu       sync.Mutex
	to       *Service
	down     bool // nothing arrives
	deaf     bool // it arrives, and the answer is lost
	silent   bool // doesn't speak the protocol
	requests [][]byte
}

var errLost = errors.New("no answer in time")

func (w *wire) set(down, deaf bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.deaf = down, deaf
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.requests)
}

func (w *wire) Call(ctx context.Context, _ record.Key, req []byte) answer.Outcome {
	w.mu.Lock()
	down, deaf := w.down, w.deaf
	w.requests = append(w.requests, req)
	w.mu.Unlock()
	if down {
		return answer.Outcome{Inferred: errLost}
	}
	resp, err := w.to.Handle(ctx, req)
	var r *answer.Refusal
	switch {
	case deaf:
		return answer.Outcome{Inferred: errLost}
	case errors.As(err, &r):
		return answer.Outcome{Said: r.Status, Text: r.Text}
	case err != nil:
		return answer.Outcome{Said: answer.Internal}
	}
	return answer.Outcome{Resp: resp}
}

func (w *wire) Speaks(context.Context, record.Key) (bool, error) { return !w.silent, nil }

// script answers what comes in, in turn; the last answer stays.
type script struct {
	mu    sync.Mutex
	say   []Decision
	err   error
	asked []Proffer
}

func (s *script) Decide(_ context.Context, p Proffer) (Decision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, p)
	if s.err != nil {
		return Decision{}, s.err
	}
	d := s.say[0]
	if len(s.say) > 1 {
		s.say = s.say[1:]
	}
	return d, nil
}

func (s *script) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// two is a person and a bakery that can reach each other.
type two struct {
	alice, bakery       *Service
	aliceKey, bakeryKey record.Key
	aliceLog, bakeryLog *memJournal
	aliceSays, bakes    *script
	toBakery, toAlice   *wire
	clock               *clock
}

func newTwo(t testing.TB, bakery, alice Decision) *two {
	a, b := signer(t, "alice"), signer(t, "bakery")
	w := &two{
		aliceKey: a.Key(), bakeryKey: b.Key(), aliceLog: newJournal(), bakeryLog: newJournal(), clock: newClock(),
		aliceSays: &script{say: []Decision{alice}}, bakes: &script{say: []Decision{bakery}}, toBakery: &wire{}, toAlice: &wire{},
	}
	w.boot(t)
	return w
}

// boot starts both services anew, on what their journals hold.
func (w *two) boot(t testing.TB) {
	w.alice = NewService(Config{
		Journal: w.aliceLog, Keys: ring{signer(t, "alice")}, Caller: w.toBakery, Decider: w.aliceSays, Now: w.clock.now, Threads: w.aliceLog.threads,
	})
	w.bakery = NewService(Config{
		Journal: w.bakeryLog, Keys: ring{signer(t, "bakery")}, Caller: w.toAlice, Decider: w.bakes, Now: w.clock.now, Threads: w.bakeryLog.threads,
	})
	w.toBakery.to, w.toAlice.to = w.bakery, w.alice
}

var (
	base  = Terms{Roster: "byway-2026-1", ID: "SD-BASE", Version: "1"}
	other = Terms{Roster: "byway-2026-1", ID: "SD-BASE-A", Version: "1"}
	third = Terms{Roster: "byway-2026-1", ID: "SD-BASE-AT", Version: "1"}
)

func someBody() Body {
	return Body{
		Terms: base, SecondName: "The Bakery", Purpose: "service", Data: []string{"name", "address"}, Law: "EU",
		AnswerBy: epoch.Add(time.Hour), Nonce: [16]byte{1},
	}
}

func (w *two) proffer(t testing.TB) Agreement {
	t.Helper()
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody())
	if err != nil {
		t.Fatalf("proffer: %v", err)
	}
	return a
}

// sides returns what each holds about a thread.
func (w *two) sides(t testing.TB, id record.ID) (Agreement, Agreement) {
	t.Helper()
	a, err := w.alice.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("alice: %v", err)
	}
	b, err := w.bakery.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("bakery: %v", err)
	}
	return a, b
}

// wantBoth fails unless both hold the state, and the same whole record.
func (w *two) wantBoth(t testing.TB, id record.ID, want State) (Agreement, Agreement) {
	t.Helper()
	a, b := w.sides(t, id)
	if a.State() != want || b.State() != want {
		t.Fatalf("alice is %s, the bakery %s, want %s", a.State(), b.State(), want)
	}
	x, okA := a.Agreed()
	y, okB := b.Agreed()
	if okA != okB || okA && x.Record().Sum() != y.Record().Sum() {
		t.Fatal("they don't hold the same whole record")
	}
	return a, b
}
