package evidence

import (
	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// answers are what the bakery says to alice's proffer, one after the other, and what she says to that.
type answers struct {
	no, first, second         record.Verified // a decline, and two alternatives
	tookFirst, tookSecond     record.Verified // the alternatives with her signature too
	refusedFirst, refusedLast record.Verified // her declines of either
}

func (k *talk) answers() answers {
	id := k.proffer.ID()
	alternative := func(l record.Link, terms string, by ...record.Signer) record.Verified {
		b := someBody(k.t)
		b.Answers = id[:]
		setTerms(k.t, terms)(b)
		d := k.body(b, alice, bakery, l)
		d.Recipient = alice.Key()
		return k.sign(d, by...)
	}
	hers := func(body record.ID) record.Verified {
		return k.says(alice, bakery, record.RoleFirst, agreement.TypeDecline, record.Link{N: 3, Sent: id}, &bywayv1.Decline{Body: body[:], Proffer: id[:]})
	}
	var x answers
	x.no = k.says(bakery, alice, record.RoleSecond, agreement.TypeDecline, record.Link{N: 1}, &bywayv1.Decline{Body: id[:], Reason: 1})
	one, two := record.Link{N: 2, Sent: x.no.ID()}, record.Link{N: 3}
	x.first, x.tookFirst = alternative(one, "SD-BASE-DP", bakery), alternative(one, "SD-BASE-DP", alice, bakery)
	two.Sent = x.first.ID()
	x.second, x.tookSecond = alternative(two, "PDC-AI", bakery), alternative(two, "PDC-AI", alice, bakery)
	x.refusedFirst, x.refusedLast = hers(x.first.ID()), hers(x.second.ID())
	return x
}

// breaches are vectors of bundles in which a side contradicts itself, one for each kind of pair. Where
// the bakery's decline isn't in one, its place is a gap.
func (k *talk) breaches() []recordtest.Vector {
	x := k.answers()
	with := func(about, state string, faults int, vs ...record.Verified) recordtest.Vector {
		vs = append([]record.Verified{k.before}, vs...)
		return vector(about, state, faults, k.bundle(Parts{Thread: k.proffer.ID(), Records: vs}).Bytes())
	}
	return []recordtest.Vector{
		with("breach of countersigned and declined", "complete", 1, k.whole, x.no),
		with("breach of countersigned and answered", "complete", 1+1, k.whole, x.first),
		with("breach of declined and answered", "answered", 1, k.proffer, x.no, x.first),
		with("breach of two alternatives", "answered", 1+1, k.proffer, x.first, x.second),
		with("breach of an alternative taken and declined", "complete", 1+1, k.proffer, x.tookFirst, x.refusedFirst),
		with("breach of two alternatives taken", "complete", 1+1+1, k.proffer, x.tookFirst, x.tookSecond),
		with("no breach where one of two alternatives is declined", "complete", 1+1, k.proffer, x.tookFirst, x.second, x.refusedLast),
		with("every breach at once", "complete", 8, k.proffer, k.whole, x.no, x.first, x.tookFirst, x.second, x.tookSecond, x.refusedFirst),
		with("a breach counts once however often it was signed", "complete", 1, k.proffer, k.whole, x.no),
	}
}
