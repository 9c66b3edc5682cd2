package localapi

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestEachFlawSaysWhatIsAffectedAndTheOneCommandThatHelps(t *testing.T) {
	for name, c := range map[string]struct {
		flaw    Flaw
		running bool
		says    string
		try     string // "" for none
	}{
		"log":              {Flaw{Part: PartLog, What: "log: entry 3", Lost: true}, false, "log: entry 3; what was said or heard there can't be read", "byway up, then byway store check, which knows then what came of it"},
		"log, running":     {Flaw{Part: PartLog, What: "log: entry 3", Lost: true}, true, "asks those you deal with", "byway down && byway up"},
		"spool":            {Flaw{Part: PartSpool, What: "spool: entry 3", Lost: true}, false, "no agreement is affected", "byway up, then byway store check, which knows then what came of it"},
		"index":            {Flaw{Part: PartIndex}, false, "nothing is lost", "byway store rebuild"},
		"index, running":   {Flaw{Part: PartIndex}, true, "nothing is lost", "byway down && byway store rebuild"},
		"vault":            {Flaw{Part: PartVault, What: "vault.keys was changed"}, false, "agreements aren't affected", VaultHelp},
		"disk":             {Flaw{Part: PartDisk, What: "log/1 can't be read"}, false, "the disk may be failing", "byway backup DIR"},
		"full":             {Flaw{Part: PartRoom, What: "disk is full: 3 MB are free"}, false, "nothing is lost", "byway up, once there is room"},
		"full, running":    {Flaw{Part: PartRoom, What: "disk is full: 3 MB were free"}, true, "nothing is lost", "byway down && byway up, once there is room"},
		"nothing lost":     {Flaw{Part: PartLog, What: "log: no entry is lost", Mended: true}, true, "mended: log: no entry is lost; nothing is left to do", ""},
		"mended":           {Flaw{Part: PartLog, What: "log: entry 3", Known: true, Had: true, Mended: true}, true, "mended: log: entry 3; the index still had what was lost there", ""},
		"known and lost":   {Flaw{Part: PartLog, What: "log: entry 3", Known: true, Lost: true}, true, "known: log: entry 3; those you deal with are asked", "byway status, which says how far that is"},
		"answered":         {Flaw{Part: PartLog, What: "log: entry 3", Entries: "entry 3", Known: true, Lost: true, Mended: true}, true, "what those you deal with hold of it is back; own notes and rows of entry 3 aren't", ""},
		"of another index": {Flaw{Part: PartIndex, What: "runtime error: nil pointer dereference"}, false, "it can't be read as it is", "byway store rebuild"},
	} {
		w := c.flaw.toWire(c.running)
		if !strings.Contains(w.GetText(), c.says) || w.GetTry() != c.try || strings.Contains(w.GetText(), "runtime error") || c.flaw.Part != PartDisk && strings.Contains(w.GetText(), "failing") {
			t.Errorf("%s: %v", name, w)
		}
		if w.GetTrail() == "" || w.GetMended() != c.flaw.Mended || w.GetLost() != c.flaw.Lost {
			t.Errorf("%s: %v", name, w)
		}
		if status := (&Kept{Findings: []Flaw{c.flaw}}).toWire().GetFlaws(); c.flaw.Known && !proto.Equal(status[0], c.flaw.toWire(true)) {
			t.Errorf("%s: the status says %v", name, status)
		}
	}
}

func TestARelationshipWithSomethingMissingIsNamed(t *testing.T) {
	for want, m := range map[string]Missing{
		"coffee (abcd): of what was said between you one stretch of theirs isn't here":               {With: "coffee (abcd)", Key: "abcdefgh", Held: 1},
		"coffee (abcd): of what was said between you 2 stretches of yours isn't here":                {With: "coffee (abcd)", Key: "abcdefgh", Sent: 2},
		"coffee (abcd): of what was said between you one stretch of yours and 2 stretches of theirs": {With: "coffee (abcd)", Key: "abcdefgh", Sent: 1, Held: 2},
	} {
		if got, try := m.advice(); !strings.HasPrefix(got, want) || try != "byway contacts show abcdefgh" {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestACheckOfAFolderWithoutAStoreSaysWhatToDo(t *testing.T) {
	k := &keeperFake{err: fmt.Errorf("check the store: %w", fs.ErrNotExist)}
	s, err := keepingClient(k).Keeping.CheckStore(t.Context(), &localv1.CheckStoreRequest{})
	for err == nil {
		_, err = s.Receive()
	}
	if f := FailureOf(err); f.Kind != NotFound || !strings.HasPrefix(f.Try, "byway restore ") || strings.Contains(f.Text, "no such file") {
		t.Errorf("%+v", f)
	}
}
