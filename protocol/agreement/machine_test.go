package agreement

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// A machine is one party as the exploration of all states sees it: every state that
// its journal can be in, and what the service makes of each message in each of them.
// Each step boots a service from the journal, so a crash between steps changes nothing here.
type machine struct {
	t      testing.TB
	faults *faults
	me     Side
	signer record.Signer
	silent bool // it sends nothing, which says nothing about what it holds
	broken broken
	states []journalState
	index  map[string]int
	steps  map[stepKey][]outcome
	acts   map[actKey][]move
}

// faults are what went against a rule, the first of each kind.
type faults struct{ list []string }

func (f *faults) add(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); len(f.list) < 20 && !slices.Contains(f.list, s) {
		f.list = append(f.list, s)
	}
}

// broken rules are seeded to see the exploration catch them.
type broken struct {
	side   Side
	ignore func(Agreement, Message) bool // says "yes" to a message, and forgets it
	forget func(Message) bool            // what a deciding human's node doesn't remember
}

// journalState is one set of entries, told apart by the records held, whatever their order.
type journalState struct {
	es      []record.Entry
	a       Agreement
	meaning string
}

type stepKey struct {
	state, msg int
	late       bool
}

// outcome is what one delivery can lead to: which decision is taken is up to chance.
type outcome struct {
	state int
	reply uint64 // messages
}

// move is what a party can do by itself.
type move struct {
	state int
	sends uint64 // messages
}

type actKey struct {
	state int
	late  bool
}

var (
	exploreBy   = epoch.Add(time.Hour)
	exploreLate = exploreBy.Add(time.Minute)
)

// exploreBody has an end such that an alternative to it expires with it.
func exploreBody() Body {
	b := someBody()
	b.AnswerBy, b.ValidUntil = exploreBy, exploreBy.Add(time.Millisecond)
	return b
}

func newMachine(t testing.TB, f *faults, me Side, s record.Signer, b broken) *machine {
	m := &machine{t: t, faults: f, me: me, signer: s, index: make(map[string]int), steps: make(map[stepKey][]outcome), acts: make(map[actKey][]move)}
	if b.side == me {
		m.broken = b
	}
	m.intern(nil)
	return m
}

// oneThread is the journal of one thread, whose chain gives every statement the same
// place: which place it has is no part of the state.
type oneThread struct{ es []record.Entry }

func (j *oneThread) Append(_ context.Context, _ record.ID, expect int, es []record.Entry) error {
	if expect != len(j.es) {
		return record.ErrConflict
	}
	j.es = append(slices.Clip(j.es), es...)
	return nil
}

func (j *oneThread) AppendLinked(ctx context.Context, _, _ record.Key, expect int, link func(record.Link) ([]record.Entry, error)) error {
	es, err := link(record.Link{N: 1})
	if err != nil {
		return err
	}
	return j.Append(ctx, record.ID{}, expect, es)
}

func (j *oneThread) Entries(context.Context, record.ID) ([]record.Entry, error) { return j.es, nil }

// chance takes one decision, and remembers whether it was asked to.
type chance struct {
	d     Decision
	asked bool
}

func (c *chance) Decide(context.Context, Proffer) (Decision, error) {
	c.asked = true
	return c.d, nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// do runs f on a service with the given journal, and returns the state that it leaves.
func (m *machine) do(state int, late bool, d Decision, f func(*Service)) (int, bool) {
	j, c := &oneThread{es: m.states[state].es}, &chance{d: d}
	now := epoch
	if late {
		now = exploreLate
	}
	f(NewService(Config{Journal: j, Keys: ring{m.signer}, Decider: c, Rand: zeros{}, Now: func() time.Time { return now }}))
	return m.intern(j.es), c.asked
}

// intern returns the number of the state with these entries. A set of records that
// was reached in another order before has to amount to the same.
func (m *machine) intern(es []record.Entry) int {
	var parts []string
	for _, e := range es {
		if e.Rec.IsZero() {
			if e.Note[0] != noteTheirs {
				parts = append(parts, string(e.Note))
			}
			continue
		}
		sum := e.Rec.Record().Sum()
		late := e.Rec.Complete() && !e.Mine && e.At.After(exploreBy) && e.Rec.Statement().Type() == TypeBody
		parts = append(parts, fmt.Sprintf("%x %v", sum[:8], late))
	}
	slices.Sort(parts)
	key := strings.Join(parts, "\n")
	a, err := Fold(es)
	if err != nil {
		m.faults.add("%s: the journal doesn't fold: %v", m.me, err)
		return 0
	}
	if i, ok := m.index[key]; ok {
		if x, y := m.states[i].meaning, meaning(a); x != y {
			m.faults.add("%s: one set of records has two meanings:\n%s\n%s", m.me, x, y)
		}
		return i
	}
	m.index[key] = len(m.states)
	m.states = append(m.states, journalState{es: es, a: a, meaning: meaning(a)})
	return len(m.states) - 1
}

// meaning is all that an agreement amounts to, in words that can be compared.
func meaning(a Agreement) string {
	var b strings.Builder
	fmt.Fprint(&b, a.State(), a.Me(), a.ID().Short(), a.InForce(epoch), a.InForce(exploreLate), a.asks(), a.late())
	if v, ok := a.Agreed(); ok {
		fmt.Fprintf(&b, " %x", v.Record().Sum())
	}
	for _, x := range a.Breaches() {
		fmt.Fprint(&b, x.By, x.What)
	}
	if a.proffer != nil {
		for _, f := range a.unreceived() {
			fmt.Fprintf(&b, " %x", f.sum)
		}
		fmt.Fprint(&b, a.owed())
	}
	return b.String()
}

var decisions = []Decision{
	{Kind: Accept}, {Kind: Alternative, Terms: other}, {Kind: Decline, Reason: ReasonTerms}, {Kind: Ask},
}

// deliver returns what one message can lead to.
func (m *machine) deliver(w *world, state, msg int, late bool) []outcome {
	k := stepKey{state, msg, late}
	if out, ok := m.steps[k]; ok {
		return out
	}
	var out []outcome
	for _, d := range decisions {
		if m.me == First && d.Kind == Alternative {
			continue
		}
		reply := uint64(0)
		next, asked := m.do(state, late, d, func(s *Service) { reply = m.take(w, s, state, w.msgs[msg]) })
		out = append(out, outcome{next, reply})
		if !asked {
			break
		}
	}
	m.steps[k] = out
	return out
}

// take has the service take a message, and returns its reply.
func (m *machine) take(w *world, s *Service, state int, p packet) uint64 {
	ctx, held := context.Background(), m.states[state].a
	if p.refused != answer.OK {
		th := s.threads.hold(held.ID())
		defer s.threads.release(th)
		if _, _, err := s.failed(ctx, th, held, held.proffer.m.Rec, answer.Outcome{Said: p.refused}); err == nil && held.State() == Open {
			m.faults.add("a refused proffer is no error")
		}
		return 0
	}
	req := w.read(p.rec)
	if m.ignores(held, req) {
		return 0
	}
	b, err := request{rec: p.rec}.encode()
	if err != nil {
		m.t.Fatal(err)
	}
	resp, err := s.Handle(ctx, b)
	return w.replied(m, req, resp, err)
}

func (m *machine) ignores(a Agreement, msg Message) bool {
	return m.broken.ignore != nil && m.broken.ignore(a, msg)
}

// own returns all that the party can do by itself: send again what is due, sign a
// receipt that it owes, and what its human may want.
func (m *machine) own(w *world, state int, late bool) []move {
	k := actKey{state, late}
	if out, ok := m.acts[k]; ok {
		return out
	}
	a := m.states[state].a
	if a.proffer == nil {
		return nil
	}
	var out []move
	if !m.silent {
		out = m.sends(w, state, late)
	}
	for _, d := range decisions[:3] {
		if id := a.asks(); id.IsZero() || a.note.asked != id {
			if m.broken.forget == nil {
				break
			}
		}
		next := m.decide(state, late, d)
		if next != state {
			out = append(out, move{next, 0})
		}
	}
	if m.me == Second && testing.Short() {
		m.acts[k] = out
		return out
	}
	next, _ := m.do(state, late, Decision{}, func(s *Service) {
		s.settle(context.Background(), s.threads.hold(a.ID()), input{known: true, end: &ending{ReasonLate, ""}})
	})
	if next != state {
		out = append(out, move{next, 0})
	}
	m.acts[k] = out
	return out
}

// sends returns the moves that are due without anybody's will.
func (m *machine) sends(w *world, state int, late bool) []move {
	a := m.states[state].a
	if a.proffer == nil {
		return nil
	}
	at := epoch
	if late {
		at = exploreLate
	}
	steps, _ := a.Due(at.Add(2 * ResendAfter))
	var out []move
	for _, step := range steps {
		switch step.Do {
		case DoSend:
			out = append(out, move{state, w.number(packet{to: m.me.Other(), rec: step.Rec.Bytes()})})
		case DoReceipt:
			for _, r := range step.Received {
				var receipt Message
				next, _ := m.do(state, late, Decision{}, func(s *Service) {
					var err error
					k := pair{m.me, a.proffer.m.key(m.me), a.proffer.m.key(m.me.Other())}
					if receipt, err = s.signReceipt(context.Background(), k, []Received{r}); err != nil {
						m.faults.add("sign a receipt: %v", err)
					}
				})
				out = append(out, move{next, w.number(packet{to: m.me.Other(), rec: receipt.Rec.Bytes()})})
			}
		case DoEnd, DoAsk:
			m.faults.add("%s: %d is due and wasn't done in the step that caused it", m.me, step.Do)
		}
	}
	return out
}

// decide has the human decide. A node with a broken rule forgets some of what it said.
func (m *machine) decide(state int, late bool, d Decision) int {
	es := m.states[state].es
	if m.broken.forget == nil {
		next, _ := m.do(state, late, Decision{}, func(s *Service) {
			s.settle(context.Background(), s.threads.hold(m.states[state].a.ID()), input{known: true, decision: &d})
		})
		return next
	}
	var kept, rest []record.Entry
	for _, e := range es {
		if msg, err := Read(e.Rec); !e.Rec.IsZero() && err == nil && m.broken.forget(msg) {
			rest = append(rest, e)
		} else {
			kept = append(kept, e)
		}
	}
	j := &oneThread{es: kept}
	s := NewService(Config{Journal: j, Keys: ring{m.signer}, Rand: zeros{}, Now: func() time.Time { return epoch }})
	id := m.states[state].a.ID()
	s.settle(context.Background(), s.threads.hold(id), input{known: true, decision: &d})
	return m.intern(append(j.es, rest...))
}
