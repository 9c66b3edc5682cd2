package resume_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// delegate is somebody who signed for a party until an hour before noon.
func delegate(t *testing.T, of *party) record.Signer {
	t.Helper()
	seed := recordtest.Seed("the clerk")
	clerk, err := record.NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	d, err := record.NewDelegation(t.Context(), record.Delegation{
		Delegate: clerk.Key(), From: noon.Add(-2 * time.Hour), Until: noon.Add(-time.Hour),
	}, of.by)
	if err != nil {
		t.Fatal(err)
	}
	s, err := record.NewDelegateSigner(d, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// before is when the delegate still might sign.
var before = noon.Add(-90 * time.Minute)

// clerked has a delegate sign a text for a party, which keeps it.
func clerked(t *testing.T, by record.Signer, from, to *party, text string) record.Verified {
	t.Helper()
	var v record.Verified
	err := from.store.AppendLinked(t.Context(), from.key(), to.key(), -1, func(l record.Link) ([]record.Entry, error) {
		st, err := record.New(record.Draft{
			Type: said, Version: 1, Recipient: to.key(), Link: l, Payload: []byte(text), Signers: signers(from.key(), to.key(), text),
		})
		if err != nil {
			return nil, err
		}
		r, err := record.SignBy(t.Context(), st, by)
		if err != nil {
			return nil, err
		}
		v, err = r.Verify(record.Want{At: before})
		return []record.Entry{{Subject: thread(text), At: before, Mine: true, Rec: v}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// countersigned has a signer put the second signature to what somebody said; who signs keeps it.
func countersigned(t *testing.T, by record.Signer, keeper *party, v record.Verified) record.Verified {
	t.Helper()
	sig, err := by.Sign(t.Context(), v.Statement(), record.RoleSecond)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Record().With(sig)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := r.Verify(record.Want{At: before, Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	keeper.keep(whole, keeper.key() == v.Statement().Recipient())
	return whole
}

// What a former delegate signed comes back where she acknowledged it, countersigned it or
// named it; what may be dated back is kept beside.
func TestAnEndedDelegationCountsWhereHerOwnWordSaysThatItWasThere(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	clerk := delegate(t, bakery)
	alice.say(bakery, "bread")
	old := alice.copy()

	earlier := clerked(t, clerk, bakery, alice, "earlier")
	named := clerked(t, clerk, bakery, alice, "named")
	alice.keep(earlier, false)
	alice.keep(named, false)
	asked, open := alice.say(bakery, "asked?"), alice.say(bakery, "open?") // their links name what the clerk said last
	whole := countersigned(t, clerk, bakery, asked)
	alice.say(bakery, fmt.Sprintf("receipt:%x", whole.Record().Sum()))
	countersigned(t, clerk, bakery, open) // and she never acknowledged it
	hers := clerked(t, clerk, bakery, alice, "hers?")
	bakery.keep(countersigned(t, alice.by, alice, hers), false)
	clerked(t, clerk, bakery, alice, "dated-back")

	alice.restore(old, bakery)
	fetch(t, alice, bakery)
	for name, want := range map[string]string{
		"named": "named", "asked?": "asked?, asked?+", "hers?": "hers?+", "open?": "open?", "dated-back": "", "earlier": "",
	} {
		checkTexts(t, alice, name, want)
	}
	r, err := alice.service.Relationship(t.Context(), alice.key(), bakery.key())
	if err != nil || len(r.Kept()) != 4 {
		t.Errorf("%d records are kept beside, %v; want the four that nothing vouches for", len(r.Kept()), err)
	}
}

// A restored organisation finds what its own former delegate said, from what it said itself afterwards.
func TestWhatAFormerDelegateSaidIsInTheChainOfWhatCameAfter(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	clerk := delegate(t, bakery)
	old := bakery.copy()
	for _, text := range []string{"one", "two"} {
		alice.keep(clerked(t, clerk, bakery, alice, text), false)
	}
	bakery.say(alice, "three")
	alice.keep(clerked(t, clerk, bakery, alice, "after"), false)
	bakery.restore(old, alice)
	fetch(t, bakery, alice)
	for name, want := range map[string]string{"one": "one", "two": "two", "three": "three", "after": ""} {
		checkTexts(t, bakery, name, want)
	}
}

// After the author of a resume got them back, statements of hers are there that her resume gave
// up. The other side loses them by damage and still holds the resume: what its own word, or what it
// kept, shows was there comes back, and nothing that an older copy of her node may have made.
func TestWhatItsAuthorGaveUpAndRecoveredComesBackToTheOtherSide(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	one := alice.say(bakery, "one")
	old := alice.copy()
	alice.say(bakery, "two")
	alice.say(bakery, "three")
	bakery.say(alice, "thanks") // names three, which names two
	alice.say(bakery, "four")
	five := alice.say(bakery, "five") // is held and names four
	alice.say(bakery, "six")
	older := newParty(t, "alice")
	older.store = alice.copy()
	alice.restore(old, bakery)
	resumed, _ := relationship(t, alice, bakery).Pending()
	fetch(t, alice, bakery)
	seven := older.say(bakery, "seven", true)
	alice.keep(seven, true)

	damaged := store.NewMemory()
	for _, e := range []record.Entry{
		{Subject: thread("one"), At: noon, Rec: one}, {Subject: thread("five"), At: noon, Rec: five},
		{Subject: resume.Subject(bakery.key(), alice.key()), At: noon, Rec: resumed.Rec},
	} {
		if err := damaged.Append(t.Context(), e.Subject, -1, []record.Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	bakery.restore(damaged, alice)
	fetch(t, bakery, alice)
	for name, want := range map[string]string{
		"one": "one", "two": "two", "three": "three", "thanks": "thanks", "four": "four", "five": "five", "six": "", "seven": "",
	} {
		checkTexts(t, bakery, name, want)
	}
	if kept := relationship(t, bakery, alice).Kept(); len(kept) != 2 {
		t.Errorf("%d records are kept beside, want the two that nothing vouches for", len(kept))
	}
}
