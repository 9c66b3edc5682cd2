package nodetest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/nodetest"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// relation returns the one relationship of a party.
func relation(t *testing.T, p *nodetest.Party) *localv1.Relation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := p.API.Relations.ListRelations(ctx, &localv1.ListRelationsRequest{})
	if err != nil || len(r.GetRelations()) != 1 {
		t.Fatalf("%s has %d relationships, %v; want 1", p.Name, len(r.GetRelations()), err)
	}
	return r.GetRelations()[0]
}

// shows reports whether a relationship has a fault whose words hold a text, with so many records as proof.
func shows(r *localv1.Relation, text string, records int) bool {
	for _, f := range r.GetFaults() {
		if strings.Contains(f.GetText(), text) && len(f.GetRecords()) == records {
			return true
		}
	}
	return false
}

func end(t *testing.T, p *nodetest.Party, id node.ID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.API.Dealing.End(ctx, &localv1.EndRequest{Id: id.String()}); err != nil {
		t.Fatal(err)
	}
}

// three starts a market in which three agreements are made and acknowledged.
func three(t *testing.T) (n *nodetest.Net, alice, bakery *nodetest.Party, ids []node.ID) {
	t.Helper()
	n, alice, bakery = market(t, sells)
	for range 3 {
		mustProffer(t, alice, "SD-BASE-DP")
	}
	time.Sleep(time.Minute)
	for _, a := range bakery.Threads() {
		ids = append(ids, a.ID)
	}
	return n, alice, bakery, ids
}

// The bakery signs one end, then goes on from before as if it hadn't, and signs two others.
func TestAPartyThatRewritesItsPastIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bakery, ids := three(t)
		old := bakery.Backup()
		end(t, bakery, ids[0])
		time.Sleep(time.Minute)
		bakery.Crash()
		bakery.GoOn(old)
		time.Sleep(time.Minute)
		mustProffer(t, alice, "SD-BASE-DP") // so that it has heard of her again
		end(t, bakery, ids[1])
		end(t, bakery, ids[2])
		time.Sleep(time.Minute)
		r := relation(t, alice)
		if !shows(r, "two statements", 2) || !shows(r, "names another one before it", 2) {
			t.Errorf("her node shows %v, want the fork and the rewrite, with both records each", r.GetFaults())
		}
		if !says(t, alice, "contradicts itself") {
			t.Error("her status doesn't say so")
		}
	})
}

// Alice's node loses an end without knowing that it lost something; what comes after shows it.
func TestAGapIsNoticedAskedForAndOverOnceItFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bakery, ids := three(t)
		old := alice.Backup()
		end(t, bakery, ids[0])
		time.Sleep(time.Minute)
		alice.Crash()
		alice.GoOn(old)
		time.Sleep(time.Minute)
		mustProffer(t, alice, "SD-BASE-DP") // so that the bakery has a road to her
		end(t, bakery, ids[1])
		time.Sleep(time.Minute)
		if r := relation(t, alice); len(r.GetMissingHeld()) == 0 {
			t.Fatalf("her node shows no gap: held %v", r.GetHeld())
		}
		n.Within(time.Hour, "the gap is filled", func() bool { return len(relation(t, alice).GetMissingHeld()) == 0 })
		for _, a := range alice.Threads() {
			if a.ID == ids[0] && a.InForce {
				t.Error("the end that was lost isn't back")
			}
		}
	})
}

// An altered statement of the other side at a place that is held is refused, and kept as proof.
func TestAContradictionIsRefusedAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bakery, ids := three(t)
		old := bakery.Backup()
		end(t, bakery, ids[0])
		time.Sleep(time.Minute)
		bakery.Crash()
		bakery.GoOn(old)
		time.Sleep(time.Minute)
		mustProffer(t, alice, "SD-BASE-DP")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		// The same agreement is ended a second time, in other words.
		_, _ = bakery.API.Dealing.End(ctx, &localv1.EndRequest{Id: ids[0].String(), Text: "never mind"})
		time.Sleep(time.Minute)
		if r := relation(t, alice); !shows(r, "two statements", 2) {
			t.Errorf("her node shows %v, want both ends", r.GetFaults())
		}
		if got := len(alice.Threads()); got != 4 {
			t.Errorf("she holds %d threads, want 4: what is kept as proof is none", got)
		}
	})
}

// The bakery knows alice by a key alone, and its status names her by the first letters of that.
func TestWhoIsInNoBookIsShownByTheFirstLettersOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bakery := market(t, sells)
		mustProffer(t, alice, "SD-BASE-DP")
		them := relation(t, bakery).GetThem()
		for who, want := range map[string]int{them: 1, them[:8]: 1, strings.ToUpper(them[:12]): 1, them[:7]: -1, "aaaaaaaa": -1, "alice": -1} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			r, err := bakery.API.Relations.ListRelations(ctx, &localv1.ListRelationsRequest{Them: who})
			cancel()
			if want < 0 && err == nil || want > 0 && (err != nil || len(r.GetRelations()) != want) {
				t.Errorf("%q: %d relationships, %v", who, len(r.GetRelations()), err)
			}
		}
	})
}
