package nodetest_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// waits holds that these proffers wait for a party's owner, by her inbox and by her status.
func waits(t *testing.T, p *nodetest.Party, when string, want ...node.ID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := p.API.Node.Inbox(ctx, &localv1.InboxRequest{Waiting: true})
	if err != nil {
		t.Fatal(err)
	}
	st, err := p.API.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	items := r.GetItems()
	if len(items) != len(want) || int(st.GetWaiting()) != len(want) {
		t.Errorf("%s %d wait by %s's inbox and %d by its status, want %d", when, len(items), p.Name, st.GetWaiting(), len(want))
		return
	}
	for i, it := range items {
		if it.GetId() != want[i].String() || it.GetKind() != "proffer" {
			t.Errorf("%s waits a %s %s, want the proffer %s", when, it.GetKind(), it.GetId(), want[i])
		}
	}
}

// asked reports whether a party's human was asked about a thread.
func asked(p *nodetest.Party) bool {
	return slices.ContainsFunc(p.Threads(), func(a node.Agreement) bool { return a.Asked })
}

// She came after the backup, with a proffer that a human was asked about: it came back, and is asked
// about again only once her node has sent it again.
func TestAShopsHumanIsShownAProfferThatCameBackAfterARestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, node.Policy{
			Rules: map[string]node.Rule{"SD-BASE": {Reply: node.Accept}}, Otherwise: node.AskHuman, From: node.Anyone,
		})
		old := bakery.Backup()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := alice.Proffer(ctx, "bread", node.Ask{Terms: "PDC-AI", AnswerBy: 7 * 24 * time.Hour})
		if err != nil || !a.Theirs {
			t.Fatalf("%q, %v", a.Words, err)
		}
		waits(t, bakery, "before the loss", a.ID)
		time.Sleep(6 * time.Hour) // her node sends it again, more and more rarely
		bakery.Crash()
		time.Sleep(time.Hour) // no connection is left, so that what she proffers next comes first
		bakery.PutBack(old)
		waits(t, bakery, "with nothing back")
		if _, err := proffer(t, alice, "SD-BASE"); err != nil {
			t.Log(err) // it waits until all is back, or is sent again
		}
		n.Within(time.Hour, "both are back, and one is agreed", func() bool {
			all := bakery.Threads()
			return len(all) == 2 && slices.ContainsFunc(all, func(a node.Agreement) bool { return a.InForce })
		})
		if asked(bakery) {
			t.Fatal("it was sent again before it came back: nothing is tested")
		}
		waits(t, bakery, "come back", a.ID)
		n.Within(2*time.Hour, "it is asked about", func() bool { return asked(bakery) })
		waits(t, bakery, "asked about", a.ID)
		bakery.Crash()
		bakery.Restart()
		waits(t, bakery, "after a restart", a.ID)
		decide(t, n, bakery, a.ID)
		waits(t, bakery, "decided")
		n.Same(alice, bakery, 2)
	})
}
