package profile

import (
	"maps"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func made(t testing.TB) []recordtest.Vector {
	good := signed(t, bakeryCard())
	vs := []recordtest.Vector{formtest.Vector("card of the bakery", nil, ErrMalformed, good.Bytes())}
	vs = append(vs, formtest.Vectors("card", formtest.Broken(t, good, ErrMalformed, recordtest.Signer("the bakery")), ErrMalformed)...)
	bad := badCards()
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		vs = append(vs, formtest.Vector("card with "+name, ErrMalformed, ErrMalformed, badly(t, bad[name])))
	}
	return vs
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		if _, _, err := Verify(v.Body, noon); formtest.Outcome(err, ErrMalformed) != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
	}
}

func FuzzCard(f *testing.F) {
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		if _, c, err := Verify(v.Body, noon); err == nil {
			b, err := c.marshal()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	recordtest.RoundTrip(f, unmarshal, Card.marshal)
}

func FuzzVerify(f *testing.F) {
	recordtest.AddVectors(f, formtest.Dir)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, c, err := Verify(b, noon)
		if err == nil && (string(v.Bytes()) != string(b) || c.Key.IsZero() || c.ID != v.ID()) {
			t.Errorf("taken as something else: %+v", c)
		}
	})
}
