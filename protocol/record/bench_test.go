package record_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// sizeOfAgreement is the payload of an ordinary agreement, in bytes.
const sizeOfAgreement = 400

func benchRecord(b *testing.B, by ...record.Signer) record.Record {
	b.Helper()
	d := agreement()
	d.Payload = make([]byte, sizeOfAgreement)
	return signBy(b, mustNew(b, d), by...)
}

// bare is crypto/ed25519 over as many bytes as a signature of the record is over.
func bare(r record.Record) (ed25519.PrivateKey, []byte, []byte) {
	seed := recordtest.Seed("alice")
	key := ed25519.NewKeyFromSeed(seed[:])
	message := make([]byte, len(r.Statement().Bytes())+58)
	return key, message, ed25519.Sign(key, message)
}

// perFloor runs both in turn, so that both see the same machine, and reports the
// time of what we do over the time of the floor beside the time of ours.
func perFloor(b *testing.B, ours, floor func()) {
	b.Helper()
	var oursTook, floorTook time.Duration
	for b.Loop() {
		t0 := time.Now()
		floor()
		t1 := time.Now()
		ours()
		floorTook += t1.Sub(t0)
		oursTook += time.Since(t1)
	}
	b.ReportMetric(float64(oursTook.Nanoseconds())/float64(b.N), "ours-ns/op")
	b.ReportMetric(float64(oursTook)/float64(floorTook), "x-floor")
}

// BenchmarkSign: the floor is one bare signature over as many bytes.
func BenchmarkSign(b *testing.B) {
	r := benchRecord(b, alice)
	key, message, _ := bare(r)
	perFloor(b, func() {
		if _, err := alice.Sign(b.Context(), r.Statement(), record.RoleFirst); err != nil {
			b.Fatal(err)
		}
	}, func() { ed25519.Sign(key, message) })
}

// BenchmarkVerify: bytes to Verified; the floor is as many bare verifications.
func BenchmarkVerify(b *testing.B) {
	for name, by := range map[string][]record.Signer{"one": {alice}, "two": {alice, bakery}} {
		b.Run(name, func(b *testing.B) {
			r := benchRecord(b, by...)
			key, message, sig := bare(r)
			perFloor(b, func() {
				if _, err := record.Verify(r.Bytes(), record.Want{}); err != nil {
					b.Fatal(err)
				}
			}, func() {
				for range by {
					ed25519.Verify(ed25519.PublicKey(key[ed25519.SeedSize:]), message, sig)
				}
			})
		})
	}
}

// BenchmarkParse: the framing of a record of two signers, whose keys are checked; no signature is.
func BenchmarkParse(b *testing.B) {
	r := benchRecord(b, alice, bakery)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.ParseRecord(r.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseKey(b *testing.B) {
	k := alice.Key()
	for b.Loop() {
		if _, err := record.ParseKey(k[:]); err != nil {
			b.Fatal(err)
		}
	}
}
