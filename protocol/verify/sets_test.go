package verify

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// pool returns every record that a vector of a bundle holds, each once, with its bytes by its sum.
func pool(t *testing.T) (out []*message, whole map[digest][]byte) {
	t.Helper()
	whole = map[digest][]byte{}
	for _, v := range recordtest.Vectors(t, "../evidence/testdata/vectors") {
		c := cursor{b: v.Body}
		c.magic("byway-ev")
		c.digest()
		for range 3 {
			c.block(4, maxRecord)
		}
		for n := c.uint(2); n > 0 && c.err == nil; n-- {
			b := c.block(4, maxRecord)
			m, err := open(b, judgedAt)
			if err == nil && whole[m.sum] == nil && m.to != (key{}) {
				out, whole[m.sum] = append(out, m), b
			}
		}
	}
	return out, whole
}

// bundled puts records into a bundle in their order, whether or not they belong together.
func bundled(t *testing.T, thread *message, ms []*message, whole map[digest][]byte) []byte {
	t.Helper()
	place := func(m *message) []byte {
		side := byte(person)
		if m.author != thread.first {
			side = organisation
		}
		return slices.Concat(binary.BigEndian.AppendUint64([]byte{side}, m.n), m.id[:], m.sum[:])
	}
	slices.SortFunc(ms, func(a, b *message) int { return bytes.Compare(place(a), place(b)) })
	out := slices.Concat([]byte("byway-ev\x01"), thread.id[:], make([]byte, 12))
	out = binary.BigEndian.AppendUint16(out, uint16(len(ms)))
	for _, m := range ms {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(whole[m.sum]))), whole[m.sum]...)
	}
	return summed(out)
}

// Whatever genuine records are put together, both readers take the set or refuse it, and say as much of it.
func TestBothReadersSayTheSameOfAnySetOfRecords(t *testing.T) {
	all, whole := pool(t)
	random := rand.New(rand.NewPCG(7, 7))
	tries := 3000
	if testing.Short() {
		tries = 500
	}
	states := map[string]int{}
	for range tries {
		var ms []*message
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		i := slices.IndexFunc(all, func(m *message) bool { return m.thread == m.id })
		for _, m := range all {
			alike := m.author == all[i].first || m.author == all[i].second
			if m == all[i] || alike && random.IntN(5) == 0 {
				ms = append(ms, m)
			}
		}
		b := bundled(t, all[i], ms, whole)
		states[compared(t, b)]++
	}
	for _, s := range []string{"refused", "open", "answered", "complete", "ended"} {
		if states[s] == 0 {
			t.Errorf("no set is %s: %v", s, states)
		}
	}
}

// compared returns what both readers say of b.
func compared(t *testing.T, b []byte) string {
	t.Helper()
	r, err := Bundle(bytes.Clone(b), judgedAt)
	e, mainErr := evidence.Parse(bytes.Clone(b), judgedAt)
	if (err == nil) != (mainErr == nil) {
		t.Fatalf("%v, the main reader %v\n%x", err, mainErr, b)
	}
	if err != nil {
		return "refused"
	}
	a := e.Agreement()
	agreed, _ := a.Agreed()
	if r.State != a.State().String() || len(r.Faults) != len(e.Faults()) {
		t.Fatalf("it is %s with %q, to the main reader %s with %q\n%x", r.State, r.Faults, a.State(), e.Faults(), b)
	}
	if v := a.View(time.Time{}); !agreed.IsZero() && (r.Record != agreed.ID().String() || r.Terms != v.Body.Terms.String()) {
		t.Fatalf("it is about %s %s, to the main reader %s %s\n%x", r.Record, r.Terms, agreed.ID(), v.Body.Terms, b)
	}
	return r.State
}
