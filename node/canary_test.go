package node_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// What stays home: planted by the owner's own commands, and looked for as each could be written down.
var canaries = map[string][][]byte{
	"the highest price": {[]byte("9876543210987"), []byte("98765432109.87"), binary.AppendUvarint(nil, 9876543210987)},
	"the petname":       {[]byte("canary-of-alice")},
}

// note adds those that are in b to found.
func note(found map[string]bool, b []byte) {
	for what, forms := range canaries {
		for _, form := range forms {
			found[what] = found[what] || bytes.Contains(b, form)
		}
	}
}

// sings returns which canaries are in any file below a folder.
func sings(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		note(found, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatStaysHomeIsOnNobodyElsesDisk(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dirs, tapes := map[string]string{}, map[string]*tape{}
	var downs []func()
	start := func(name string, c node.Config) *localapi.Client {
		t.Helper()
		c.Dir = shortDir(t)
		dirs[name], tapes[name] = c.Dir, new(tape)
		api, down := upWith(t, c, tapes[name].parts())
		downs = append(downs, down)
		return api
	}
	steward := start("steward", node.Config{Organisation: "The Steward", Steward: true})
	roaster := start("roaster", node.Config{Organisation: "The Roaster", Policy: &sells})
	alice := start("alice", node.Config{})

	list, err := os.ReadFile("../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, err = roaster.Casting.ImportCatalog(ctx, &localv1.ImportCatalogRequest{Content: list, FileName: "roaster.csv", Answer: "auto"})
	must(t, err)
	town, err := steward.Finding.CreateCommunity(ctx, &localv1.CreateCommunityRequest{Name: "market"})
	must(t, err)
	for _, api := range []*localapi.Client{roaster, alice} {
		_, err := api.Finding.JoinCommunity(ctx, &localv1.JoinCommunityRequest{Invite: town.GetInvite()})
		must(t, err)
	}
	st, err := roaster.Node.Status(ctx, &localv1.StatusRequest{})
	must(t, err)
	_, err = alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "canary-of-alice"})
	must(t, err)
	cast, err := alice.Casting.Cast(ctx, &localv1.CastRequest{Category: "food/coffee", Text: "espresso beans", Quantity: 2, HighestPrice: "98765432109.87 EUR"})
	must(t, err)
	_, err = alice.Casting.Accept(ctx, &localv1.AcceptRequest{OfferId: firstOffer(ctx, t, alice, cast.GetIntention().GetId()), WaitMs: 5000})
	must(t, err)

	for _, down := range downs {
		down() // everything is on disk
	}
	for name, dir := range dirs {
		kept := map[string]bool{}
		note(kept, tapes[name].bytes)
		for what, found := range kept {
			if home := name == "alice"; found != home {
				t.Errorf("%s given to the store of the %s: %v, want %v", what, name, found, home)
			}
		}
		for what, found := range sings(t, dir) { // at home too it is sealed
			if found {
				t.Errorf("%s lies open in the folder of the %s", what, name)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// firstOffer waits for an offer, and returns its id.
func firstOffer(ctx context.Context, t *testing.T, api *localapi.Client, cast string) string {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := api.Casting.ListOffers(ctx, &localv1.ListOffersRequest{CastId: cast})
		must(t, err)
		if len(r.GetOffers()) > 0 {
			return r.GetOffers()[0].GetId()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("no offer came")
		}
	}
}
