package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// logFile returns the first file of a node's log, and how many bytes of it are written; the rest are zeros.
func logFile(t *testing.T, dir string) (path string, written int) {
	t.Helper()
	path = filepath.Join(dir, "store", "log", "00000001.seg")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, len(strings.TrimRight(string(b), "\x00"))
}

// What an agreement wrote is damaged, at one place after another, and the index that would still have it is gone.
func TestADamagedRecordThatTheOtherSideHoldsComesBack(t *testing.T) {
	places := 5
	if os.Getenv("FULL") != "" {
		places = 100
	}
	for i := range places {
		t.Run(fmt.Sprintf("at %d of %d", i+1, places), func(t *testing.T) { refetch(t, i, places, false) })
	}
}

// The control: while the bakery is away the same damage costs her a record.
func TestADamagedRecordIsGoneWhileTheOtherSideIsAway(t *testing.T) {
	const places = 5
	gone := 0
	for i := range places {
		gone += refetch(t, i, places, true)
	}
	if gone == 0 {
		t.Error("nothing was gone: the test of what comes back tests nothing")
	}
}

// refetch damages what one of three agreements wrote, at one of so many places, and
// returns how many she hasn't after a start.
func refetch(t *testing.T, at, places int, away bool) (gone int) {
	t.Helper()
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
	agree := func() (id string, end int) {
		t.Helper()
		p, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "SD-BASE", WaitMs: 5000})
		if err != nil {
			t.Fatal(err)
		}
		id = settled(t, alice, p.GetAgreement().GetId(), "complete").GetId()
		_, end = logFile(t, person.Dir)
		return id, end
	}
	first, from := agree()
	damaged, to := agree()
	last, _ := agree()
	want := map[string]string{}
	for _, id := range []string{first, damaged, last} {
		want[id] = recordOf(ctx, t, bakery, id)
	}
	aliceDown()
	path, _ := logFile(t, person.Dir)
	flip(t, path, int64(from+(to-from)*(2*at+1)/(2*places)))
	if err := os.RemoveAll(filepath.Join(person.Dir, "store", "index")); err != nil {
		t.Fatal(err)
	}
	if away {
		bakeryDown()
	}
	alice, aliceDown = up(t, person)
	defer aliceDown()
	if away {
		for id, rec := range want {
			r, err := alice.Dealing.Export(ctx, &localv1.ExportRequest{Id: id})
			if err != nil || string(r.GetRecord()) != rec {
				gone++
			}
		}
		return gone
	}
	resumed(ctx, t, alice)
	for id, rec := range want {
		if got := recordOf(ctx, t, alice, id); got != rec {
			t.Errorf("%s: she holds %q, the bakery %q", id, got, rec)
		}
	}
	return 0
}

// recordOf returns the whole record that was agreed.
func recordOf(ctx context.Context, t *testing.T, api *localapi.Client, id string) string {
	t.Helper()
	r, err := api.Dealing.Export(ctx, &localv1.ExportRequest{Id: id})
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
	return string(r.GetRecord())
}

// resumed waits until a node's one relationship is resumed in an epoch after the first.
func resumed(ctx context.Context, t *testing.T, api *localapi.Client) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := api.Relations.ListRelations(ctx, &localv1.ListRelationsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		rs := r.GetRelations()
		if len(rs) == 1 && rs[0].GetResuming() == "" && rs[0].GetSent().GetEpoch() > 0 {
			if len(rs[0].GetMissingSent())+len(rs[0].GetMissingHeld())+len(rs[0].GetFaults()) > 0 {
				t.Errorf("something is still missing: %v", rs[0])
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("what was damaged isn't asked for: %v", rs)
		}
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}
