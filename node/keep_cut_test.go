package node_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// What was cut off is never called mended while somebody may still send it back; the status
// and a check say the same of it; and once all have answered it is told with what stays gone.
func TestALossyCutIsToldUntilAllHaveAnswered(t *testing.T) {
	for _, away := range []bool{true, false} {
		shop, person := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Policy: &sells}, node.Config{Dir: shortDir(t)}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		bakery, bakeryDown := up(t, shop)
		defer bakeryDown()
		alice, aliceDown := up(t, person)
		st, err := bakery.Node.Status(ctx, &localv1.StatusRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "bread"}); err != nil {
			t.Fatal(err)
		}
		var last string
		at := 0
		for range 2 {
			_, at = logFile(t, person.Dir)
			p, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "SD-BASE", WaitMs: 5000})
			if err != nil {
				t.Fatal(err)
			}
			last = settled(t, alice, p.GetAgreement().GetId(), "complete").GetId()
		}
		aliceDown()
		path, _ := logFile(t, person.Dir)
		if err := os.Truncate(path, int64(at+100)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(person.Dir, "store", "index")); err != nil {
			t.Fatal(err)
		}
		if away {
			bakeryDown()
		}
		alice, aliceDown = up(t, person)
		defer aliceDown()
		if !away {
			resumed(ctx, t, alice)
			recordOf(ctx, t, alice, last)
		}
		for _, f := range toldOf(ctx, t, alice) {
			if f.GetTrail() != "log" || f.GetKind() != "cut" || !f.GetLost() || f.GetMended() == away || strings.Contains(f.GetText(), "no entry is lost") {
				t.Errorf("the bakery away %t: %v", away, f)
			}
		}
	}
}

// toldOf returns what a check says of the log, which must be what the status says.
func toldOf(ctx context.Context, t *testing.T, api *localapi.Client) (out []*localv1.StoreFlaw) {
	t.Helper()
	st, err := api.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := api.Keeping.CheckStore(ctx, &localv1.CheckStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var check *localv1.StoreCheck
	for check == nil {
		r, err := s.Receive()
		if err != nil {
			t.Fatal(err)
		}
		check = r.GetCheck()
	}
	for _, f := range check.GetFlaws() {
		if f.GetTrail() != "relationship" {
			out = append(out, f)
		}
	}
	told := st.GetKeeping().GetFlaws()
	if len(out) != 1 || len(told) != 1 || out[0].String() != told[0].String() {
		t.Fatalf("a check says %v, the status %v", out, told)
	}
	return out
}
