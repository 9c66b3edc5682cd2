package agreement

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// heldBy reads the records that a vector's receiver holds.
func heldBy(t testing.TB, v recordtest.Vector, me Side) []record.Entry {
	t.Helper()
	var rs []record.Record
	for _, h := range v.All("holds") {
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.ParseRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	if len(rs) == 0 {
		return nil
	}
	return between{t: t, proffer: rs[0]}.entries(me, rs...)
}

// payloads are the payloads of one type in the vectors.
func payloads(f *testing.F, t record.Type) {
	f.Helper()
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		q, err := decodeRequest(v.Body)
		if err != nil {
			continue
		}
		if r, err := record.ParseRecord(q.rec); err == nil && r.Statement().Type() == t {
			f.Add(r.Statement().Payload())
		}
	}
}

func FuzzRequest(f *testing.F) {
	recordtest.AddVectors(f, formtest.Dir)
	recordtest.RoundTrip(f, decodeRequest, request.encode)
}

func FuzzResponse(f *testing.F) {
	w := newBetween(f)
	b, err := response{records: [][]byte{w.whole.Bytes(), w.end.Bytes()}, pending: true}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	recordtest.RoundTrip(f, decodeResponse, response.encode)
}

func FuzzBody(f *testing.F) {
	payloads(f, TypeBody)
	recordtest.RoundTrip(f, bodyFromWire, func(b Body) ([]byte, error) { return encode(bodyToWire(b)) })
}

func FuzzReceipt(f *testing.F) {
	payloads(f, TypeReceipt)
	recordtest.RoundTrip(f, receivedFromWire, func(rs []Received) ([]byte, error) { return encode(receivedToWire(rs)) })
}

// FuzzHandle holds that what is refused isn't stored, whatever comes.
func FuzzHandle(f *testing.F) {
	recordtest.AddVectors(f, formtest.Dir)
	w := newBetween(f)
	all := w.scenarios()
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range all {
			service, j := s.receiver(epoch)
			before := j.count()
			resp, err := service.Handle(t.Context(), bytes.Clone(b))
			if err != nil && (resp != nil || j.count() != before) {
				t.Fatalf("%s: refused (%v), and stored or answered", s.name, err)
			}
			if err == nil {
				if _, err := decodeResponse(resp); err != nil {
					t.Fatalf("%s: an answer that can't be read: %v", s.name, err)
				}
			}
		}
	})
}
