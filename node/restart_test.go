package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// up starts a node on a folder and returns what ends it.
func up(t *testing.T, c node.Config) (api *localapi.Client, down func()) {
	t.Helper()
	return upWith(t, c, parts.Real())
}

func upWith(t *testing.T, c node.Config, p parts.Parts) (api *localapi.Client, down func()) {
	t.Helper()
	n, err := node.NewWith(c, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if api, err = localapi.Dial(t.Context(), c.Dir); err != nil {
		t.Fatal(err)
	}
	return api, func() {
		api.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPartiesFindEachOtherAgainAfterBothRestarted(t *testing.T) {
	shop, person := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Policy: &sells}, node.Config{Dir: shortDir(t)}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	bakery, bakeryDown := up(t, shop)
	alice, aliceDown := up(t, person)
	st, err := bakery.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "bread"}); err != nil {
		t.Fatal(err)
	}
	proffer := func() string {
		t.Helper()
		p, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "SD-BASE", WaitMs: 5000})
		if err != nil {
			t.Fatal(err)
		}
		return settled(t, alice, p.GetAgreement().GetId(), "complete").GetId()
	}
	first := proffer()

	bakeryDown()
	kept, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "SD-BASE-DP"})
	if err != nil {
		t.Fatalf("a proffer to a shop that is away: %v", err)
	}
	bakery, bakeryDown = up(t, shop)
	settled(t, alice, kept.GetAgreement().GetId(), "complete") // she never met it again
	again, err := bakery.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if again.GetAddresses()[0] != st.GetAddresses()[0] {
		t.Errorf("it listens on %s now, and did on %s", again.GetAddresses()[0], st.GetAddresses()[0])
	}

	aliceDown()
	bakeryDown()
	alice, aliceDown = up(t, person)
	defer aliceDown()
	bakery, bakeryDown = up(t, shop)
	defer bakeryDown()
	if _, err := bakery.Dealing.End(ctx, &localv1.EndRequest{Id: first}); err != nil {
		t.Fatal(err)
	}
	settled(t, alice, first, "ended") // the shop found her by itself
}
