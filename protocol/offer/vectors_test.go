package offer

import (
	"maps"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func vectors(t testing.TB) []recordtest.Vector {
	offer := made(t, beans())
	taking := taken(t, beansTaking(read(t, offer)))
	vs := []recordtest.Vector{
		formtest.Vector("offer of beans", nil, ErrMalformed, offer.Bytes()),
		formtest.Vector("taking of that offer", nil, ErrMalformed, taking.Bytes()),
	}
	vs = append(vs, formtest.Vectors("offer", formtest.Broken(t, offer, ErrMalformed, recordtest.Signer(bakery)), ErrMalformed)...)
	vs = append(vs, formtest.Vectors("taking",
		formtest.Broken(t, taking, ErrMalformed, recordtest.Signer(castKey), recordtest.Signer(newKey)), ErrMalformed)...)
	offers, takings := badOffers(), badTakings(t)
	for _, name := range slices.Sorted(maps.Keys(offers)) {
		vs = append(vs, formtest.Vector("offer with "+name, ErrMalformed, ErrMalformed, badly(t, offers[name])))
	}
	for _, name := range slices.Sorted(maps.Keys(takings)) {
		vs = append(vs, formtest.Vector("taking with "+name, ErrMalformed, ErrMalformed, takings[name]))
	}
	return vs
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, vectors(t)) }

// judge reads a vector as its recipient does. What isn't a taking is read as an offer.
func judge(v recordtest.Vector) error {
	r, err := record.ParseRecord(v.Body)
	if err == nil && (r.Statement().Type() == TypeTaking || len(r.Statement().Signers()) > 1 && r.Statement().Signers()[0].Role == record.RoleBefore) {
		_, err = readBytes(v.Body, bakery, ReadTaking)
		return err
	}
	_, err = readBytes(v.Body, castKey, Read)
	return err
}

func TestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		if err := judge(v); formtest.Outcome(err, ErrMalformed) != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
	}
}

// payloads are those of the vectors of type t that are records.
func payloads(f *testing.F, t record.Type) {
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		if r, err := record.ParseRecord(v.Body); err == nil && r.Statement().Type() == t {
			f.Add(r.Statement().Payload())
		}
	}
}

func FuzzOffer(f *testing.F) {
	payloads(f, TypeOffer)
	recordtest.RoundTrip(f, unmarshal, Offer.marshal)
}

func FuzzTaking(f *testing.F) {
	payloads(f, TypeTaking)
	recordtest.RoundTrip(f, unmarshalTaking, Taking.marshal)
}

func FuzzNote(f *testing.F) {
	f.Add(note{noteDelivered, record.ID{1}, ""}.encode())
	f.Add(note{noteRefused, record.ID{1}, "too dear"}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		n, ok := parseNote(b)
		if again, same := parseNote(n.encode()); ok && (!same || again.offer != n.offer || again.kind != n.kind) {
			t.Errorf("%q reads as %+v, then as %+v", b, n, again)
		}
	})
}
