package evidence

import (
	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

// raw puts records in as they come, whether or not they belong.
func raw(p Parts) []byte {
	b := Bundle{thread: p.Thread, listed: p.Roster, taking: p.Taking, offer: p.Offer, records: p.Records}
	return b.encode()
}

// sorted puts records in their order, whether or not they belong.
func sorted(thread record.ID, vs ...record.Verified) []byte {
	b := Bundle{thread: thread, first: alice.Key(), records: vs}
	if thread == vs[0].ID() && vs[0].Statement().Type() == agreement.TypeAcceptance {
		b.first = caster.Key()
	}
	b.sort()
	return b.encode()
}

// receipts are vectors of bundles in which records are acknowledged.
func (k *talk) receipts() []recordtest.Vector {
	id, sum := k.whole.ID(), k.whole.Record().Sum()
	receipt := func(items ...*bywayv1.Received) []byte {
		r := k.says(alice, bakery, record.RoleFirst, agreement.TypeReceipt, record.Link{N: 3, Sent: id}, &bywayv1.Receipt{Received: items})
		return k.bundle(Parts{Thread: id, Records: []record.Verified{k.before, k.whole, r}}).Bytes()
	}
	own, elsewhere := k.before.ID(), k.elsewhere.ID()
	return []recordtest.Vector{
		vector("acknowledged", "complete", 0, receipt(&bywayv1.Received{Id: id[:], Sha256: sum[:]})),
		vector("other bytes acknowledged", "complete", 1, receipt(&bywayv1.Received{Id: id[:], Sha256: own[:]})),
		vector("what isn't here acknowledged", "complete", 0, receipt(&bywayv1.Received{Id: elsewhere[:], Sha256: sum[:]})),
		vector("her own acknowledged", "complete", 0, receipt(&bywayv1.Received{Id: own[:], Sha256: sum[:]})),
	}
}

// misfits are vectors of bundles whose records are genuine, each, but are no thread together.
func (k *talk) misfits() []recordtest.Vector {
	id := k.proffer.ID()
	l := record.Link{N: 2, Sent: k.end.ID()}
	end := k.says(bakery, alice, record.RoleSecond, agreement.TypeEnd, l, &bywayv1.End{Body: id[:]})
	decline := func(l record.Link, m *bywayv1.Decline) record.Verified {
		return k.says(bakery, alice, record.RoleSecond, agreement.TypeDecline, l, m)
	}
	no := decline(l, &bywayv1.Decline{Body: id[:], Reason: 1})
	again := decline(record.Link{N: 3, Sent: no.ID()}, &bywayv1.Decline{Body: id[:], Reason: 2})
	alt := func(n uint64, edit func(*bywayv1.AgreementBody)) record.Verified { return k.alternative(id, n, edit) }
	dp := alt(2, setTerms(k.t, "SD-BASE-DP"))
	hers := func(body record.ID) record.Verified {
		return k.says(alice, bakery, record.RoleFirst, agreement.TypeDecline, record.Link{N: 3, Sent: id}, &bywayv1.Decline{Body: body[:], Proffer: id[:]})
	}
	toHer := record.Draft{
		Type: agreement.TypeBody, Version: 1, Recipient: alice.Key(), Link: dp.Statement().Link(),
		Signers: dp.Statement().Signers(), Payload: dp.Statement().Payload(),
	}
	toIt := toHer
	toIt.Recipient = bakery.Key()
	newer := record.Draft{
		Type: agreement.TypeEnd, Version: 2, Recipient: alice.Key(), Link: l,
		Signers: k.end.Statement().Signers(), Payload: k.end.Statement().Payload(),
	}
	open := k.acceptance.ID()
	noOpen := k.says(bakery, caster, record.RoleSecond, agreement.TypeDecline, record.Link{N: 2, Sent: open}, &bywayv1.Decline{Body: open[:]})
	return []recordtest.Vector{
		vector("answered with an alternative", "answered", 1, sorted(id, k.before, k.proffer, dp)),
		vector("ended twice by one side", "", 0, sorted(id, k.whole, k.end, end)),
		vector("declined twice by one side", "", 0, sorted(id, k.proffer, no, again)),
		vector("an alternative declined that isn't here", "", 0, sorted(id, k.before, k.proffer, hers(dp.ID()))),
		vector("an alternative of the same terms", "", 0, sorted(id, k.proffer, alt(2, setTerms(k.t, "SD-BASE")))),
		vector("an alternative for another purpose", "", 0, sorted(id, k.proffer, alt(2, func(b *bywayv1.AgreementBody) {
			setTerms(k.t, "SD-BASE-DP")(b)
			b.Purpose = "anything"
		}))),
		vector("a third alternative", "", 0, sorted(id, k.proffer, dp, alt(3, setTerms(k.t, "PDC-AI")), alt(4, setTerms(k.t, "PDC-GOOD")))),
		vector("an acceptance declined", "", 0, sorted(open, k.acceptance, noOpen)),
		vector("an acceptance answered with an alternative", "", 0, sorted(open, k.acceptance, k.openAlternative())),
		vector("an alternative by the person", "", 0, sorted(id, k.proffer, k.sign(toHer, alice))),
		vector("an alternative to the organisation", "", 0, sorted(id, k.proffer, k.sign(toIt, bakery))),
		vector("an alternative as the thread", "", 0, sorted(dp.ID(), k.proffer, k.sign(toHer, alice, bakery))),
		vector("an end with the roles swapped", "", 0, sorted(id, k.whole, k.says(bakery, alice, record.RoleFirst, agreement.TypeEnd, l, &bywayv1.End{Body: id[:]}))),
		vector("another thread with the roles swapped", "complete", 1, sorted(id, k.whole, k.sign(k.body(someBody(k.t), bakery, alice, record.Link{N: 1}), bakery))),
		vector("a record open to all", "", 0, sorted(id, k.whole, terms.Default().Record())),
		vector("an end of another version", "", 0, sorted(id, k.whole, k.sign(newer, bakery))),
		vector("a type that the agreement protocol hasnt", "complete", 1, sorted(id, k.whole, k.says(bakery, alice, record.RoleSecond, "agreement.ended", record.Link{N: 1}, &bywayv1.End{}))),
		vector("an end of nothing", "", 0, sorted(id, k.whole, k.says(bakery, alice, record.RoleSecond, agreement.TypeEnd, l, &bywayv1.End{}))),
		vector("a receipt of nothing", "", 0, sorted(id, k.whole, k.says(bakery, alice, record.RoleSecond, agreement.TypeReceipt, l, &bywayv1.Receipt{}))),
		vector("a body of another thread without terms", "", 0, sorted(id, k.whole, k.sign(k.body(&bywayv1.AgreementBody{}, alice, bakery, record.Link{N: 3, Sent: id}), alice))),
	}
}

func setTerms(t interface{ Fatal(...any) }, name string) func(*bywayv1.AgreementBody) {
	row, ok := terms.Default().Lookup(name)
	if !ok {
		t.Fatal("no ", name)
	}
	return func(b *bywayv1.AgreementBody) { b.Terms = terms.ToWire(row.Ref) }
}

// alternative answers the proffer at place n of the bakery's chain.
func (k *talk) alternative(to record.ID, n uint64, edit func(*bywayv1.AgreementBody)) record.Verified {
	b := someBody(k.t)
	b.Answers = to[:]
	edit(b)
	d := k.body(b, alice, bakery, record.Link{N: n, Sent: k.end.ID()})
	d.Recipient = alice.Key()
	return k.sign(d, bakery)
}

// openAlternative answers the acceptance as if it were a proffer, and differs in the terms alone.
func (k *talk) openAlternative() record.Verified {
	b, id, cast := someBody(k.t), k.acceptance.ID(), k.cast.ID()
	b.Answers, b.About, b.Purpose = id[:], cast[:], ""
	d := k.body(b, caster, bakery, record.Link{N: 2, Sent: id})
	d.Recipient = caster.Key()
	return k.sign(d, bakery)
}

// misfitOffers are vectors of bundles whose offer doesn't hold the acceptance that it is made under.
func (k *talk) misfitOffers() []recordtest.Vector {
	cast, other := k.cast.ID(), k.whole.ID()
	after := record.Link{N: 2, Sent: k.acceptance.ID()}
	end := k.says(bakery, caster, record.RoleSecond, agreement.TypeEnd, after, &bywayv1.End{Body: other[:]})
	posing := k.says(bakery, caster, record.RoleSecond, agreement.TypeEnd, after, &bywayv1.Acceptance{Carrier: k.cast.Bytes(), SecondName: "The Bakery"})
	byBob, bobs := k.accepted(k.cast, bob), k.castBy(bob)
	bobsID := bobs.ID()
	changed := append([]byte{}, k.acceptance.Bytes()...)
	changed[len(changed)-1] ^= 1
	var out []recordtest.Vector
	for _, c := range []struct {
		about string
		offer *bywayv1.Offer
	}{
		{"an offer without an acceptance", &bywayv1.Offer{Cast: cast[:]}},
		{"an offer for another cast than the accepted one", &bywayv1.Offer{Acceptance: k.acceptance.Bytes(), Cast: other[:]}},
		{"an offer for no cast", &bywayv1.Offer{Acceptance: k.acceptance.Bytes()}},
		{"an offer with the acceptance of another vendor", &bywayv1.Offer{Acceptance: byBob.Bytes(), Cast: cast[:]}},
		{"an offer with the acceptance of another's cast", &bywayv1.Offer{Acceptance: k.accepted(bobs, bakery).Bytes(), Cast: bobsID[:]}},
		{"an offer with an end as the acceptance", &bywayv1.Offer{Acceptance: posing.Bytes(), Cast: cast[:]}},
		{"an offer for zeros with an end as the acceptance", &bywayv1.Offer{Acceptance: end.Bytes(), Cast: make([]byte, 32)}},
		{"an offer with a forged acceptance", &bywayv1.Offer{Acceptance: changed, Cast: cast[:]}},
	} {
		o := k.says(bakery, caster, record.RoleAuthor, typeOffer, after, c.offer)
		p := Parts{Thread: other, Taking: k.takingOf(o, other), Offer: o, Records: []record.Verified{k.whole}}
		out = append(out, vector(c.about, "", 0, raw(p)))
	}
	return out
}
