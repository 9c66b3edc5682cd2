package nodetest_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	"github.com/bywaynet/byway/protocol/agreement"
)

// Under the race detector a bubble with several threads can stall: golang/go#78156.
func TestMain(m *testing.M) {
	if raceEnabled {
		runtime.GOMAXPROCS(1)
	}
	m.Run()
}

// sells takes the plain service terms, names others for those without portability of data, and declines the rest.
var sells = node.Policy{
	Rules: map[string]node.Rule{
		"SD-BASE-DP": {Reply: node.Accept}, "SD-BASE": {Reply: node.Alternative, Alternative: "SD-BASE-DP"},
	},
	Otherwise: node.Decline, From: node.Anyone,
}

// market starts alice and the bakery, which alice has met as "bread".
func market(t *testing.T, p node.Policy) (*nodetest.Net, *nodetest.Party, *nodetest.Party) {
	t.Helper()
	n := nodetest.New(t)
	bakery, alice := n.Shop("the bakery", p), n.Person("alice")
	alice.Meet(bakery.Address(), "bread")
	return n, alice, bakery
}

func proffer(t *testing.T, p *nodetest.Party, terms string) (node.Agreement, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return p.Proffer(ctx, "bread", node.Ask{Terms: terms})
}

func TestTwoPartiesSettleTermsAndHoldTheSameRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		a, err := proffer(t, alice, "SD-BASE-DP")
		if err != nil || !a.InForce || a.Alternative {
			t.Fatalf("%q, %v", a.Words, err)
		}
		n.Same(alice, bakery, 1)
	})
}

func TestAnAlternativeOnHerListIsTakenAndADeclineIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		a, err := proffer(t, alice, "SD-BASE")
		if err != nil || !a.InForce || !a.Alternative || a.Body.Terms.ID != "SD-BASE-DP" {
			t.Fatalf("%q on %s, %v", a.Words, a.Body.Terms.ID, err)
		}
		no, err := proffer(t, alice, "PDC-AI")
		if err != nil || no.Record != nil || no.State != agreement.Answered || no.Reason != agreement.ReasonTerms {
			t.Fatalf("%q, %v", no.Words, err)
		}
		n.Same(alice, bakery, 1)
		for _, p := range []*nodetest.Party{alice, bakery} {
			if all := p.Threads(); len(all) != 2 || all[1].Words != no.Words {
				t.Errorf("%s holds %d threads", p.Name, len(all))
			}
		}
	})
}

// Both places at which the line may fail: the proffer is lost, or the answer is.
func TestWhatTheNetworkLostIsSentAgainOnceItHeals(t *testing.T) {
	for lost, keeper := range map[string]func(alice, bakery *nodetest.Party) *nodetest.Party{
		"the proffer": first, "the answer": second,
	} {
		t.Run(lost, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, alice, bakery := market(t, sells)
				keeper(alice, bakery).OnKept(func() { n.Cut(alice, bakery) })
				if _, err := proffer(t, alice, "SD-BASE-DP"); !errors.Is(err, node.ErrUnreached) {
					t.Fatalf("err = %v", err)
				}
				time.Sleep(10 * time.Minute)
				if a := alice.Threads()[0]; a.Record != nil {
					t.Fatalf("nothing passes, and yet it is %q", a.Words)
				}
				n.Heal()
				n.Same(alice, bakery, 1)
			})
		})
	}
}

func first(alice, _ *nodetest.Party) *nodetest.Party   { return alice }
func second(_, bakery *nodetest.Party) *nodetest.Party { return bakery }

// Each side crashes with its record kept and nothing sent of it.
func TestARestartResumesWhatACrashCutOff(t *testing.T) {
	for _, terms := range []string{"SD-BASE-DP", "SD-BASE"} {
		for who, crashes := range map[string]func(alice, bakery *nodetest.Party) *nodetest.Party{
			"the person": first, "the organisation": second,
		} {
			t.Run(who+" over "+terms, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n, alice, bakery := market(t, sells)
					p := crashes(alice, bakery)
					p.OnKept(p.Unplug)
					if _, err := proffer(t, alice, terms); err == nil {
						t.Fatal("it was settled with a party that crashed")
					}
					p.Crash()
					time.Sleep(10 * time.Minute)
					p.Restart()
					n.Same(alice, bakery, 1)
				})
			})
		}
	}
}

func TestAPeerThatSpeaksNoAgreementIsProfferedNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := nodetest.New(t)
		alice := n.Person("alice")
		alice.Meet(n.Mute("the old mill"), "bread")
		if _, err := proffer(t, alice, "SD-BASE"); !errors.Is(err, agreement.ErrDoesntSpeak) {
			t.Fatalf("err = %v", err)
		}
		if all := alice.Threads(); len(all) != 0 {
			t.Errorf("alice's journal holds %d threads", len(all))
		}
	})
}

func TestAProfferThatNobodyAnswersExpiresOnBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bakery := market(t, node.Policy{Otherwise: node.AskHuman, From: node.Anyone})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := alice.Proffer(ctx, "bread", node.Ask{AnswerBy: time.Hour})
		if err != nil || !a.Theirs {
			t.Fatalf("%q, %v", a.Words, err)
		}
		if b := bakery.Threads()[0]; !b.Asked || b.Expired {
			t.Fatalf("the bakery's human isn't asked: %q", b.Words)
		}
		time.Sleep(2 * time.Hour)
		for _, p := range []*nodetest.Party{alice, bakery} {
			if b := p.Threads()[0]; !b.Expired || b.State != agreement.Open || b.Record != nil || b.Asked || b.Theirs {
				t.Errorf("%s: %q", p.Name, b.Words)
			}
		}
	})
}
