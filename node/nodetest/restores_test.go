package nodetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
)

// asks has a human decide on SD-BASE; SD-BASE-DP is taken unasked.
var asks = node.Policy{
	Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.AskHuman}, "SD-BASE-DP": {Reply: node.Accept}},
	Otherwise: node.Decline, From: node.Anyone,
}

// wholeAgain waits until nothing is missing from a party's one relationship, and fails the
// test where that, or its status, takes a restore for somebody else's doing.
func wholeAgain(t *testing.T, n *nodetest.Net, p *nodetest.Party) {
	t.Helper()
	var r *localv1.Relation
	n.Within(12*time.Hour, "nothing is missing from what "+p.Name+" and the other said", func() bool {
		r = relation(t, p)
		return len(r.GetMissingSent())+len(r.GetMissingHeld()) == 0 && r.GetResuming() == ""
	})
	for _, f := range r.GetFaults() {
		t.Errorf("%s is shown %q", p.Name, f.GetText())
	}
	for _, text := range []string{"copy", "twice", "contradicts", "after this one", "take this node's word"} {
		if says(t, p, text) {
			t.Errorf("%s's status says %q", p.Name, text)
		}
	}
}

// decide has the bakery's human accept, as soon as the node lets her.
func decide(t *testing.T, n *nodetest.Net, p *nodetest.Party, id node.ID) {
	t.Helper()
	n.Within(2*time.Hour, "a human of "+p.Name+" decides", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := p.API.Dealing.Decide(ctx, &localv1.DecideRequest{Id: id.String(), Answer: "accept"})
		return err == nil
	})
}

// Something is under way in the backup, is decided after it, and after each restore something new is agreed.
func TestThreeRestoresOfOneBackupLeaveNoHoles(t *testing.T) {
	for who, pick := range map[string]func(alice, bakery *nodetest.Party) *nodetest.Party{
		"the person":       func(a, _ *nodetest.Party) *nodetest.Party { return a },
		"the organisation": func(_, b *nodetest.Party) *nodetest.Party { return b },
	} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, alice, bakery := market(t, asks)
				mustProffer(t, alice, "SD-BASE-DP")
				a, err := proffer(t, alice, "SD-BASE")
				if err != nil || a.State != agreement.Open {
					t.Fatalf("%q, %v", a.Words, err)
				}
				time.Sleep(time.Minute)
				lost := pick(alice, bakery)
				old := lost.Backup()
				decide(t, n, bakery, a.ID)
				n.Same(alice, bakery, 2)
				for i := range 3 {
					lost.Crash()
					lost.PutBack(old)
					n.Same(alice, bakery, 2+i)
					mustProffer(t, alice, "SD-BASE-DP")
					n.Same(alice, bakery, 3+i)
					time.Sleep(time.Hour)
					wholeAgain(t, n, alice)
					wholeAgain(t, n, bakery)
				}
				checkAllInForce(t, alice, 5)
				checkAllInForce(t, bakery, 5)
			})
		})
	}
}

// A restored node proffers before it learns that its epoch is taken: what it says there is refused, and
// nobody is warned of a copy once it has gone on above.
func TestARestoredNodeThatSpeaksAtOnceIsNoCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, asks)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := alice.Backup()
		for range 3 {
			alice.Crash()
			alice.PutBack(old)
			if a, err := proffer(t, alice, "SD-BASE-DP"); err != nil {
				t.Log(a.Words, err) // in an epoch that is over
			}
			time.Sleep(time.Minute)
			mustProffer(t, alice, "SD-BASE-DP")
		}
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Hour)
		wholeAgain(t, n, alice)
		wholeAgain(t, n, bakery)
	})
}
