package evidence

import (
	"testing"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

// node signs for whose key it is, from an hour before noon until so long after it.
func node(t testing.TB, of record.Signer, until time.Duration) record.Signer {
	t.Helper()
	d, err := record.NewDelegation(t.Context(), record.Delegation{Delegate: bob.Key(), From: noon.Add(-time.Hour), Until: noon.Add(until)}, of)
	if err != nil {
		t.Fatal(err)
	}
	s, err := record.NewDelegateSigner(d, recordtest.Seed("bob"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byNode is the same statement with other signatures: whoever it is that makes them now. It is judged at noon.
func (k *talk) byNode(v record.Verified, by ...record.Signer) record.Verified {
	k.t.Helper()
	r, err := record.SignBy(k.t.Context(), v.Statement(), by...)
	if err != nil {
		k.t.Fatal(err)
	}
	v, err = r.Verify(record.Want{At: noon})
	if err != nil {
		k.t.Fatal(err)
	}
	return v
}

// delegates are vectors of bundles in which a node's key signs for its owner's.
func (k *talk) delegates() []recordtest.Vector {
	hour := node(k.t, bakery, time.Hour)
	by := k.byNode(k.whole, alice, hour)
	longer := k.byNode(k.whole, alice, node(k.t, bakery, 2*time.Hour))
	note := k.says(bakery, alice, record.RoleSecond, "example.note", record.Link{N: 1}, &bywayv1.End{})
	id := k.whole.ID()
	offer, acceptance := k.byNode(k.offer, hour), k.byNode(k.acceptance, hour)
	cast := k.cast.ID()
	inner := k.says(bakery, caster, record.RoleAuthor, typeOffer, record.Link{N: 2, Sent: k.acceptance.ID()}, &bywayv1.Offer{Acceptance: acceptance.Bytes(), Cast: cast[:]})
	roster := terms.Default().Record().Statement()
	listed := k.sign(record.Draft{Type: roster.Type(), Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: bakery.Key()}}, Payload: roster.Payload()}, bakery)
	listed = k.byNode(listed, hour)
	delegatedCast := k.accepted(k.byNode(k.cast, node(k.t, caster, time.Hour)), bakery)
	bundle := func(p Parts) []byte {
		p.Thread = id
		if p.Records == nil {
			p.Records = []record.Verified{k.before, k.whole}
		}
		return raw(p)
	}
	one := bundle(Parts{Records: []record.Verified{k.before, by}})
	taken := bundle(Parts{Taking: k.taking, Offer: offer})
	accepted := bundle(Parts{Taking: k.takingOf(inner, id), Offer: inner})
	byRoster := bundle(Parts{Roster: listed})
	return []recordtest.Vector{
		vector("by a delegate in time", "complete", 0, one),
		judged("by a delegate at the start of its time", "complete", -time.Hour, one),
		judged("by a delegate before its time", "", -time.Hour-time.Millisecond, one),
		judged("by a delegate at the end of its time", "", time.Hour, one),
		vector("an offer by a delegate in time", "complete", 0, taken),
		judged("an offer by a delegate after its time", "", time.Hour, taken),
		vector("an offer with an acceptance by a delegate in time", "complete", 0, accepted),
		judged("an offer with an acceptance by a delegate after its time", "", time.Hour, accepted),
		vector("a roster by a delegate in time", "complete", 0, byRoster),
		judged("a roster by a delegate after its time", "", time.Hour, byRoster),
		vector("an acceptance of a cast by a delegate", "", 0, sorted(delegatedCast.ID(), delegatedCast)),
		vector("signed by oneself and by a delegate", "", 0, sorted(id, k.before, k.whole, by)),
		vector("one signature under two delegations", "", 0, sorted(id, k.before, by, longer)),
		vector("another protocols statement signed by oneself and by a delegate", "", 0, sorted(id, k.before, k.whole, note, k.byNode(note, hour))),
		vector("another protocols statement with one signature under two delegations", "", 0, sorted(id, k.before, k.whole, k.byNode(note, hour), k.byNode(note, node(k.t, bakery, 2*time.Hour)))),
		vector("two sets of signatures that agree", "complete", 0, sorted(id, k.before, k.proffer, by)),
	}
}
