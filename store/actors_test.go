package store_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

func signer(t testing.TB, name string) record.Signer {
	t.Helper()
	s, err := record.NewSigner(sha256.Sum256([]byte(name)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func topic(name string) record.ID { return record.SumID([]byte(name)) }

// sayAbout makes the next saying by one party to another, an entry of the given subject.
func sayAbout(by record.Signer, to record.Key, subject record.ID) func(record.Link) ([]record.Entry, error) {
	return func(l record.Link) ([]record.Entry, error) {
		st, err := record.New(record.Draft{
			Type: "test.saying", Version: 1, Recipient: to, Link: l, Payload: []byte("again"),
			Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
		})
		if err != nil {
			return nil, err
		}
		r, err := record.SignBy(context.Background(), st, by)
		if err != nil {
			return nil, err
		}
		v, err := r.Verify(record.Want{Known: r.Signatures()})
		return []record.Entry{{Subject: subject, At: time.UnixMilli(1), Mine: true, Rec: v}}, err
	}
}
