package verify

import (
	"path/filepath"
	"testing"

	"filippo.io/edwards25519"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const recordVectors = "../record/testdata/vectors"

func TestTheListHasEveryPointOfSmallOrderAndNoOther(t *testing.T) {
	for _, y := range smallOrder {
		for sign := range byte(2) {
			b := []byte(y)
			b[31] |= sign << 7
			p, err := new(edwards25519.Point).SetBytes(b)
			if err != nil {
				t.Fatalf("%x is no point: %v", b, err)
			}
			if p.MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) != 1 {
				t.Errorf("%x isn't of small order", b)
			}
			if key(b).good() {
				t.Errorf("%x is taken", b)
			}
		}
	}
	// Eight points have five y among them, since four of them pair up by their sign.
	seen := map[string]bool{}
	for _, y := range smallOrder {
		seen[y] = true
	}
	points := 2*len(seen) - 2 // for y = 1 and y = -1, x is 0 and has one sign
	if points != 8 {
		t.Errorf("the list has %d points, the group of small order 8", points)
	}
}

func TestKeysAreTakenAsTheMainReaderTakesThem(t *testing.T) {
	for _, v := range recordtest.Vectors(t, filepath.Join(recordVectors, "keys")) {
		c := cursor{b: v.Body}
		c.key()
		if got := c.end() == nil; got != (v.Get("expect") == "ok") {
			t.Errorf("%s: taken %v, want %s", v.Name, got, v.Get("expect"))
		}
	}
	for i := range 2000 { // half of these are no points
		k := key{byte(i), byte(i >> 8), 31: byte(i * 7)}
		if _, err := record.ParseKey(k[:]); k.good() != (err == nil) {
			t.Errorf("%x: %v, the main reader %v", k[:], k.good(), err)
		}
	}
}
