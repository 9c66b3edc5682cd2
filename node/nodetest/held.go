package nodetest

import (
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

// Threads returns the party's threads of terms, oldest first.
func (p *Party) Threads() []node.Agreement {
	t := p.net.t
	t.Helper()
	ctx, cancel := p.net.soon()
	defer cancel()
	all, err := p.Agreements(ctx)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return all
}

// Same waits until both parties hold count agreed records, and fails the test where
// one of them differs.
func (n *Net) Same(a, b *Party, count int) {
	n.t.Helper()
	var one, other map[node.ID]string
	n.Within(time.Hour, a.Name+" and "+b.Name+" hold what was agreed", func() bool {
		one, other = agreed(n.t, a), agreed(n.t, b)
		return len(one) == count && len(other) == count
	})
	for id, rec := range one {
		if other[id] != rec {
			n.t.Errorf("%s differs between %s and %s", id, a.Name, b.Name)
		}
	}
}

func agreed(t *testing.T, p *Party) map[node.ID]string {
	t.Helper()
	out := map[node.ID]string{}
	for _, a := range p.Threads() {
		if a.Record != nil {
			out[a.ID] = string(a.Record)
		}
	}
	return out
}
