package node_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

func TestEachFaultOfAStoreIsOfItsPart(t *testing.T) {
	raw := errors.New("runtime error: invalid memory address")
	full := &store.FullError{Free: 3 << 20, Need: 32 << 20, Dir: "here", Who: "writing"}
	lost := store.Finding{Kind: store.FoundDamaged, Trail: store.LogTrail, Segment: 1, Offset: 440, Length: 176, First: 3, Last: 3}
	restored, end := lost, store.Finding{Kind: store.FoundCut, Trail: store.LogTrail, Segment: 1, After: 527, Open: true, At: time.Unix(1, 0)}
	restored.Restored, restored.At = true, time.Unix(1, 0)
	answered := end
	answered.Answered = time.Unix(2, 0)
	for name, c := range map[string]struct {
		checked store.Checked
		vault   error
		want    localapi.Flaw
	}{
		"log":              {store.Checked{Faults: []store.Finding{lost}}, nil, localapi.Flaw{Part: localapi.PartLog, Kind: "damaged", What: lost.String(), Entries: "entry 3", First: 3, Last: 3, Lost: true}},
		"met and restored": {store.Checked{Faults: []store.Finding{restored}}, nil, localapi.Flaw{Part: localapi.PartLog, Kind: "damaged", What: lost.String(), Entries: "entry 3", First: 3, Last: 3, Known: true, Had: true, Mended: true}},
		"no log":           {store.Checked{Faults: []store.Finding{{Kind: store.FoundGone, Trail: store.LogTrail}}}, nil, localapi.Flaw{Part: localapi.PartLog, Kind: "gone", What: "the log is gone", Entries: "entries after 0", Lost: true}},
		"no spool":         {store.Checked{Faults: []store.Finding{{Kind: store.FoundGone, Trail: store.SpoolTrail}}}, nil, localapi.Flaw{Part: localapi.PartSpool, Kind: "gone", What: "the spool is gone", Entries: "entries after 0", Lost: true}},
		"an end, met":      {store.Checked{Faults: []store.Finding{end}}, nil, localapi.Flaw{Part: localapi.PartLog, Kind: "cut", What: end.String(), Entries: "entries after 527", Known: true, Lost: true}},
		"an end, answered": {store.Checked{Faults: []store.Finding{answered}}, nil, localapi.Flaw{Part: localapi.PartLog, Kind: "cut", What: end.String(), Entries: "entries after 527", Known: true, Lost: true, Mended: true}},
		"a file":           {store.Checked{Faults: []store.Finding{{Kind: store.FoundUnreadable, File: "log/1.seg", Why: "no"}}}, nil, localapi.Flaw{Part: localapi.PartDisk, Kind: "unreadable", What: "log/1.seg can't be read: no", Entries: "entries after 0", Lost: true}},
		"index":            {store.Checked{Index: raw}, nil, localapi.Flaw{Part: localapi.PartIndex, Kind: "damaged"}},
		"a full disk":      {store.Checked{Index: fmt.Errorf("%w: %w", store.ErrReadOnly, full)}, nil, localapi.Flaw{Part: localapi.PartRoom, Kind: "full", What: full.What()}},
		"vault":            {store.Checked{}, errors.New("vault.keys was changed"), localapi.Flaw{Part: localapi.PartVault, Kind: "damaged", What: "vault.keys was changed", Lost: true}},
	} {
		got := node.CheckedStore(c.checked, c.vault)
		if len(got.Flaws) != 1 || got.Flaws[0] != c.want {
			t.Errorf("%s: %+v, want %+v", name, got.Flaws, c.want)
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
