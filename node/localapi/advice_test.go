package localapi

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestEachFlawSaysWhatIsAffectedAndTheOneCommandThatHelps(t *testing.T) {
	for name, c := range map[string]struct {
		flaw    Flaw
		running bool
		says    string
		try     string // "" for none
	}{
		"log":              {Flaw{Part: PartLog, What: "log: entry 3"}, false, "log: entry 3; what was said or heard there can't be read", "byway up, then byway store check, which knows then what came of it"},
		"log, running":     {Flaw{Part: PartLog, What: "log: entry 3"}, true, "asks those you deal with", "byway down && byway up"},
		"spool":            {Flaw{Part: PartSpool, What: "spool: entry 3"}, false, "no agreement is affected", "byway up, then byway store check, which knows then what came of it"},
		"index":            {Flaw{Part: PartIndex}, false, "nothing is lost", "byway store rebuild"},
		"index, running":   {Flaw{Part: PartIndex}, true, "nothing is lost", "byway down && byway store rebuild"},
		"vault":            {Flaw{Part: PartVault, What: "vault.keys was changed"}, false, "agreements aren't affected", "byway restore BACKUPDIR --dir EMPTYDIR"},
		"disk":             {Flaw{Part: PartDisk, What: "log/1 can't be read"}, false, "the disk may be failing", "byway backup DIR"},
		"mended":           {Flaw{Part: PartLog, What: "log: entry 3", Done: "entry 3 is in the log again"}, true, "mended: entry 3 is in the log again; nothing is left to do", ""},
		"known and lost":   {Flaw{Part: PartLog, What: "log: entry 3", Done: "entry 3 is gone", Lost: true}, true, "known: entry 3 is gone", "byway status"},
		"of another index": {Flaw{Part: PartIndex, What: "runtime error: nil pointer dereference"}, false, "it can't be read as it is", "byway store rebuild"},
	} {
		says := c.flaw.advice(c.running)
		what, try, _ := strings.Cut(says, "; try: ")
		if !strings.Contains(what, c.says) || try != c.try || strings.Contains(says, "runtime error") {
			t.Errorf("%s: %s", name, says)
		}
	}
}

func TestARelationshipWithSomethingMissingIsNamed(t *testing.T) {
	for want, m := range map[string]Missing{
		"coffee (abcd): of what was said between you one stretch of theirs isn't here":               {With: "coffee (abcd)", Key: "abcdefgh", Held: 1},
		"coffee (abcd): of what was said between you 2 stretches of yours isn't here":                {With: "coffee (abcd)", Key: "abcdefgh", Sent: 2},
		"coffee (abcd): of what was said between you one stretch of yours and 2 stretches of theirs": {With: "coffee (abcd)", Key: "abcdefgh", Sent: 1, Held: 2},
	} {
		if got := m.advice(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "; try: byway contacts show abcdefgh") {
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
