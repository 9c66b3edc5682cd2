package node_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

func TestEachFaultOfAStoreIsOfItsPart(t *testing.T) {
	raw := errors.New("runtime error: invalid memory address")
	for name, c := range map[string]struct {
		checked store.Checked
		vault   error
		want    localapi.Flaw
	}{
		"log":           {store.Checked{Faults: []string{"log: segment 1, entry 3 is lost"}}, nil, localapi.Flaw{Part: localapi.PartLog, What: "log: segment 1, entry 3 is lost"}},
		"no log":        {store.Checked{Faults: []string{"the log is gone"}}, nil, localapi.Flaw{Part: localapi.PartLog, What: "the log is gone"}},
		"spool":         {store.Checked{Faults: []string{"spool: segment 1"}}, nil, localapi.Flaw{Part: localapi.PartSpool, What: "spool: segment 1"}},
		"no spool":      {store.Checked{Faults: []string{"the spool is gone"}}, nil, localapi.Flaw{Part: localapi.PartSpool, What: "the spool is gone"}},
		"a closed tail": {store.Checked{Faults: []string{"log: segment 1: torn, no entry is lost"}}, nil, localapi.Flaw{Part: localapi.PartLog, What: "log: segment 1: torn, no entry is lost", Done: "log: segment 1: torn, no entry is lost"}},
		"a file":        {store.Checked{Faults: []string{"log/00000001.seg can't be read: input/output error"}}, nil, localapi.Flaw{Part: localapi.PartDisk, What: "log/00000001.seg can't be read: input/output error"}},
		"index":         {store.Checked{Index: raw}, nil, localapi.Flaw{Part: localapi.PartIndex}},
		"a full disk":   {store.Checked{Index: fmt.Errorf("%w: 3 MiB free; try: make room", store.ErrFull)}, nil, localapi.Flaw{Part: localapi.PartDisk, What: "index: disk is full: 3 MiB free"}},
		"vault":         {store.Checked{}, errors.New("vault.keys was changed"), localapi.Flaw{Part: localapi.PartVault, What: "vault.keys was changed"}},
	} {
		got := node.CheckedStore(c.checked, nil, c.vault)
		if len(got.Flaws) != 1 || got.Flaws[0] != c.want {
			t.Errorf("%s: %+v, want %+v", name, got.Flaws, c.want)
		}
	}
}

func TestAFaultThatAStartSawToIsToldAsThat(t *testing.T) {
	const what = "segment 1, 176 bytes from byte 440: damaged, entry 3 is lost"
	for _, restored := range []bool{true, false} {
		f := store.Finding{First: 3, Last: 3, Restored: restored, Text: "the log is damaged (" + what + "); and so on"}
		other := store.Finding{Text: "the log is damaged (segment 2)"}
		got := node.CheckedStore(store.Checked{Faults: []string{"log: " + what}}, []store.Finding{other, f}, nil).Flaws
		if len(got) != 1 || got[0].Done != f.Text || got[0].Lost == restored {
			t.Errorf("restored %t: %+v", restored, got)
		}
	}
}

func TestRelationshipsWithGapsAreNamedByACheck(t *testing.T) {
	bread, coffee := recordtest.Key("the bakery"), recordtest.Key("coffee")
	got := node.MissingIn([]localapi.Relation{
		{Them: coffee, Sent: 4, Held: 2},
		{Them: bread, MissingSent: [][2]uint64{{2, 3}}, MissingHeld: [][2]uint64{{1, 1}, {4, 9}}},
	}, func(k record.Key) string { return "bread (" + k.Short() + ")" })
	want := localapi.Missing{With: "bread (" + bread.Short() + ")", Key: bread.String(), Sent: 1, Held: 2}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v alone", got, want)
	}
}
