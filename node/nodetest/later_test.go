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

// Roads to a person are in memory alone: after its restart the organisation can't reach
// her, so her node has to ask.
func TestAHumansAnswerReachesThePersonOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, node.Policy{Otherwise: node.AskHuman, From: node.Anyone})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := alice.Proffer(ctx, "bread", node.Ask{AnswerBy: 7 * 24 * time.Hour})
		if err != nil || !a.Theirs {
			t.Fatalf("%q, %v", a.Words, err)
		}
		for _, p := range []*nodetest.Party{bakery, alice} {
			time.Sleep(24 * time.Hour)
			p.Crash()
			time.Sleep(time.Hour)
			p.Restart()
		}
		bakery.Crash() // so that it hasn't heard of her since
		bakery.Restart()
		decide, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		if _, err := bakery.API.Dealing.Decide(decide, &localv1.DecideRequest{Id: a.ID.String(), Answer: "accept"}); err != nil {
			t.Fatal(err)
		}
		n.Same(alice, bakery, 1)
	})
}

// An organisation can't reach a person who came back: its end waits until her node calls.
func TestAnEndReachesAPartyThatWasAway(t *testing.T) {
	for who, away := range map[string]func(alice, bakery *nodetest.Party) (ends, away *nodetest.Party){
		"the person ends":       func(a, b *nodetest.Party) (*nodetest.Party, *nodetest.Party) { return a, b },
		"the organisation ends": func(a, b *nodetest.Party) (*nodetest.Party, *nodetest.Party) { return b, a },
	} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, alice, bakery := market(t, sells)
				a, err := proffer(t, alice, "SD-BASE-DP")
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				one, other := away(alice, bakery)
				other.Crash()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				// It may say that the other side wasn't reached: the end is kept all the same.
				_, _ = one.API.Dealing.End(ctx, &localv1.EndRequest{Id: a.ID.String()})
				if s := one.Threads()[0].State; s != agreement.Ended {
					t.Fatalf("%s ended it, and its state is %v", one.Name, s)
				}
				time.Sleep(24 * time.Hour)
				other.Restart()
				if other == alice {
					if _, err := proffer(t, alice, "PDC-AI"); err != nil {
						t.Fatal(err)
					}
				}
				n.Within(12*time.Hour, "both hold that it ended", func() bool {
					return other.Threads()[0].State == agreement.Ended && !one.Threads()[0].Unreceived
				})
				n.Same(alice, bakery, 1)
			})
		})
	}
}

// A card is good for 20 days; what her book knows of the bakery is older by then.
func TestAnOldAcquaintanceIsProfferedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery := market(t, sells)
		// Both are away meanwhile: sixty days of heartbeats take long to simulate.
		alice.Crash()
		bakery.Crash()
		time.Sleep(60 * 24 * time.Hour)
		bakery.Restart()
		alice.Restart()
		if a, err := proffer(t, alice, "SD-BASE-DP"); err != nil || !a.InForce {
			t.Fatalf("%q, %v", a.Words, err)
		}
		n.Same(alice, bakery, 1)
	})
}
