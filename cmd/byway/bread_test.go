package main

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

// breadBody is what alice and the bakery agree to in these tests.
func breadBody(t testing.TB) *bywayv1.AgreementBody {
	t.Helper()
	base, ok := terms.Default().Lookup("SD-BASE")
	if !ok {
		t.Fatal("the roster has no SD-BASE")
	}
	return &bywayv1.AgreementBody{
		Terms: terms.ToWire(base.Ref), SecondName: "The Bakery", Purpose: "weekly bread", Data: []string{"name", "address"}, Law: "EU",
		AnswerBy: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli(), Nonce: make([]byte, 16),
	}
}

// signedBread returns the whole record of a body, signed by those named.
func signedBread(t testing.TB, body *bywayv1.AgreementBody, signers ...record.Signer) []byte {
	t.Helper()
	payload, err := proto.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	st, err := record.New(record.Draft{
		Type: agreement.TypeBody, Version: agreement.PayloadVersion,
		Signers: []record.Signatory{
			{Role: record.RoleFirst, Key: recordtest.Key("alice")},
			{Role: record.RoleSecond, Key: recordtest.Key("the bakery")},
		},
		Recipient: recordtest.Key("the bakery"), Link: record.Link{N: 1}, Payload: payload,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

// breadRecord is the complete agreement.
func breadRecord(t testing.TB) []byte {
	t.Helper()
	return signedBread(t, breadBody(t), recordtest.Signer("alice"), recordtest.Signer("the bakery"))
}
