package agreement

import (
	"encoding/binary"
	"sync/atomic"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
)

// BenchmarkAgreement settles one proffer over a pipe in memory, with journals in maps:
// what is left is the protocol's own work.
func BenchmarkAgreement(b *testing.B) {
	w := newTwo(b, Decision{Kind: Accept}, Decision{})
	w.bakes.say = []Decision{{Kind: Accept}}
	var n atomic.Uint64
	one := func() {
		body := someBody()
		binary.BigEndian.PutUint64(body.Nonce[:], n.Add(1))
		a, err := w.alice.Proffer(b.Context(), To{w.aliceKey, w.bakeryKey}, body)
		if err != nil || a.State() != Complete {
			b.Errorf("%s, %v", a.State(), err)
		}
	}
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			one()
		}
	})
	b.Run("64 in flight", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one()
			}
		})
	})
	b.Run("floor: 2 signatures, 2 verifications", func(b *testing.B) {
		d, err := profferDraft(w.aliceKey, w.bakeryKey, someBody(), record.Link{N: 1})
		if err != nil {
			b.Fatal(err)
		}
		alice, bakery := signer(b, "alice"), signer(b, "bakery")
		for b.Loop() {
			st, err := record.New(d)
			if err != nil {
				b.Fatal(err)
			}
			r, err := record.SignBy(b.Context(), st, alice, bakery)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.Verify(record.Want{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
