package node_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a node on real sockets in a folder of its own.
func start(t testing.TB, c node.Config) (*node.Node, *localapi.Client) {
	t.Helper()
	if c.Dir == "" {
		c.Dir = shortDir(t)
	}
	n, err := node.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	api, err := localapi.Dial(t.Context(), c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	return n, api
}

// shortDir is a folder whose control socket's path fits.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "byway") //nolint:usetesting // the path of t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestTwoPartiesSettleTermsAndHoldTheSameRecord(t *testing.T) {
	_, bakery := start(t, node.Config{Organisation: "The Bakery"})
	_, alice := start(t, node.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	if _, err := bakery.Dealing.SetPolicy(ctx, &localv1.SetPolicyRequest{Policy: &localv1.Policy{Rules: []*localv1.PolicyRule{
		{Terms: "SD-BASE", Answer: "alternative", Alternative: "SD-BASE-DP"}, {Terms: "SD-BASE-DP", Answer: "accept"}, {Terms: "PDC-AI", Answer: "decline"},
	}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Dealing.SetPreferences(ctx, &localv1.SetPreferencesRequest{Preferences: &localv1.Preferences{Apply: "always"}}); err != nil {
		t.Fatal(err)
	}
	st, err := bakery.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "bread"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ terms, state, agreed string }{
		{"SD-BASE-DP", "complete", "SD-BASE-DP"}, {"SD-BASE", "complete", "SD-BASE-DP"}, {"PDC-AI", "answered", ""},
	} {
		p, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: c.terms, WaitMs: 5000})
		if err != nil {
			t.Fatalf("%s: %v", c.terms, err)
		}
		a := settled(t, alice, p.GetAgreement().GetId(), c.state)
		if c.agreed == "" {
			continue
		}
		if a.GetTerms() != c.agreed {
			t.Errorf("%s: agreed on %s, want %s", c.terms, a.GetTerms(), c.agreed)
		}
		settled(t, bakery, a.GetId(), c.state)
		hers, err := alice.Dealing.Export(ctx, &localv1.ExportRequest{Id: a.GetId()})
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := bakery.Dealing.Export(ctx, &localv1.ExportRequest{Id: a.GetId()})
		if err != nil {
			t.Fatal(err)
		}
		if string(hers.GetRecord()) != string(theirs.GetRecord()) {
			t.Errorf("%s: the two sides hold different bytes", c.terms)
		}
	}
}

// settled waits until a thread has the state, and returns it.
func settled(t *testing.T, api *localapi.Client, id, state string) *localv1.Agreement {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := api.Dealing.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: id})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetAgreement().GetState() == state {
			return got.GetAgreement()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s is %q (%s), want %q", id, got.GetAgreement().GetState(), got.GetAgreement().GetView(), state)
		}
	}
}

func TestASecondNodeOnAFolderIsToldWhoHasIt(t *testing.T) {
	dir := shortDir(t)
	start(t, node.Config{Dir: dir})
	second, err := node.New(node.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("err = %v", err)
	}
}

func TestAFolderStaysWhatItWasMadeAs(t *testing.T) {
	dir := shortDir(t)
	if _, err := node.Init(t.Context(), node.Config{Dir: dir, Organisation: "The Bakery"}); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Init(t.Context(), node.Config{Dir: dir}); !errors.Is(err, node.ErrInitialised) {
		t.Errorf("a second Init: %v", err)
	}
	n, err := node.New(node.Config{Dir: dir, Organisation: "Another"})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); !errors.Is(err, node.ErrParty) {
		t.Errorf("another name: %v", err)
	}
	_, api := start(t, node.Config{Dir: dir})
	st, err := api.Node.Status(t.Context(), &localv1.StatusRequest{})
	if err != nil || st.GetName() != "The Bakery" || st.GetKey() == "" {
		t.Errorf("status: %v, %v", st, err)
	}
}

func TestConfigurationIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	dir := shortDir(t)
	for name, c := range map[string]node.Config{
		"a name too long": {Dir: dir, Organisation: string(make([]byte, 129))},
		"no multiaddr":    {Dir: dir, Listen: []string{"127.0.0.1:4001"}},
	} {
		if _, err := node.New(c); !errors.Is(err, node.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files were made, %v", len(left), err)
	}
}

func TestCloseTwiceIsHarmlessAndEndsCalls(t *testing.T) {
	n, err := node.New(node.Config{Dir: shortDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := n.Start(t.Context()); !errors.Is(err, node.ErrState) {
		t.Errorf("Start after Close: %v", err)
	}
}
