package nodetest_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// town starts a steward with a community, in which the roaster answers by its price list
// and alice casts.
func town(t *testing.T) (n *nodetest.Net, steward, roaster, alice *nodetest.Party) {
	t.Helper()
	n = nodetest.New(t)
	steward, alice = n.Steward("the steward"), n.Person("alice")
	roaster = n.Shop("the roaster", node.Policy{
		Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Accept}, "SD-BASE-DP": {Reply: node.Accept}},
		Otherwise: node.Decline, From: node.Anyone,
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	invite, err := steward.Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.Open("../../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	if _, err := roaster.Import(ctx, list, node.ImportOptions{Strict: true}, node.Auto); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*nodetest.Party{roaster, alice} {
		if err := p.Join(ctx, invite); err != nil {
			t.Fatalf("%s joins: %v", p.Name, err)
		}
	}
	time.Sleep(time.Minute) // for the gossip to settle
	return n, steward, roaster, alice
}

func cast(t *testing.T, p *nodetest.Party) node.Intention {
	t.Helper()
	coffee, err := node.ParseCategory("food/coffee")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	i, err := p.Cast(ctx, node.Wish{Category: coffee, Text: "espresso beans", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// offers returns what has come within the given time, which may be nothing.
func offers(t *testing.T, p *nodetest.Party, i node.Intention, within time.Duration) []node.Offer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	all, err := p.Offers(ctx, i.ID, 1)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return all
}

func TestAnIntentionFindsItsVendorThroughASteward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, roaster, alice := town(t)
		got := offers(t, alice, cast(t, alice), time.Minute)
		if len(got) == 0 {
			t.Fatal("no offer came")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := alice.Accept(ctx, got[0].ID)
		if err != nil || !a.InForce {
			t.Fatalf("the taking is %q, %v", a.Words, err)
		}
		n.Same(alice, roaster, 2)
	})
}

// The roaster misses the cast and its withdrawal; the cast after them reaches it.
func TestWhatWasWithdrawnGetsNoOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, steward, roaster, alice := town(t)
		n.Cut(steward, roaster)
		gone := cast(t, alice)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := alice.API.Casting.Withdraw(ctx, &localv1.WithdrawRequest{Id: gone.ID.String()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		n.Heal()
		if got := offers(t, alice, cast(t, alice), time.Hour); len(got) == 0 {
			t.Fatal("what isn't withdrawn got no offer, so this shows nothing")
		}
		if got := offers(t, alice, gone, time.Hour); len(got) != 0 {
			t.Errorf("%d offers came for what was withdrawn", len(got))
		}
	})
}

// What was cast before the crash gets its offer after it, and so does what is cast then.
func TestACommunityOutlivesItsStewardsCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, steward, roaster, alice := town(t)
		before := cast(t, alice)
		n.Cut(alice, roaster)
		steward.Crash()
		time.Sleep(10 * time.Minute)
		steward.Restart()
		n.Heal()
		for _, i := range []node.Intention{before, cast(t, alice)} {
			if got := offers(t, alice, i, 2*time.Hour); len(got) == 0 {
				t.Errorf("no offer came for %s", i.ID.Short())
			}
		}
	})
}
