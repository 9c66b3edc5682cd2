package record_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// What an input may make the parsers allocate: the fields of four signers, and for
// Verify the bytes that each signature is over; never by what a length claims.
var (
	parseAlloc  = recordtest.Alloc(4, 4*record.MaxRecord)
	verifyAlloc = recordtest.Alloc(64, 16*record.MaxRecord)
)

func addRecords(f *testing.F) {
	for _, set := range []string{"signatures", "records", "delegations"} {
		recordtest.AddVectors(f, filepath.Join(vectorDir, set))
	}
}

func rebuild(s record.Statement) (record.Statement, error) {
	return record.New(record.Draft{
		Type: s.Type(), Version: s.Version(), Signers: s.Signers(),
		Recipient: s.Recipient(), Link: s.Link(), Payload: s.Payload(),
	})
}

func FuzzParse(f *testing.F) {
	for _, set := range []string{"signatures", "records", "delegations"} {
		for _, vec := range recordtest.Vectors(f, filepath.Join(vectorDir, set)) {
			if len(vec.Body) > 13 {
				f.Add(vec.Body[13:]) // the statement, and signatures after its end
			}
			if r, err := record.ParseRecord(vec.Body); err == nil {
				f.Add(r.Statement().Bytes())
			}
		}
	}
	recordtest.RoundTrip(f, record.Parse, func(s record.Statement) ([]byte, error) {
		again, err := rebuild(s)
		return again.Bytes(), err
	}, recordtest.Exact(), parseAlloc)
}

func FuzzRecord(f *testing.F) {
	addRecords(f)
	recordtest.RoundTrip(f, record.ParseRecord, func(r record.Record) ([]byte, error) {
		s, err := rebuild(r.Statement())
		if err != nil {
			return nil, err
		}
		again, err := record.Assemble(s, r.Signatures()...)
		return again.Bytes(), err
	}, recordtest.Exact(), parseAlloc)
}

func FuzzVerify(f *testing.F) {
	addRecords(f)
	want := record.Want{At: time.UnixMilli(1728043200000)} // when the vectors' delegations hold
	recordtest.RoundTrip(f,
		func(b []byte) (record.Verified, error) { return record.Verify(b, want) },
		func(v record.Verified) ([]byte, error) {
			again, err := record.Assemble(v.Statement(), v.Record().Signatures()...)
			return again.Bytes(), err
		}, recordtest.Exact(), verifyAlloc)
}

func FuzzKeyText(f *testing.F) {
	f.Add([]byte(recordtest.Key("alice").String()))
	f.Add([]byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	recordtest.RoundTrip(f,
		func(b []byte) (record.Key, error) { return record.ParseKeyText(string(b)) },
		func(k record.Key) ([]byte, error) { return []byte(k.String()), nil })
}

func FuzzID(f *testing.F) {
	f.Add([]byte(record.SumID(nil).String()))
	f.Add([]byte("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"))
	recordtest.RoundTrip(f,
		func(b []byte) (record.ID, error) { return record.ParseID(string(b)) },
		func(id record.ID) ([]byte, error) { return []byte(id.String()), nil }, recordtest.Exact())
}
