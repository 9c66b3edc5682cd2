package agreement

import (
	"context"
	"errors"
	"testing"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// cast is an open statement by the given key with an open proffer in it.
func cast(t testing.TB, by record.Signer) record.Verified {
	t.Helper()
	payload, err := encode(&bywayv1.Cast{Category: "food/bread", Proffer: &bywayv1.OpenProffer{
		Terms: terms.ToWire(Terms{Roster: "byway-2026-1", ID: "PDC-INTENT", Version: "1"}), Purpose: "an offer for this intention",
		AcceptBy: epoch.Add(time.Hour).UnixMilli(), Nonce: make([]byte, 16),
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := formtest.Sign(t, record.Draft{
		Type: "intention.cast", Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}}, Payload: payload,
	}, by)
	v, err := r.Verify(record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAcceptanceOfAnOpenProfferIsAWholeAgreement(t *testing.T) {
	w := newTwo(t, Decision{}, Decision{})
	c := cast(t, signer(t, "alice"))
	b, err := w.bakery.Accept(t.Context(), c, w.bakeryKey, "The Bakery")
	if err != nil {
		t.Fatal(err)
	}
	v, ok := b.Agreed()
	if !ok || !b.InForce(epoch) {
		t.Fatal("the acceptance isn't in force at once")
	}
	whole, err := record.Verify(v.Bytes(), record.Want{To: ring{signer(t, "alice")}.Owns})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.alice.Keep(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := w.wantBoth(t, b.ID(), Complete)
	if view := a.View(epoch); view.Body.About != c.ID() || view.Body.SecondName != "The Bakery" || view.Body.Terms.ID != "PDC-INTENT" {
		t.Errorf("view is %+v", view)
	}
	f, err := Describe(whole)
	if err != nil || !f.Complete || !f.SignedFirst || !f.SignedSecond || f.Kind != KindAcceptance {
		t.Errorf("described as %+v, %v", f, err)
	}
	if _, err := w.alice.End(t.Context(), b.ID(), ReasonEnded, ""); err != nil {
		t.Fatal(err)
	}
	w.wantBoth(t, b.ID(), Ended)
}

func TestAcceptanceAfterAcceptByIsRefused(t *testing.T) {
	w := newTwo(t, Decision{}, Decision{})
	c := cast(t, signer(t, "alice"))
	b, err := w.bakery.Accept(t.Context(), c, w.bakeryKey, "The Bakery")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := b.Agreed()
	w.clock.forward(2 * time.Hour)
	if _, err := w.alice.Keep(t.Context(), v); !errors.Is(err, ErrExpired) {
		t.Errorf("keep: %v", err)
	}
	if _, err := w.bakery.Accept(t.Context(), c, w.bakeryKey, "The Bakery"); !errors.Is(err, ErrExpired) {
		t.Errorf("accept: %v", err)
	}
	if w.aliceLog.count() != 0 || w.bakeryLog.count() != 1 {
		t.Error("something was stored")
	}
}

func TestAcceptanceOfAnothersCastIsRefused(t *testing.T) {
	w := newTwo(t, Decision{}, Decision{})
	b, err := w.bakery.Accept(t.Context(), cast(t, signer(t, "carol")), w.bakeryKey, "The Bakery")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := b.Agreed()
	if _, err := w.alice.Keep(t.Context(), v); !errors.Is(err, record.ErrRecipient) {
		t.Errorf("keep: %v", err)
	}
	forged := formtest.Draft(v.Record())
	forged.Recipient = w.aliceKey
	x, err := formtest.Sign(t, forged, signer(t, "bakery")).Verify(record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.alice.Keep(t.Context(), x); !errors.Is(err, ErrSigner) {
		t.Errorf("keep of an acceptance whose cast is another's: %v", err)
	}
	if w.aliceLog.count() != 0 {
		t.Error("something was stored")
	}
}

func TestAcceptanceOfACastSignedByADelegateIsRefused(t *testing.T) {
	w := newTwo(t, Decision{}, Decision{})
	b, err := w.bakery.Accept(t.Context(), cast(t, signer(t, "alice")), w.bakeryKey, "The Bakery")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := b.Agreed()
	delegation, err := record.NewDelegation(t.Context(), record.Delegation{
		Delegate: signer(t, "carol").Key(), From: time.UnixMilli(-1 << 60), Until: epoch.Add(time.Hour),
	}, signer(t, "alice"))
	if err != nil {
		t.Fatal(err)
	}
	delegate, err := record.NewDelegateSigner(delegation, record.SumID([]byte("carol")))
	if err != nil {
		t.Fatal(err)
	}
	carrier := formtest.Sign(t, formtest.Draft(cast(t, signer(t, "alice")).Record()), delegate)
	payload, err := encode(&bywayv1.Acceptance{Carrier: carrier.Bytes(), SecondName: "The Bakery"})
	if err != nil {
		t.Fatal(err)
	}
	forged := formtest.Draft(v.Record())
	forged.Payload = payload
	x, err := formtest.Sign(t, forged, signer(t, "bakery")).Verify(record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(x); !errors.Is(err, ErrSigner) {
		t.Errorf("read: %v", err)
	}
}

func TestWhatGoesAlongReachesTheDecider(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	var named record.ID
	goes := cast(t, signer(t, "alice")).Record()
	along := func(_ context.Context, p record.Statement) (record.Record, error) {
		named = p.ID()
		return goes, nil
	}
	w.toBakery.set(true, false)
	a, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, someBody(), along)
	if !errors.Is(err, ErrUnreached) || named != a.ID() {
		t.Fatalf("proffer: %v", err)
	}
	w.toBakery.set(false, false)
	w.boot(t)
	w.clock.forward(time.Minute)
	w.alice.attend(t.Context(), a.ID())
	w.wantBoth(t, a.ID(), Complete)
	if len(w.bakes.asked) != 1 || len(w.bakes.asked[0].With) != 1 {
		t.Error("the decider didn't see what went along")
	}
}
