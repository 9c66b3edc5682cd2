package store

import (
	"path/filepath"
	"testing"
)

func TestDamageThatTheIndexDoesntCoverIsNamed(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 20)
	shutWorld(t, db)
	spoil(t, dir, LogTrail, 11)
	remove(t, filepath.Join(dir, indexDir))
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	f := findings(t, db)[FoundDamaged]
	if f.Restored || f.First != 11 || f.Last != 11 || f.Events != [2]uint64{11, 11} {
		t.Errorf("found %+v, want entry 11 and event 11 named", f)
	}
	if es, err := db.Feed(t.Context(), 9, 2); err != nil || len(es) != 2 || es[0].Seq != 10 || es[1].Seq != 12 {
		t.Errorf("events around the loss: %+v, %v; want 10 and 12", es, err)
	}
	if epoch, err := db.Epoch(t.Context()); err != nil || epoch != 1 {
		t.Errorf("epoch %d, %v; want 1", epoch, err)
	}
}

func TestLastFileOfTheLogThatIsGoneIsSaid(t *testing.T) {
	for _, c := range []struct {
		name  string
		index bool
		kind  FindingKind
	}{{"with its index", true, FoundAhead}, {"without", false, FoundMissing}} {
		dir := t.TempDir()
		db := openWorld(t, dir)
		lived(t, db, 0, 9)
		for _, key := range []string{"large", "larger", "largest"} { // the first file has 1.5 MiB
			if err := db.Put(t.Context(), marks, []byte(key), make([]byte, MaxBatch/2)); err != nil {
				t.Fatal(err)
			}
		}
		lived(t, db, 9, 12)
		if n := len(db.log.Segments()); n != 2 {
			t.Fatalf("%d files, want 2", n)
		}
		shutWorld(t, db)
		remove(t, filepath.Join(dir, logDir, "00000002.seg"))
		if !c.index {
			remove(t, filepath.Join(dir, indexDir))
		}
		db = openWorld(t, dir)
		if _, ok := findings(t, db)[c.kind]; !ok {
			t.Errorf("%s: found %v", c.name, findings(t, db))
		}
		if es, err := db.Feed(t.Context(), 0, 0); err != nil || c.index != (len(es) == 12) || !c.index && len(es) != 9 {
			t.Errorf("%s: %d days, %v", c.name, len(es), err)
		}
		if epoch, err := db.Epoch(t.Context()); err != nil || epoch != 1 {
			t.Errorf("%s: epoch %d, %v; want 1", c.name, epoch, err)
		}
		shutWorld(t, db)
	}
}

func TestDamageThatGrowsIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 20)
	for i, entry := range []uint64{11, 12, 10} { // after what was known, and before it
		spoil(t, dir, LogTrail, entry)
		for again := range 3 {
			db := openWorld(t, dir)
			if fs, err := db.Findings(t.Context()); err != nil || len(fs) != i+1 {
				t.Errorf("entry %d too, start %d: %d findings, %v; want %d", entry, again, len(fs), err, i+1)
			}
			if epoch, err := db.Epoch(t.Context()); err != nil || epoch != uint32(i+1) {
				t.Errorf("entry %d too, start %d: epoch %d, %v; want %d", entry, again, epoch, err, i+1)
			}
			shutWorld(t, db)
		}
	}
	db := openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "damaged three times", sorted(story(t, db)), sorted(storyOf(t, 20)))
}

// What is at the end is between two entries once more was written, and no other loss by that.
func TestTornEndIsFoundOnce(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	remove(t, filepath.Join(dir, indexDir)) // it would know of the entry
	spoil(t, dir, LogTrail, 9)
	for start := range 3 {
		db := openWorld(t, dir)
		if fs, err := db.Findings(t.Context()); err != nil || len(fs) != 1 || fs[0].Kind != FoundTorn {
			t.Errorf("start %d: found %v, %v", start, fs, err)
		}
		if epoch, err := db.Epoch(t.Context()); err != nil || epoch != 1 {
			t.Errorf("start %d: epoch %d, %v; want 1", start, epoch, err)
		}
		lived(t, db, 9+start, 10+start)
		shutWorld(t, db)
	}
}
