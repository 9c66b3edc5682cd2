package agreement

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// hostile is an organisation that signs all it can, in any order: it accepts,
// declines, offers two alternatives, ends, and signs once more by a delegate, so that one
// statement has two valid signatures.
type hostile struct {
	t    testing.TB
	w    *world
	p    record.Verified
	keys []record.Signer // its own, and a delegate's
	can  [][]byte
}

func newHostile(t testing.TB, w *world, p record.Verified) *hostile {
	own := w.machines[1].signer
	seed := record.SumID([]byte("delegate"))
	to, err := record.NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	d, err := record.NewDelegation(t.Context(), record.Delegation{Delegate: to.Key(), From: epoch.Add(-time.Hour), Until: epoch.Add(1000 * time.Hour)}, own)
	if err != nil {
		t.Fatal(err)
	}
	by, err := record.NewDelegateSigner(d, seed)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{t: t, w: w, p: p, keys: []record.Signer{own, by}}
	if testing.Short() {
		h.keys = h.keys[:1]
	}
	a := h.held()
	says := []act{
		{kind: KindAlternative, terms: other}, {kind: KindAlternative, terms: third},
		{kind: KindDecline, body: a.ID()}, {kind: KindEnd},
	}
	for k, s := range h.keys {
		h.countersign(p, s)
		for i, x := range says[:len(says)-3*k] {
			draft, err := a.draft(x, record.Link{N: 1}, [16]byte{byte(i)}, epoch)
			if err != nil {
				t.Fatal(err)
			}
			r, err := sign(t.Context(), draft, s)
			if err != nil {
				t.Fatal(err)
			}
			h.can = append(h.can, r.Bytes())
		}
	}
	return h
}

// held is the organisation's view, with nothing but the proffer in it.
func (h *hostile) held() Agreement {
	m, err := Read(h.p)
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := For(Second).Apply(m, epoch)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (h *hostile) countersign(v record.Verified, s record.Signer) {
	sig, err := s.Sign(h.t.Context(), v.Statement(), record.RoleSecond)
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := v.Record().With(sig)
	if err != nil {
		h.t.Fatal(err)
	}
	h.can = append(h.can, r.Bytes())
}

// contradictions counts, by the records alone, the pairs that no honest organisation signs both of.
func contradictions(a Agreement) int {
	n := 0
	var said []string
	if a.whole != nil {
		said = append(said, "accept")
	}
	if a.declines[Second-1] != nil {
		said = append(said, "decline")
	}
	for _, x := range a.alts {
		if x.body != nil {
			said = append(said, "alternative")
		}
	}
	for i := range said {
		n += i
	}
	return n
}

func TestEveryBreachOfAHostileOrganisationLeavesItsProof(t *testing.T) {
	w := newWorld(t, broken{})
	m := w.machines[0]
	m.silent = true
	start := w.begin()
	h := newHostile(t, w, m.states[start].a.proffer.m.Rec)
	type node struct {
		state int
		late  bool
	}
	seen := map[node]bool{{start, false}: true}
	level, edges, steps := []node{{start, false}}, 0, 0
	visit := func(next *[]node, n node) {
		edges++
		if !seen[n] {
			seen[n] = true
			*next = append(*next, n)
		}
	}
	for ; len(level) > 0; steps++ {
		var next []node
		for _, g := range level {
			h.check(m.states[g.state].a)
			for _, b := range h.can {
				for _, state := range h.deliver(m, g.state, g.late, b) {
					visit(&next, node{state, g.late})
				}
			}
			for _, mv := range m.own(w, g.state, g.late) {
				visit(&next, node{mv.state, g.late})
			}
			visit(&next, node{g.state, true})
		}
		level = next
	}
	for _, f := range w.faults.list {
		t.Error(f)
	}
	breached := 0
	for n := range seen {
		if len(m.states[n.state].a.Breaches()) > 0 {
			breached++
		}
	}
	t.Logf("states %d, edges %d, longest path %d, of which with a breach %d", len(seen), edges, steps-1, breached)
	if breached == 0 {
		t.Error("no breach was reached")
	}
}

// deliver returns the states that one of its records can lead to.
func (h *hostile) deliver(m *machine, state int, late bool, rec []byte) []int {
	b, err := request{rec: rec}.encode()
	if err != nil {
		h.t.Fatal(err)
	}
	var out []int
	for _, d := range []Decision{{Kind: Accept}, {Kind: Decline}, {Kind: Ask}} {
		next, asked := m.do(state, late, d, func(s *Service) {
			_, err := s.Handle(context.Background(), b)
			var r *answer.Refusal
			if err != nil && !(errors.As(err, &r) && r.Status == answer.Conflict) {
				h.w.faults.add("a record is refused: %v", err)
			}
		})
		if out = append(out, next); !asked {
			break
		}
	}
	return out
}

// check holds what has to hold of the person's side, whatever the organisation signs.
func (h *hostile) check(a Agreement) {
	bs := a.Breaches()
	if want := contradictions(a); len(bs) != want {
		h.w.faults.add("%d contradictions are held, %d proofs are shown", want, len(bs))
	}
	for _, b := range bs {
		for _, v := range b.Proof {
			if _, ok := v.SignedAs(record.RoleSecond); !ok || b.By != Second {
				h.w.faults.add("a proof holds a record that the organisation didn't sign")
			}
		}
	}
	if len(bs) > 0 && (a.State() != Ended || a.InForce(epoch) || a.InForce(exploreLate)) {
		h.w.faults.add("a breach leaves it %s", a.State())
	}
	if a.alts[0].whole != nil && a.alts[1].whole != nil {
		h.w.faults.add("she countersigned two alternatives")
	}
	if v, ok := a.Agreed(); (a.InForce(epoch) || a.InForce(exploreLate)) && (!ok || !v.Complete()) {
		h.w.faults.add("something is in force that isn't complete")
	}
}

func TestStateDoesntDependOnTheOrderOfMessages(t *testing.T) {
	w := newWorld(t, broken{})
	start := w.begin()
	h := newHostile(t, w, w.machines[0].states[start].a.proffer.m.Rec)
	all := h.messages()
	sides := []Side{First, Second}
	if testing.Short() {
		all = all[:6]
	}
	for set := 1; set < 1<<len(all); set++ {
		var in []Message
		for i, m := range all {
			if set&(1<<i) != 0 {
				in = append(in, m)
			}
		}
		for _, me := range sides {
			want := ""
			permute(in, func(order []Message) {
				a := For(me)
				for _, m := range append([]Message{h.read(h.p.Bytes())}, order...) {
					var err error
					if a, err = a.Apply(m, epoch); err != nil {
						t.Fatalf("%s: %v", m.Kind, err)
					}
				}
				got := meaning(a)
				if want == "" {
					want = got
				}
				if got != want {
					t.Fatalf("two orders of %d messages:\n%s\n%s", len(order), got, want)
				}
			})
		}
	}
}

// messages are one of each that two parties can say about one proffer, dishonest ones included.
func (h *hostile) messages() []Message {
	var out []Message
	for _, b := range h.can[:5] { // accept, two alternatives, decline, end
		out = append(out, h.read(b))
	}
	v, err := record.Verify(h.can[1], record.Want{})
	if err != nil {
		h.t.Fatal(err)
	}
	alice := h.w.machines[0].signer
	sig, err := alice.Sign(h.t.Context(), v.Statement(), record.RoleFirst)
	if err != nil {
		h.t.Fatal(err)
	}
	whole, err := v.Record().With(sig)
	if err != nil {
		h.t.Fatal(err)
	}
	a := h.held()
	a.me = First
	d, err := a.draft(act{kind: KindEnd}, record.Link{N: 1}, [16]byte{}, epoch)
	if err != nil {
		h.t.Fatal(err)
	}
	end, err := sign(h.t.Context(), d, alice)
	if err != nil {
		h.t.Fatal(err)
	}
	return append(out, h.read(whole.Bytes()), h.read(end.Bytes()))
}

func (h *hostile) read(b []byte) Message { return h.w.read(b) }

// permute calls f with every order of ms.
func permute(ms []Message, f func([]Message)) {
	var rec func(int)
	ms = slices.Clone(ms)
	rec = func(k int) {
		if k == len(ms) {
			f(ms)
			return
		}
		for i := k; i < len(ms); i++ {
			ms[k], ms[i] = ms[i], ms[k]
			rec(k + 1)
			ms[k], ms[i] = ms[i], ms[k]
		}
	}
	rec(0)
}
