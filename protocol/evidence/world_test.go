package evidence

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

var (
	alice, caster = recordtest.Signer("alice"), recordtest.Signer("alice's cast")
	bakery, bob   = recordtest.Signer("the bakery"), recordtest.Signer("bob")
	noon          = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// talk is all that alice holds: what she and the bakery said, the offer that she took, and what she said to bob.
type talk struct {
	t                                    testing.TB
	proffer, whole, receipt, end         record.Verified
	acceptance, offer, taking, elsewhere record.Verified
	before, after                        record.Verified // about something else, before and after the thread
	cast                                 record.Verified
}

func newTalk(t testing.TB) *talk {
	t.Helper()
	k := &talk{t: t}
	k.before = k.says(alice, bakery, record.RoleFirst, "example.note", record.Link{N: 1}, &bywayv1.End{Text: "hello"})
	k.offered()
	d := k.body(someBody(t), alice, bakery, record.Link{N: 2, Sent: k.before.ID()})
	k.proffer, k.whole = k.sign(d, alice), k.sign(d, alice, bakery)
	id, sum := k.whole.ID(), k.whole.Record().Sum()
	k.receipt = k.says(alice, bakery, record.RoleFirst, "agreement.receipt", record.Link{N: 3, Sent: id}, &bywayv1.Receipt{Received: []*bywayv1.Received{{Id: id[:], Sha256: sum[:]}}})
	k.end = k.says(bakery, alice, record.RoleSecond, "agreement.end", record.Link{N: 1, Held: k.receipt.ID()}, &bywayv1.End{Body: id[:], Reason: 5, Text: "we close"})
	k.after = k.says(alice, bakery, record.RoleFirst, "example.note", record.Link{N: 4, Sent: k.receipt.ID()}, &bywayv1.End{Text: "later"})
	k.take(id)
	k.elsewhere = k.sign(k.body(someBody(t), alice, bob, record.Link{N: 1}), alice)
	return k
}

// offered makes the cast, its acceptance and the offer with that.
func (k *talk) offered() {
	k.cast = k.castBy(caster)
	k.acceptance = k.accepted(k.cast, bakery)
	id := k.cast.ID()
	k.offer = k.says(bakery, caster, record.RoleAuthor, typeOffer, record.Link{N: 2, Sent: k.acceptance.ID()}, &bywayv1.Offer{Acceptance: k.acceptance.Bytes(), Cast: id[:]})
}

func (k *talk) castBy(by record.Signer) record.Verified {
	open, ok := terms.Default().Lookup("PDC-INTENT")
	if !ok {
		k.t.Fatal("no PDC-INTENT")
	}
	return k.sign(record.Draft{
		Type: "intention.cast", Version: 1, Signers: []record.Signatory{{Role: record.RoleFirst, Key: by.Key()}},
		Payload: k.encode(&bywayv1.Cast{Proffer: &bywayv1.OpenProffer{Terms: terms.ToWire(open.Ref), AcceptBy: noon.UnixMilli(), Nonce: make([]byte, 16)}}),
	}, by)
}

// accepted returns the acceptance of a cast by a vendor.
func (k *talk) accepted(cast record.Verified, by record.Signer) record.Verified {
	d := record.Draft{
		Type: agreement.TypeAcceptance, Version: 1, Recipient: cast.Statement().Author(), Link: record.Link{N: 1},
		Signers: []record.Signatory{{Role: record.RoleSecond, Key: by.Key()}},
		Payload: k.encode(&bywayv1.Acceptance{Carrier: cast.Bytes(), SecondName: "The Bakery"}),
	}
	return k.sign(d, by)
}

func (k *talk) take(proffer record.ID) { k.taking = k.takingOf(k.offer, proffer) }

func (k *talk) takingOf(offer record.Verified, proffer record.ID) record.Verified {
	o, c, f, v := offer.ID(), caster.Key(), alice.Key(), bakery.Key()
	return k.sign(record.Draft{
		Type: typeTaking, Version: 1, Recipient: v, Link: record.Link{N: 1, Held: o},
		Signers: []record.Signatory{{Role: record.RoleBefore, Key: c}, {Role: record.RoleAfter, Key: f}},
		Payload: k.encode(&bywayv1.Taking{Offer: o[:], CastKey: c[:], NewKey: f[:], VendorKey: v[:], Proffer: proffer[:]}),
	}, caster, alice)
}

func someBody(t testing.TB) *bywayv1.AgreementBody {
	t.Helper()
	base, ok := terms.Default().Lookup("SD-BASE")
	if !ok {
		t.Fatal("no SD-BASE")
	}
	return &bywayv1.AgreementBody{Terms: terms.ToWire(base.Ref), SecondName: "The Bakery", Purpose: "weekly bread", AnswerBy: noon.UnixMilli(), Nonce: make([]byte, 16)}
}

func (k *talk) body(b *bywayv1.AgreementBody, first, second record.Signer, l record.Link) record.Draft {
	return record.Draft{
		Type: agreement.TypeBody, Version: 1, Recipient: second.Key(), Link: l, Payload: k.encode(b),
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: first.Key()}, {Role: record.RoleSecond, Key: second.Key()}},
	}
}

func (k *talk) encode(m proto.Message) []byte {
	k.t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (k *talk) sign(d record.Draft, by ...record.Signer) record.Verified {
	k.t.Helper()
	v, err := formtest.Sign(k.t, d, by...).Verify(record.Want{})
	if err != nil {
		k.t.Fatal(err)
	}
	return v
}

func (k *talk) says(by, to record.Signer, as record.Role, typ record.Type, l record.Link, m proto.Message) record.Verified {
	return k.sign(record.Draft{
		Type: typ, Version: 1, Recipient: to.Key(), Link: l, Signers: []record.Signatory{{Role: as, Key: by.Key()}}, Payload: k.encode(m),
	}, by)
}

// parts are those of the bundle of a thread that took an offer and was ended.
func (k *talk) parts(vs ...record.Verified) Parts {
	if len(vs) == 0 {
		vs = []record.Verified{k.before, k.proffer, k.whole, k.receipt, k.end}
	}
	return Parts{Thread: k.proffer.ID(), Roster: terms.Default().Record(), Taking: k.taking, Offer: k.offer, Records: vs}
}

func (k *talk) bundle(p Parts) Bundle {
	k.t.Helper()
	b, err := New(p)
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}
