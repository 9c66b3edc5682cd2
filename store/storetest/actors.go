package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	saying = record.Type("storetest.saying")
	deal   = record.Type("storetest.deal")
)

var noon = time.UnixMilli(1_750_000_000_123)

// actor signs for one name, with the same key in every run.
func actor(t testing.TB, name string) record.Signer {
	t.Helper()
	s, err := record.NewSigner(sha256.Sum256([]byte(name)))
	if err != nil {
		t.Fatalf("key of %s: %v", name, err)
	}
	return s
}

// say returns the record of a statement by one signer, to nobody in particular where to is zero.
func say(t testing.TB, by record.Signer, to record.Key, link record.Link, text string) record.Verified {
	t.Helper()
	return signed(t, record.Draft{
		Type: saying, Version: 1, Recipient: to, Link: link, Payload: []byte(text),
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	}, by)
}

// pact returns a statement to the second signer for both to sign, signed by those given.
func pact(t testing.TB, first, second record.Signer, link record.Link, by ...record.Signer) record.Verified {
	t.Helper()
	return signed(t, record.Draft{
		Type: deal, Version: 1, Recipient: second.Key(), Link: link, Payload: []byte("a pact"),
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: first.Key()}, {Role: record.RoleSecond, Key: second.Key()}},
	}, by...)
}

func signed(t testing.TB, d record.Draft, by ...record.Signer) record.Verified {
	t.Helper()
	v, err := trySigned(d, by...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func trySigned(d record.Draft, by ...record.Signer) (record.Verified, error) {
	st, err := record.New(d)
	if err != nil {
		return record.Verified{}, err
	}
	r, err := record.SignBy(context.Background(), st, by...)
	if err != nil {
		return record.Verified{}, err
	}
	return r.Verify(record.Want{At: noon})
}

// linked returns the entry of a new subject: a saying at the given place of a chain.
func linked(by record.Signer, to record.Key, l record.Link, text string) ([]record.Entry, error) {
	v, err := trySigned(record.Draft{
		Type: saying, Version: 1, Recipient: to, Link: l, Payload: []byte(text),
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	}, by)
	return []record.Entry{{Subject: v.ID(), At: noon, Mine: true, Rec: v}}, err
}

func note(text string) record.Entry { return record.Entry{At: noon, Note: []byte(text)} }

func notes(n int) []record.Entry {
	es := make([]record.Entry, n)
	for i := range es {
		es[i] = note(fmt.Sprintf("note %d", i))
	}
	return es
}

func topic(name string) record.ID { return record.SumID([]byte(name)) }
