package main

import (
	"context"
	"reflect"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

func TestEmbeddedRosterSaysWhatTheTableSays(t *testing.T) {
	r := terms.Default()
	if got, want := r.All(), rows(launch); !reflect.DeepEqual(got, want) {
		t.Errorf("default.byway differs from the table; try: go generate ./protocol/terms\ngot  %+v\nwant %+v", got, want)
	}
	if r.Name() != rosterName || r.Version() != rosterVersion {
		t.Errorf("default.byway is %s %s, the table %s %s", r.Name(), r.Version(), rosterName, rosterVersion)
	}
}

func TestEmbeddedRosterIsSignedByNoActorOfTheTests(t *testing.T) {
	for _, name := range []string{"alice", "bob", "the bakery", "roster"} {
		if terms.Default().Keeper() == recordtest.Key(name) {
			t.Errorf("the shipped roster is signed by %s, whose seed everybody knows", name)
		}
	}
}

// ladder is the part of IEEE 7012's table that doesn't ship: five steps, each with
// and without data portability required. The format has to carry it.
func ladder() []row {
	var out []row
	may := []terms.Action{terms.Service}
	for _, step := range []struct {
		id  string
		too terms.Action
	}{
		{"SD-BASE", ""}, {"SD-BASE-A", terms.OwnAnalytics}, {"SD-BASE-AT", terms.OwnTracking},
		{"SD-BASE-ATP", terms.OwnProfiling}, {"SD-BASE-ATP-S3P", terms.ShareAnonymised},
	} {
		if step.too != "" {
			may = append(may[:len(may):len(may)], step.too)
		}
		plain := row{id: step.id, name: "n", summary: "s", may: append(may[:len(may):len(may)], terms.DataPortability)}
		out = append(out, plain, row{id: step.id + "-DP", name: "n", summary: "s", may: may, must: []terms.Action{terms.DataPortability}})
	}
	return append(out, launch[2:]...)
}

func TestWholeTableOfTheStandardFitsTheFormat(t *testing.T) {
	want := rows(ladder())
	rec, err := terms.Sign(context.Background(), rosterName, rosterVersion, want, recordtest.Signer("roster"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := record.Verify(rec.Bytes(), record.Want{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := terms.Load(v)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.All(); len(got) != 13 || !reflect.DeepEqual(got, want) {
		t.Fatalf("%d rows came back: %+v", len(got), got)
	}
	for id, want := range map[string][5]bool{ // service, own analytics, tracking, profiling, share anonymised
		"SD-BASE": {true}, "SD-BASE-A": {true, true}, "SD-BASE-AT": {true, true, true},
		"SD-BASE-ATP": {true, true, true, true}, "SD-BASE-ATP-S3P": {true, true, true, true, true},
		"PDC-INTENT": {}, "PDC-AI": {}, "PDC-GOOD": {},
	} {
		for i, a := range []terms.Action{terms.Service, terms.OwnAnalytics, terms.OwnTracking, terms.OwnProfiling, terms.ShareAnonymised} {
			if row, ok := r.Lookup(id); !ok || row.Permits(a) != want[i] {
				t.Errorf("%s permits %s: %v, want %v", id, a, !want[i], want[i])
			}
		}
	}
}
