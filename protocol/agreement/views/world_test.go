package views

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

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// draft is what a body says, and who signs it.
type draft struct {
	body          *bywayv1.AgreementBody
	first, second string
	by            []string
}

// bread is the bakery's agreement with alice, with every field set.
func bread() draft {
	about := record.SumID([]byte("a loaf"))
	t, _ := terms.Default().Lookup("SD-BASE-DP")
	return draft{
		body: &bywayv1.AgreementBody{
			Terms: terms.ToWire(t.Ref), SecondName: "The Bakery <&> Sons", About: about[:], Purpose: "weekly bread to the door",
			Data: []string{"name", "address"}, Law: "EU", AnswerBy: epoch.Add(time.Hour).UnixMilli(),
			ValidFrom: epoch.Add(24 * time.Hour).UnixMilli(), ValidUntil: epoch.Add(365 * 24 * time.Hour).UnixMilli(), Nonce: make([]byte, 16),
		},
		first: "alice", second: "bakery", by: []string{"alice", "bakery"},
	}
}

func (d draft) sign(t testing.TB) record.Verified {
	t.Helper()
	payload, err := proto.Marshal(d.body)
	if err != nil {
		t.Fatal(err)
	}
	to := d.second
	if len(d.body.GetAnswers()) > 0 {
		to = d.first
	}
	return signed(t, record.Draft{
		Type: agreement.TypeBody, Version: agreement.PayloadVersion, Recipient: recordtest.Key(to), Link: record.Link{N: 1}, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: recordtest.Key(d.first)}, {Role: record.RoleSecond, Key: recordtest.Key(d.second)}},
	}, d.by...)
}

func signed(t testing.TB, d record.Draft, by ...string) record.Verified {
	t.Helper()
	st, err := record.New(d)
	if err != nil {
		t.Fatal(err)
	}
	var signers []record.Signer
	for _, name := range by {
		signers = append(signers, recordtest.Signer(name))
	}
	r, err := record.SignBy(t.Context(), st, signers...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: epoch})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// end is the bakery's word that an agreement is over.
func end(t testing.TB, body record.ID) record.Verified {
	t.Helper()
	payload, err := proto.Marshal(&bywayv1.End{Body: body[:], Reason: bywayv1.Reason(agreement.ReasonEnded)})
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, record.Draft{
		Type: agreement.TypeEnd, Version: agreement.PayloadVersion, Recipient: recordtest.Key("alice"), Link: record.Link{N: 1}, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleSecond, Key: recordtest.Key("bakery")}},
	}, "bakery")
}

func view(t testing.TB, f Format, v record.Verified, at time.Time) string {
	t.Helper()
	b, err := Make(f, v, Options{Roster: terms.Default(), At: at})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
