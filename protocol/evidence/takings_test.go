package evidence

import (
	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// taker is who takes what, and what is said of it: a taking that fits, until something in it is changed.
type taker struct {
	draft         record.Draft
	says          *bywayv1.Taking
	before, after record.Signer
	alone         bool // the new key doesn't sign
}

func (k *talk) misfit(offer record.Verified, change func(*taker)) record.Verified {
	o, id := offer.ID(), k.whole.ID()
	x := taker{before: caster, after: alice, draft: record.Draft{Type: typeTaking, Version: 1, Recipient: bakery.Key(), Link: record.Link{N: 1, Held: o}}}
	x.says = &bywayv1.Taking{Offer: o[:], Proffer: id[:]}
	change(&x)
	before, after, to := x.before.Key(), x.after.Key(), x.draft.Recipient
	if x.says.CastKey == nil {
		x.says.CastKey = before[:]
	}
	if x.says.NewKey == nil {
		x.says.NewKey = after[:]
	}
	if x.says.VendorKey == nil {
		x.says.VendorKey = to[:]
	}
	x.draft.Payload = k.encode(x.says)
	x.draft.Signers = []record.Signatory{{Role: record.RoleBefore, Key: before}, {Role: record.RoleAfter, Key: after}}
	if x.alone {
		return k.sign(x.draft, x.before)
	}
	return k.sign(x.draft, x.before, x.after)
}

// misfitTakings are vectors of bundles whose taking is genuine, and is of something else, with the offer and without.
func (k *talk) misfitTakings() []recordtest.Vector {
	elsewhere, b := k.elsewhere.ID(), bob.Key()
	var out []recordtest.Vector
	for _, c := range []struct {
		about  string
		change func(*taker)
	}{
		{"the taking of another proffer", func(x *taker) { x.says.Proffer = elsewhere[:] }},
		{"the taking of no proffer", func(x *taker) { x.says.Proffer = nil }},
		{"the taking for another new key", func(x *taker) { x.after = bob }},
		{"the taking of another vendor", func(x *taker) { x.draft.Recipient = b }},
		{"a taking without the new key's signature", func(x *taker) { x.alone = true }},
		{"a taking that says another cast key", func(x *taker) { x.says.CastKey = b[:] }},
		{"a taking that says another new key", func(x *taker) { x.says.NewKey = b[:] }},
		{"a taking that says another vendor", func(x *taker) { x.says.VendorKey = b[:] }},
		{"a taking of no offer", func(x *taker) { x.says.Offer = nil }},
		{"a taking of another version", func(x *taker) { x.draft.Version = 2 }},
		{"a taking of another type", func(x *taker) { x.draft.Type = "offer.takings" }},
	} {
		p := Parts{Thread: k.whole.ID(), Taking: k.misfit(k.offer, c.change), Records: []record.Verified{k.before, k.whole}}
		out = append(out, vector(c.about, "", 0, raw(p)))
	}
	return append(out, k.otherOffers()...)
}

// otherOffers are vectors of bundles with a taking that is right, but for the offer.
func (k *talk) otherOffers() []recordtest.Vector {
	cast, l := k.cast.ID(), record.Link{N: 3, Sent: k.offer.ID()}
	bobs := k.castBy(bob)
	bobsID := bobs.ID()
	says := func(by, to record.Signer, as record.Role, typ record.Type, acceptance record.Verified, of record.ID) record.Verified {
		return k.says(by, to, as, typ, l, &bywayv1.Offer{Acceptance: acceptance.Bytes(), Cast: of[:], Note: "another"})
	}
	plain := says(bakery, caster, record.RoleAuthor, typeOffer, k.acceptance, cast)
	bare := k.says(bakery, caster, record.RoleAuthor, typeOffer, l, &bywayv1.Offer{Acceptance: k.acceptance.Bytes(), Cast: cast[:]})
	var out []recordtest.Vector
	for _, c := range []struct {
		about, state string
		taken, offer record.Verified
	}{
		{"another offer that was taken", "complete", plain, plain},
		{"another offer than the one taken", "", k.offer, plain},
		{"an offer by another vendor", "", record.Verified{}, says(bob, caster, record.RoleAuthor, typeOffer, k.acceptance, cast)},
		{"an offer to another key", "", record.Verified{}, says(bakery, bob, record.RoleAuthor, typeOffer, k.accepted(bobs, bakery), bobsID)},
		{"an offer to another key than its acceptance", "", record.Verified{}, says(bakery, bob, record.RoleAuthor, typeOffer, k.acceptance, cast)},
		{"an offer in another role", "", record.Verified{}, says(bakery, caster, record.RoleSecond, typeOffer, k.acceptance, cast)},
		{"an offer of another type", "", record.Verified{}, says(bakery, caster, record.RoleAuthor, "offer.offers", k.acceptance, cast)},
		{"an offer that says nothing of what is offered", "complete", record.Verified{}, bare},
		{"an offer with a note that is no text", "complete", record.Verified{}, k.noted("\xff")},
	} {
		if c.taken.IsZero() {
			c.taken = c.offer
		}
		p := Parts{Thread: k.whole.ID(), Taking: k.misfit(c.taken, func(*taker) {}), Offer: c.offer, Records: []record.Verified{k.before, k.whole}}
		out = append(out, vector(c.about, c.state, 0, raw(p)))
	}
	return out
}

// noted is an offer with a note of any bytes.
func (k *talk) noted(note string) record.Verified {
	d := record.Draft{
		Type: typeOffer, Version: 1, Recipient: caster.Key(), Link: k.offer.Statement().Link(),
		Signers: k.offer.Statement().Signers(),
		Payload: append(append([]byte{}, k.offer.Statement().Payload()...), append([]byte{8<<3 | 2, byte(len(note))}, note...)...),
	}
	return k.sign(d, bakery)
}
