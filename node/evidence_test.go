package node_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/verify"
)

// A bundleMarket is a person with two vendors: one whose offer she took, and one with
// whom she has another agreement.
type bundleMarket struct {
	alice, roaster, steward node.Config
	taken, other            node.Agreement
}

func newBundleMarket(ctx context.Context, t *testing.T) bundleMarket {
	t.Helper()
	m := bundleMarket{
		alice:   node.Config{Dir: shortDir(t)},
		roaster: node.Config{Dir: shortDir(t), Organisation: "The Roaster", Policy: &sells},
		steward: node.Config{Dir: shortDir(t), Organisation: "The Steward", Steward: true, Policy: &sells},
	}
	steward, roaster := run(t, m.steward), run(t, m.roaster)
	invite, err := steward.Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.Open("../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }() // it was only read
	if _, err := roaster.Import(ctx, list, node.ImportOptions{Strict: true}, node.Auto); err != nil {
		t.Fatal(err)
	}
	alice := run(t, m.alice)
	for _, n := range []*node.Node{roaster, alice} {
		if err := n.Join(ctx, invite); err != nil {
			t.Fatal(err)
		}
	}
	beans, err := node.ParseCategory("food/coffee")
	if err != nil {
		t.Fatal(err)
	}
	cast, err := alice.Cast(ctx, node.Wish{Category: beans, Text: "espresso beans", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := alice.Offers(ctx, cast.ID, 1)
	if err != nil || len(offers) == 0 {
		t.Fatalf("%d offers: %v", len(offers), err)
	}
	if m.taken, err = alice.Accept(ctx, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	st, err := steward.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(ctx, t, m.alice.Dir).Node.Meet(ctx, &localv1.MeetRequest{Address: st.Addresses[0]}); err != nil {
		t.Fatal(err)
	}
	if m.other, err = alice.Proffer(ctx, "The Steward", node.Ask{Terms: "SD-BASE"}); err != nil {
		t.Fatal(err)
	}
	return m
}

// client reaches the node in dir as its owner's programs do.
func client(ctx context.Context, t *testing.T, dir string) *localapi.Client {
	t.Helper()
	c, err := localapi.Dial(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func bundleOf(ctx context.Context, t *testing.T, dir string, id record.ID) []byte {
	t.Helper()
	r, err := client(ctx, t, dir).Evidence.ExportBundle(ctx, &localv1.ExportBundleRequest{Id: id.String()})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetBundle()
}

func TestABundleHoldsTheOfferAndNothingOfAnotherRelationship(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	m := newBundleMarket(ctx, t)
	hers := bundleOf(ctx, t, m.alice.Dir, m.taken.ID)
	b, err := evidence.Parse(hers, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if b.Offer().IsZero() || b.Taking().IsZero() || b.Roster() == nil {
		t.Errorf("an offer %t, a taking %t, a roster %t", !b.Offer().IsZero(), !b.Taking().IsZero(), b.Roster() != nil)
	}
	if r, err := verify.Bundle(hers, time.Now()); err != nil || r.State != "complete" || len(r.Faults) > 0 {
		t.Errorf("%s, %v: %v", r.State, r.Faults, err)
	}
	for name, k := range map[string]record.Key{"the other vendor's key": m.other.Second, "her key for the other vendor": m.other.First} {
		if bytes.Contains(hers, k[:]) {
			t.Errorf("%s is in it", name)
		}
	}
	// Nothing but its records is in it: made of them anew, it is the same.
	again, err := evidence.New(evidence.Parts{
		Thread: b.Thread(), Roster: b.Roster().Record(), Taking: b.Taking(), Offer: b.Offer(), Records: b.Records(),
	})
	if err != nil || !bytes.Equal(again.Bytes(), hers) {
		t.Errorf("made anew it is another file: %v", err)
	}
	other := bundleOf(ctx, t, m.alice.Dir, m.other.ID)
	for name, k := range map[string]record.Key{"the roaster's key": m.taken.Second, "her key for the roaster": m.taken.First} {
		if bytes.Contains(other, k[:]) {
			t.Errorf("%s is in the bundle about the steward", name)
		}
	}
}

func TestBothSidesMakeTheSameBundle(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	m := newBundleMarket(ctx, t)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	// Her receipt comes up to a second later: then the vendor holds all that she does.
	for !bytes.Equal(bundleOf(ctx, t, m.alice.Dir, m.taken.ID), bundleOf(ctx, t, m.roaster.Dir, m.taken.ID)) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("they never became the same")
		}
	}
}
