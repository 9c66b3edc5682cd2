package store

import (
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
)

func nth(n int) record.ID {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// allKnown checks that the writer takes no subject of the index for one about which nothing was written.
func allKnown(t *testing.T, db *DB) {
	t.Helper()
	if db.funnel == nil {
		return
	}
	err := db.view(t.Context(), func(r reader) error {
		return r.scan([]byte{kindSubject}, nil, func(k, _ []byte) (bool, error) {
			if id := record.ID(k[1:]); db.funnel.known.written.never(id) {
				t.Errorf("the writer takes %s for new", id.Short())
			}
			return true, nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatWasWrittenIsNeverTakenForNew(t *testing.T) {
	w := &written{whole: true}
	const n = 3 * firstWritten // which take two filters
	for i := range n {
		w.add(nth(i))
	}
	wrong := 0
	for i := range n {
		if w.never(nth(i)) {
			t.Fatalf("%d was written", i)
		}
		if !w.never(nth(n + i)) {
			wrong++
		}
	}
	if most := n * 3 * writtenWrongs; float64(wrong) > most || len(w.filters) != 2 {
		t.Errorf("%d of %d that weren't written aren't known to be new, at most %.0f, in %d filters", wrong, n, most, len(w.filters))
	}
	w.whole = false
	if w.never(nth(n)) || (*written)(nil).never(nth(n)) {
		t.Error("who doesn't know all takes something for new")
	}
}

// The index has subjects that the log lost: in its midst, and at its end.
func TestAStartKnowsAllSubjectsOfTheIndex(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(dir string)
		know bool
	}{
		"nothing happened":        {func(string) {}, true},
		"the index is made again": {func(dir string) { remove(t, filepath.Join(dir, indexDir)) }, true},
		"an entry is damaged":     {func(dir string) { flip(t, filepath.Join(dir, logDir, "00000001.seg"), 3000*8) }, false},
		"the log is gone":         {func(dir string) { remove(t, filepath.Join(dir, logDir, "00000001.seg")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openWorld(t, dir)
			lived(t, db, 0, 30)
			shutWorld(t, db)
			c.harm(dir)
			db = openWorld(t, dir)
			defer shutWorld(t, db)
			allKnown(t, db)
			lived(t, db, 30, 33)
			allKnown(t, db)
			if know := db.funnel.known.written.never(nth(1)); know != c.know {
				t.Errorf("what is new is known: %v, want %v", know, c.know)
			}
		})
	}
}
