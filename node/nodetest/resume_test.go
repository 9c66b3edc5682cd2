package nodetest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
)

// says reports whether a party's status has a note with that text.
func says(t *testing.T, p *nodetest.Party, text string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	st, err := p.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range st.Notes {
		if strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

func checkAllInForce(t *testing.T, p *nodetest.Party, want int) {
	t.Helper()
	all := p.Threads()
	if len(all) != want {
		t.Fatalf("%s holds %d threads, want %d", p.Name, len(all), want)
	}
	for _, a := range all {
		if !a.InForce {
			t.Errorf("%s: %s is %q, want it in force", p.Name, a.ID.Short(), a.Words)
		}
	}
}

func TestAPersonPutBackToAnOlderCopyGetsHerAgreementsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := alice.Backup()
		mustProffer(t, alice, "SD-BASE-DP")
		mustProffer(t, alice, "SD-BASE") // by an alternative, which she countersigns
		time.Sleep(time.Hour)
		n.Same(alice, bakery, 3)
		alice.Crash()
		bakery.Crash()                  // thirty days of its heartbeats take long to simulate
		time.Sleep(30 * 24 * time.Hour) // every time to answer is over: nothing is late all the same
		bakery.Restart()
		alice.PutBack(old)
		n.Same(alice, bakery, 3)
		time.Sleep(time.Hour)
		checkAllInForce(t, alice, 3)
		checkAllInForce(t, bakery, 3)
		if !says(t, alice, "the one relationship is resumed") {
			t.Error("her status doesn't say that what was lost is back")
		}
		mustProffer(t, alice, "SD-BASE-DP")
		n.Same(alice, bakery, 4)
	})
}

func mustProffer(t *testing.T, p *nodetest.Party, terms string) {
	t.Helper()
	if a, err := proffer(t, p, terms); err != nil || a.State != agreement.Complete {
		t.Fatalf("%q, %v", a.Words, err)
	}
}

func TestAnOrganisationPutBackToAnOlderCopyGetsItsAgreementsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := bakery.Backup()
		mustProffer(t, alice, "SD-BASE-DP")
		mustProffer(t, alice, "SD-BASE")
		time.Sleep(time.Hour)
		bakery.Crash()
		time.Sleep(time.Hour)
		bakery.PutBack(old)
		n.Same(alice, bakery, 3)
		time.Sleep(time.Hour)
		checkAllInForce(t, bakery, 3)
		mustProffer(t, alice, "SD-BASE-DP")
		n.Same(alice, bakery, 4)
	})
}

// She first came after the bakery's backup: once she speaks again, it knows what was agreed.
func TestAShopGetsBackWhoFirstCameAfterItsBackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		old := bakery.Backup()
		mustProffer(t, alice, "SD-BASE-DP")
		mustProffer(t, alice, "SD-BASE")
		time.Sleep(time.Hour)
		bakery.Crash()
		time.Sleep(time.Hour)
		bakery.PutBack(old)
		if got := len(bakery.Threads()); got != 0 {
			t.Fatalf("its backup has %d threads: nothing is tested", got)
		}
		if _, err := proffer(t, alice, "SD-BASE-DP"); err != nil {
			t.Log(err) // it waits until all is back, or is sent again
		}
		n.Same(alice, bakery, 3)
		time.Sleep(time.Hour)
		checkAllInForce(t, alice, 3)
		checkAllInForce(t, bakery, 3)
	})
}

// The bakery's human accepts what the bakery lost, and alice's node forgets that it asked.
func TestWhatWasUnderWayGoesOnAfterARestore(t *testing.T) {
	for who, restore := range map[string]func(alice, bakery *nodetest.Party) *nodetest.Party{
		"the person":       func(a, _ *nodetest.Party) *nodetest.Party { return a },
		"the organisation": func(_, b *nodetest.Party) *nodetest.Party { return b },
	} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, alice, bakery := market(t, node.Policy{
					Rules: map[string]node.Rule{"SD-BASE": {Reply: node.Accept}}, Otherwise: node.AskHuman, From: node.Anyone,
				})
				mustProffer(t, alice, "SD-BASE")
				time.Sleep(time.Minute)
				lost := restore(alice, bakery)
				old := lost.Backup()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				a, err := alice.Proffer(ctx, "bread", node.Ask{Terms: "SD-BASE-DP", AnswerBy: 7 * 24 * time.Hour})
				if err != nil || !a.Theirs {
					t.Fatalf("%q, %v", a.Words, err)
				}
				time.Sleep(time.Hour)
				lost.Crash()
				time.Sleep(time.Hour)
				lost.PutBack(old)
				n.Within(time.Hour, "both know of it", func() bool { return len(alice.Threads()) == 2 && len(bakery.Threads()) == 2 })
				n.Within(2*time.Hour, "the bakery's human decides", func() bool {
					decide, done := context.WithTimeout(t.Context(), time.Minute)
					defer done()
					_, err := bakery.API.Dealing.Decide(decide, &localv1.DecideRequest{Id: a.ID.String(), Answer: "accept"})
					return err == nil || bakery.Threads()[1].State == agreement.Complete
				})
				n.Same(alice, bakery, 2)
			})
		})
	}
}

// She accepted an alternative by hand; put back to before, her node doesn't let her decline it.
func TestNothingIsDecidedTwiceDifferently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := nodetest.New(t)
		bakery := n.Shop("the bakery", node.Policy{
			Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Alternative, Alternative: "PDC-AI"}},
			Otherwise: node.Decline, From: node.Anyone,
		})
		alice := n.Person("alice")
		alice.Meet(bakery.Address(), "bread")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := alice.Proffer(ctx, "bread", node.Ask{Terms: "SD-BASE"})
		if err != nil {
			t.Fatal(err)
		}
		n.Within(time.Hour, "she is asked", func() bool { return alice.Threads()[0].Asked })
		old := alice.Backup()
		decide := func(answer string) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := alice.API.Dealing.Decide(ctx, &localv1.DecideRequest{Id: a.ID.String(), Answer: answer})
			return err
		}
		if err := decide("accept"); err != nil {
			t.Fatal(err)
		}
		n.Same(alice, bakery, 1)
		alice.Crash()
		n.Cut(alice, bakery)
		alice.PutBack(old)
		if err := decide("decline"); err == nil || !strings.Contains(err.Error(), "resumed after a loss") {
			t.Fatalf("before she knows what she signed: %v", err)
		}
		n.Heal()
		n.Same(alice, bakery, 1)
		if err := decide("decline"); err == nil {
			t.Error("she declined what she had accepted")
		}
		time.Sleep(time.Hour)
		checkAllInForce(t, alice, 1)
		checkAllInForce(t, bakery, 1)
	})
}

func TestAnOlderCopyThatGoesOnIsRefusedAndShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := alice.Backup()
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		disk := alice.Backup()
		alice.Crash()
		alice.PutBack(old)
		n.Same(alice, bakery, 2)
		time.Sleep(time.Minute)
		alice.Crash()
		alice.GoOn(disk) // the old disk turns up again
		a, err := proffer(t, alice, "SD-BASE-DP")
		if err == nil || a.State == agreement.Complete || !strings.Contains(err.Error(), "another copy of that node runs") {
			t.Fatalf("%q, %v", a.Words, err)
		}
		if !says(t, bakery, "an older copy of its node running") {
			t.Error("the bakery isn't told")
		}
		if got := len(bakery.Threads()); got != 2 {
			t.Errorf("the bakery holds %d threads, want 2", got)
		}
	})
}

// The first restores died with their machines: each goes on by itself, and nobody takes it for a theft.
func TestABackupThatIsRestoredAgainAndAgainGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := alice.Backup()
		mustProffer(t, alice, "SD-BASE-DP")
		for i := range 3 {
			time.Sleep(time.Minute)
			alice.Crash()
			alice.PutBack(old)
			n.Same(alice, bakery, 2+i)
			if i > 0 {
				n.Within(time.Hour, "she is told", func() bool { return says(t, alice, "this backup was restored before (seen by bread") })
			}
			mustProffer(t, alice, "SD-BASE") // by an alternative, which she countersigns
			n.Same(alice, bakery, 3+i)
			wholeAgain(t, n, alice)
			wholeAgain(t, n, bakery)
		}
	})
}

// Two nodes of one party that both run: the last restored goes on, the other one stops, and all are told, also after a restart.
func TestTwoRestoresThatBothRunAreShownToBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		time.Sleep(time.Minute)
		old := alice.Backup()
		alice.Crash()
		alice.PutBack(old)
		mustProffer(t, alice, "SD-BASE-DP")
		n.Same(alice, bakery, 2)
		time.Sleep(time.Minute)
		twin := alice.Twin("her other node", old)
		n.Within(time.Hour, "the other node goes on", func() bool { return says(t, twin, "this backup was restored before (seen by bread") })
		n.Same(twin, bakery, 2)
		a, err := proffer(t, alice, "SD-BASE-DP")
		if err == nil || a.State == agreement.Complete {
			t.Fatalf("the first goes on, too: %q, %v", a.Words, err)
		}
		told := func() bool {
			return says(t, alice, "another node with your keys resumed after this one") && says(t, bakery, "an older copy of its node running")
		}
		n.Within(time.Hour, "both are told", told)
		alice.Crash()
		alice.Restart()
		bakery.Crash()
		bakery.Restart()
		if !told() {
			t.Error("after a restart they aren't told any more")
		}
		if _, err := proffer(t, twin, "SD-BASE-DP"); err != nil {
			t.Log(err) // the bakery has just come back: it is sent again
		}
		n.Same(twin, bakery, 3)
		if a, err := proffer(t, alice, "SD-BASE-DP"); err == nil && a.State == agreement.Complete {
			t.Error("after a restart the first one goes on")
		}
	})
}

func TestOffersToHerCastsComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, roaster, alice := town(t)
		alice.Meet(roaster.Address(), "beans")
		n.Cut(alice, roaster)
		cast(t, alice)
		old := alice.Backup() // with the cast, and no offer
		n.Heal()
		offers := func() int {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			all, err := alice.Offers(ctx, node.ID{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		n.Within(time.Hour, "the roaster's offer is there", func() bool { return offers() == 1 })
		time.Sleep(time.Minute)
		alice.Crash()
		alice.PutBack(old)
		if offers() != 0 {
			t.Fatal("the backup has the offer already: nothing is tested")
		}
		n.Within(time.Hour, "the roaster's offer is back", func() bool { return offers() == 1 })
	})
}
