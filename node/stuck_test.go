package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/record"
)

func TestANodeClosesOverAStuckHandlerAndTellsItAgainAfterARestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	letGo := make(chan struct{})
	defer close(letGo)
	stuckOn, told := make(chan record.ID, 8), make(chan record.ID, 8)
	c := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Policy: &sells}
	bakery := run(t, c, func(n *node.Node) error {
		return n.OnAgreement("crm", func(_ context.Context, a node.Agreement) error { stuckOn <- a.ID; <-letGo; return nil })
	})
	_, alice := start(t, node.Config{})
	api, err := localapi.Dial(ctx, c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	st, err := api.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "bread"}); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "SD-BASE", WaitMs: 5000}); err != nil {
		t.Fatal(err)
	}
	want := next(ctx, t, stuckOn)
	if err := bakery.Close(); err != nil {
		t.Errorf("the node closes: %v", err)
	}
	run(t, c, func(n *node.Node) error {
		return n.OnAgreement("crm", func(_ context.Context, a node.Agreement) error { told <- a.ID; return nil })
	})
	if got := next(ctx, t, told); got != want {
		t.Errorf("told of %s, want %s", got, want)
	}
}

// next returns what a handler says it was called about.
func next(ctx context.Context, t *testing.T, ids <-chan record.ID) record.ID {
	t.Helper()
	select {
	case id := <-ids:
		return id
	case <-ctx.Done():
		t.Fatal("the handler isn't called")
		return record.ID{}
	}
}
