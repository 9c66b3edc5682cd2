package agreement

import (
	"fmt"
	"math/bits"
	"testing"
)

// global is one state of everything: what both journals hold, which clocks have passed
// the time to answer, and the messages under way. These are a set: they come in any order, and
// a party doesn't send what is still under way. A duplicate is a message that stays under way
// when it is delivered. Losses, duplicates and crashes aren't counted: any number of them
// leads to states that are visited, so two of each do.
type global struct {
	net  uint64
	side [2]uint16
	late [2]bool
}

// exploration is what came of visiting every state.
type exploration struct {
	*world
	seen   map[global]struct{}
	edges  int
	levels int
	calm   map[global]verdict
}

// explore visits, breadth first, every state of an honest person and organisation that any
// order of events leads to, until no new one appears.
func explore(t testing.TB, b broken, most int) *exploration {
	e := &exploration{world: newWorld(t, b), seen: make(map[global]struct{}), calm: make(map[global]verdict)}
	start := global{side: [2]uint16{uint16(e.begin()), 0}}
	e.seen[start] = struct{}{}
	level := []global{start}
	for ; len(level) > 0 && len(e.faults.list) == 0; e.levels++ {
		var next []global
		for _, g := range level {
			e.check(g)
			e.successors(g, func(n global) {
				e.edges++
				if _, ok := e.seen[n]; !ok {
					e.seen[n] = struct{}{}
					next = append(next, n)
				}
			})
		}
		if len(e.seen) > most {
			t.Fatalf("%d states after %d steps: more than the exploration has room for", len(e.seen), e.levels)
		}
		level = next
	}
	return e
}

// successors calls to with every state that one event leads to.
func (e *exploration) successors(g global, to func(global)) {
	for net := g.net; net != 0; net &= net - 1 {
		e.arrivals(g, bits.TrailingZeros64(net), to)
	}
	for i, m := range e.machines {
		for _, mv := range m.own(e.world, int(g.side[i]), g.late[i]) {
			n := g
			n.side[i] = uint16(mv.state)
			if n != g {
				to(n) // stored, and the party crashes before it sends
			}
			if n.net |= mv.sends; n != g {
				to(n)
			}
		}
		if !g.late[i] {
			n := g
			n.late[i] = true
			to(n)
		}
	}
}

// arrivals are what becomes of one message: it is lost on its way or by a crash of who
// got it, or it is taken, the reply going out or being lost by a crash; and as a duplicate
// it stays under way.
func (e *exploration) arrivals(g global, msg int, to func(global)) {
	i := int(e.msgs[msg].to) - 1
	lost := g
	lost.net &^= 1 << msg
	to(lost)
	for _, out := range e.machines[i].deliver(e.world, int(g.side[i]), msg, g.late[i]) {
		taken, twice := lost, g
		taken.side[i], twice.side[i] = uint16(out.state), uint16(out.state)
		to(taken)
		to(twice)
		if out.reply != 0 {
			taken.net |= out.reply
			twice.net |= out.reply
			to(taken)
			to(twice)
		}
	}
}

// check holds what has to hold in every state.
func (e *exploration) check(g global) {
	a, b := e.held(g)
	for _, x := range []Agreement{a, b} {
		v, ok := x.Agreed()
		if (x.InForce(epoch) || x.InForce(exploreLate)) && (!ok || !(v.Complete())) {
			e.faults.add("%s holds something in force that isn't complete", x.Me())
		}
		if n := len(x.Breaches()); n > 0 {
			e.faults.add("%s holds %d contradictions of honest parties", x.Me(), n)
		}
		if x.alts[1].body != nil || x.whole != nil && x.alts[0].whole != nil {
			e.faults.add("%s holds two complete records about one proffer", x.Me())
		}
	}
	if x, ok := a.Agreed(); ok {
		if y, ok := b.Agreed(); ok && x.Record().Sum() != y.Record().Sum() {
			e.faults.add("the two sides hold different complete records")
		}
	}
	if v := e.settle(g); v.fault != "" {
		e.faults.add("%s", v.fault)
	}
}

func (e *exploration) held(g global) (Agreement, Agreement) {
	return e.machines[0].states[g.side[0]].a, e.machines[1].states[g.side[1]].a
}

// verdict is what becomes of a state when nothing goes wrong any more.
type verdict struct{ fault string }

// settle delivers what is under way and sends what is due, without faults and without
// anybody's further will, until nothing changes; then both sides have to agree.
func (e *exploration) settle(g global) verdict {
	g = e.drain(g)
	if v, ok := e.calm[g]; ok {
		return v
	}
	e.calm[g] = verdict{"what is due leads in a circle"}
	n := g
	for i, m := range e.machines {
		for {
			before := n.side[i]
			for _, mv := range m.sends(e.world, int(n.side[i]), n.late[i]) {
				n.net |= mv.sends
				if n.side[i] = uint16(mv.state); n.side[i] != before {
					break
				}
			}
			if n.side[i] == before {
				break
			}
		}
	}
	var v verdict
	if after := e.drain(n); after == g {
		v = e.agree(g)
	} else {
		v = e.settle(after)
	}
	e.calm[g] = v
	return v
}

// drain delivers all that is under way, each message with its answer.
func (e *exploration) drain(g global) global {
	for ; g.net != 0; g.net &= g.net - 1 {
		reply := e.arrive(&g, bits.TrailingZeros64(g.net))
		for ; reply != 0; reply &= reply - 1 {
			e.arrive(&g, bits.TrailingZeros64(reply))
		}
	}
	return g
}

// arrive has a party take one message, and returns its answer.
func (e *exploration) arrive(g *global, msg int) uint64 {
	i := int(e.msgs[msg].to) - 1
	out := e.machines[i].deliver(e.world, int(g.side[i]), msg, g.late[i])[0]
	g.side[i] = uint16(out.state)
	return out.reply
}

// agree holds what has to hold once the two sides have talked. An organisation that
// never got the proffer holds nothing: then nothing can have been answered.
func (e *exploration) agree(g global) verdict {
	a, b := e.held(g)
	if b.proffer == nil {
		if a.State() == Answered || a.State() == Complete {
			return verdict{"she holds an answer by somebody who holds nothing"}
		}
		return verdict{}
	}
	if a.State() != b.State() {
		return verdict{"she ends up " + a.State().String() + ", the organisation " + b.State().String()}
	}
	x, okA := a.Agreed()
	y, okB := b.Agreed()
	if okA != okB || okA && x.Record().Sum() != y.Record().Sum() {
		return verdict{"they end up with different whole records"}
	}
	for _, side := range []Agreement{a, b} {
		for _, f := range side.unreceived() {
			if f.m.Kind != KindProffer {
				return verdict{side.Me().String() + " is never told that its " + f.m.Kind.String() + " is held"}
			}
		}
		if len(side.owed()) > 0 {
			return verdict{side.Me().String() + " never acknowledges what it holds"}
		}
	}
	return verdict{}
}

func (e *exploration) String() string {
	return fmt.Sprintf("states %d, edges %d, longest path %d; of the person %d, of the organisation %d, messages %d",
		len(e.seen), e.edges, e.levels-1, len(e.machines[0].states), len(e.machines[1].states), len(e.msgs))
}

func TestEveryStateOfTwoHonestPartiesConverges(t *testing.T) {
	e := explore(t, broken{}, 3_000_000)
	for _, f := range e.faults.list {
		t.Error(f)
	}
	t.Log(e)
	if !testing.Short() && len(e.seen) < 1_000_000 {
		t.Errorf("%d states: the exploration has lost some", len(e.seen))
	}
}

func TestExplorationCatchesBrokenRules(t *testing.T) {
	is := func(k Kind) func(Agreement, Message) bool {
		return func(_ Agreement, m Message) bool { return m.Kind == k }
	}
	for _, c := range []struct {
		rule string
		b    broken
	}{
		{"an organisation countersigns after it declined", broken{side: Second, forget: func(m Message) bool { return m.Kind == KindDecline }}},
		{"an organisation countersigns after it offered an alternative", broken{side: Second, forget: func(m Message) bool { return m.Kind == KindAlternative }}},
		{"an organisation doesn't look at receipts", broken{side: Second, ignore: is(KindReceipt)}},
		{"a person's node doesn't take an end", broken{side: First, ignore: is(KindEnd)}},
		{"a withdrawn proffer's acceptance is dropped", broken{side: First, ignore: func(a Agreement, m Message) bool {
			return a.State() == Ended && m.Kind == KindAccept
		}}},
		{"an end before anything is complete is dropped", broken{side: Second, ignore: func(a Agreement, m Message) bool {
			return a.State() < Complete && m.Kind == KindEnd
		}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			e := explore(t, c.b, 3_000_000)
			if len(e.faults.list) == 0 {
				t.Fatal("not caught")
			}
			t.Logf("caught after %d states: %s", len(e.seen), e.faults.list[0])
		})
	}
}
