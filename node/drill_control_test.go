package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// The control of the drills: what comes back comes from the backup and from the other side, so
// without either of them some of it has to be missing, or a drill shows nothing.
func TestADrillWithoutTheOtherSideOrTheBackupBringsNotAllBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	w := newWorld(ctx, t)
	before := w.agree(ctx, "SD-BASE")
	w.bakery.backUp(ctx, w.usb)
	after := w.agree(ctx, "SD-BASE-DP")
	w.alice.stop()

	w.bakery.lose(ctx, w.usb)
	stands(ctx, t, w.bakery.api, before, "complete")
	missing(ctx, t, w.bakery, after)

	w.bakery.stop()
	c := node.Config{Dir: shortDir(t), Organisation: w.bakery.name, Safe: node.SafeUnsealed}
	if m, err := node.InitFromWords(ctx, c, w.bakery.words); err != nil || m.Key != w.bakery.key {
		t.Fatalf("the words alone make %s (%v), want %s", m.Key, err, w.bakery.key)
	}
	w.bakery.config = c
	w.bakery.start()
	t.Cleanup(w.bakery.stop)
	missing(ctx, t, w.bakery, before)
	missing(ctx, t, w.bakery, after)
}

// missing holds that a node has no agreement of that id.
func missing(ctx context.Context, t *testing.T, n *drillNode, id string) {
	t.Helper()
	_, err := n.api.Dealing.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: id})
	wantKind(t, err, localapi.NotFound)
}
