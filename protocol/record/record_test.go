package record_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func signBy(t testing.TB, s record.Statement, by ...record.Signer) record.Record {
	t.Helper()
	r, err := record.SignBy(t.Context(), s, by...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnyByteChangedIsRefused(t *testing.T) {
	good := signBy(t, mustNew(t, agreement()), alice, bakery).Bytes()
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			if v, err := record.Verify(b, record.Want{}); err == nil || !v.IsZero() {
				t.Errorf("bit %d of byte %d changed, and it was taken", bit, i)
			}
		}
	}
}

func TestAnyTruncationIsRefused(t *testing.T) {
	good := signBy(t, mustNew(t, agreement()), alice, bakery).Bytes()
	for n := range good {
		if v, err := record.Verify(good[:n:n], record.Want{}); !errors.Is(err, record.ErrMalformed) || !v.IsZero() {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
}

func TestOrderOfSigningDoesNotShow(t *testing.T) {
	s := mustNew(t, agreement())
	both := signBy(t, s, alice, bakery)
	if other := signBy(t, s, bakery, alice); !bytes.Equal(other.Bytes(), both.Bytes()) || other.Sum() != both.Sum() {
		t.Error("the order of signing shows in the record")
	}
	sig, ok := both.Signature(record.RoleFirst, alice.Key())
	if !ok {
		t.Fatal("alice's signature isn't there")
	}
	late, err := signBy(t, s, bakery).With(sig)
	if err != nil || !bytes.Equal(late.Bytes(), both.Bytes()) {
		t.Errorf("a signature that came later shows (%v)", err)
	}
}

func TestSignatureIsNeverReplaced(t *testing.T) {
	r := signBy(t, mustNew(t, agreement()), alice)
	second := r.Signatures()[0]
	second.Bytes[0] ^= 1
	if got, err := r.With(second); !errors.Is(err, record.ErrSigner) || got.Bytes() != nil {
		t.Errorf("a second signature by alice: %v", err)
	}
	if !r.Signatures()[0].Equal(signBy(t, r.Statement(), alice).Signatures()[0]) {
		t.Error("the first one changed")
	}
}

func TestBadSignaturesAreNotAssembled(t *testing.T) {
	s := mustNew(t, agreement())
	good := signBy(t, s, alice).Signatures()[0]
	with := func(change func(*record.Signature)) []record.Signature {
		sig := good
		change(&sig)
		return []record.Signature{sig}
	}
	for name, c := range map[string]struct {
		sigs []record.Signature
		want error
	}{
		"none":                   {nil, record.ErrIncomplete},
		"twice":                  {[]record.Signature{good, good}, record.ErrSigner},
		"another role":           {with(func(g *record.Signature) { g.Role = record.RoleSecond }), record.ErrSigner},
		"another key":            {with(func(g *record.Signature) { g.Key = recordtest.Key("bob") }), record.ErrSigner},
		"a long delegation":      {with(func(g *record.Signature) { g.Delegation = make([]byte, record.MaxDelegation+1) }), record.ErrTooLarge},
		"a delegation of 64 KiB": {with(func(g *record.Signature) { g.Delegation = make([]byte, 1<<16) }), record.ErrTooLarge},
	} {
		if r, err := record.Assemble(s, c.sigs...); !errors.Is(err, c.want) || r.Bytes() != nil {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
	if _, err := record.Assemble(record.Statement{}, good); !errors.Is(err, record.ErrSigner) {
		t.Errorf("a signature under nothing: %v", err)
	}
}

func TestSignerSignsWhatListsItsKeyAlone(t *testing.T) {
	s := mustNew(t, agreement())
	if sig, err := alice.Sign(t.Context(), s, record.RoleSecond); !errors.Is(err, record.ErrSigner) || sig.Bytes != [64]byte{} {
		t.Errorf("alice signed as the second party: %v", err)
	}
	if _, err := recordtest.Signer("bob").Sign(t.Context(), s, record.RoleFirst); !errors.Is(err, record.ErrSigner) {
		t.Errorf("bob signed as alice: %v", err)
	}
	if _, err := record.SignBy(t.Context(), s, recordtest.Signer("bob")); !errors.Is(err, record.ErrSigner) {
		t.Errorf("SignBy: %v", err)
	}
}

func TestNothingDoesNotVerify(t *testing.T) {
	if v, err := (record.Record{}).Verify(record.Want{}); !errors.Is(err, record.ErrMalformed) || !v.IsZero() {
		t.Errorf("got %v", err)
	}
}

func TestPointToPointIsForItsRecipientAlone(t *testing.T) {
	r := signBy(t, mustNew(t, agreement()), alice)
	for who, want := range map[string]error{"the bakery": nil, "alice": record.ErrRecipient, "bob": record.ErrRecipient} {
		me := recordtest.Key(who)
		_, err := record.Verify(r.Bytes(), record.Want{To: func(k record.Key) bool { return k == me }})
		if !errors.Is(err, want) {
			t.Errorf("read by %s: %v, want %v", who, err, want)
		}
	}
}

// Known is the caller's word that it checked these bytes before: equal ones are not
// checked again, others are.
func TestKnownSignaturesAreNotCheckedAgain(t *testing.T) {
	r := signBy(t, mustNew(t, agreement()), alice)
	forged := r.Signatures()[0]
	forged.Bytes[0] ^= 1
	bad, err := record.Assemble(r.Statement(), forged)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.Verify(bad.Bytes(), record.Want{Known: r.Signatures()}); !errors.Is(err, record.ErrSignature) {
		t.Errorf("the known signature stood for another one: %v", err)
	}
	if _, err := record.Verify(bad.Bytes(), record.Want{Known: bad.Signatures()}); err != nil {
		t.Errorf("a known signature was checked again: %v", err)
	}
}

func TestStoreIsTrustedForSignaturesNotForForm(t *testing.T) {
	r := signBy(t, mustNew(t, agreement()), alice, bakery)
	v, err := record.FromStore(r.Bytes())
	if err != nil || !bytes.Equal(v.Bytes(), r.Bytes()) || !v.Complete() || v.ID() != r.ID() {
		t.Errorf("a record came back changed (%v)", err)
	}
	if v, err := record.FromStore(r.Bytes()[1:]); !errors.Is(err, record.ErrMalformed) || !v.IsZero() {
		t.Errorf("a damaged record came back: %v", err)
	}
}

func TestVerifiedSaysWhoSigned(t *testing.T) {
	v, err := record.Verify(signBy(t, mustNew(t, agreement()), alice).Bytes(), record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := v.SignedAs(record.RoleFirst); !ok || k != alice.Key() {
		t.Errorf("the first party: %s, %v", k.Short(), ok)
	}
	if k, ok := v.SignedAs(record.RoleSecond); ok || !k.IsZero() {
		t.Errorf("who is listed counts as who signed: %s", k.Short())
	}
	if v.Complete() || !slices.Equal(v.Statement().Signers(), agreement().Signers) {
		t.Error("one of two signatures is not all")
	}
}
