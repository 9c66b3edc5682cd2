package intention

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// maxVector spares the folder what its size alone decides.
const maxVector = 2 * FormSize

func made(t testing.TB) []recordtest.Vector {
	all := scenes(t)
	slices.SortFunc(all, func(a, b scene) int { return cmp.Compare(a.name, b.name) })
	var out []recordtest.Vector
	for _, s := range all {
		if len(s.data) > maxVector {
			continue
		}
		v := recordtest.Vector{
			Name:    strings.NewReplacer(" ", "-", ":", "", "'", "").Replace(s.name),
			Headers: []recordtest.Header{{Key: "about", Value: s.name}, {Key: "expect", Value: s.verdict.String()}},
			Body:    s.data,
		}
		if s.want != nil {
			v.Headers = append(v.Headers, recordtest.Header{Key: "because", Value: s.want.Error()})
		}
		out = append(out, v)
	}
	return out
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsHaveTheirVerdict(t *testing.T) {
	for _, vector := range recordtest.Vectors(t, formtest.Dir) {
		verdict, _, err := NewValidator(0).Check(vector.Body, town, food, noon)
		if verdict.String() != vector.Get("expect") || err != nil && !strings.Contains(err.Error(), vector.Get("because")) {
			t.Errorf("%s: %s, %v; want %s, %s", vector.Name, verdict, err, vector.Get("expect"), vector.Get("because"))
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

func FuzzCast(f *testing.F) {
	payloads(f, TypeCast)
	recordtest.RoundTrip(f, decodeCast, Cast.encode, recordtest.Exact())
}

func FuzzWithdrawal(f *testing.F) {
	payloads(f, TypeWithdrawal)
	recordtest.RoundTrip(f, decodeWithdrawal, Withdrawal.encode, recordtest.Exact())
}

func FuzzCheck(f *testing.F) {
	recordtest.AddVectors(f, formtest.Dir)
	f.Fuzz(func(t *testing.T, b []byte) {
		v := NewValidator(0)
		verdict, item, err := v.Check(b, record.ID{}, category.Path{}, noon)
		if (verdict == Accept) != (err == nil) || (verdict == Accept) == item.Record.IsZero() || (verdict == Accept) != (v.Len() == 1) {
			t.Errorf("%s, %v, %d remembered", verdict, err, v.Len())
		}
	})
}
