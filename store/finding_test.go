package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/store/internal/segment"
)

// toldAlike fails unless the store's findings and both checks of it say the same, and returns them.
func toldAlike(t *testing.T, dir string) []Finding {
	t.Helper()
	db := openWorld(t, dir)
	fs, err := db.Findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	running, err := db.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	stopped := checked(t, dir)
	for _, c := range []Checked{running, stopped} {
		if len(c.Faults) != len(fs) {
			t.Fatalf("a check says\n%s\nand the store %v", saidBy(c), fs)
		}
		open := false
		for i, f := range fs {
			if c.Faults[i] != f {
				t.Errorf("a check says %+v, and the store %+v", c.Faults[i], f)
			}
			open = open || !f.Mended()
		}
		if c.OK() == open {
			t.Errorf("a check is OK %t: %v", c.OK(), fs)
		}
	}
	return fs
}

// Without its index, which would know, a cut within the last file takes more than the last write.
func TestALossyCutIsNeverToldAsMendedBeforeItIsAnswered(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 20)
	remove(t, filepath.Join(dir, indexDir))
	at := placeOf(t, dir, LogTrail, 11) + 30
	rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return b[:at] })
	if c := checked(t, dir); c.OK() || len(c.Faults) != 1 || c.Faults[0].Kind != FoundCut {
		t.Errorf("before a start: %s", saidBy(c))
	}
	for start := range 3 {
		fs := toldAlike(t, dir)
		if len(fs) != 1 || fs[0].Kind != FoundCut || !fs[0].Lossy() || fs[0].Mended() || !strings.HasSuffix(fs[0].String(), "what was written after entry 10 may be lost") {
			t.Errorf("start %d: %v", start, fs)
		}
	}
	db := openWorld(t, dir)
	if err := db.Answered(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	if fs := toldAlike(t, dir); !fs[0].Lossy() || !fs[0].Mended() {
		t.Errorf("answered: %+v", fs)
	}
}

func TestAFileThatIsWhollyTakenBackFromTheIndexIsMended(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	for _, key := range []string{"large", "larger", "largest"} { // the first file has 1.5 MiB
		if err := db.Put(t.Context(), marks, []byte(key), make([]byte, MaxBatch/2)); err != nil {
			t.Fatal(err)
		}
	}
	lived(t, db, 9, 12)
	want := story(t, db)
	shutWorld(t, db)
	remove(t, filepath.Join(dir, logDir, "00000002.seg"))
	if _, err := os.Stat(filepath.Join(dir, logDir, "00000003.seg")); err != nil {
		t.Fatal("the file after it isn't there, so this shows another case")
	}
	for start := range 2 {
		fs := toldAlike(t, dir)
		if len(fs) != 2 || !fs[0].Mended() || !fs[1].Mended() {
			t.Errorf("start %d: %v", start, fs)
		}
	}
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "taken back", sorted(story(t, db)), sorted(want))
}

func TestAHeadOfAFileWithoutALossIsMended(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { b[30] ^= 1; return b })
	if c := checked(t, dir); !c.OK() || len(c.Faults) != 1 {
		t.Errorf("before a start: %s", saidBy(c))
	}
	fs := toldAlike(t, dir)
	if len(fs) != 1 || fs[0].Lossy() || !strings.HasSuffix(fs[0].String(), "no entry is lost") {
		t.Errorf("%v", fs)
	}
}

// Of a trail that the index knew further than it goes, what stands at its end is no other loss.
func TestACutThatTheIndexMakesGoodIsMended(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 20)
	at := placeOf(t, dir, LogTrail, 11) + 30
	rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return b[:at] })
	for start := range 2 {
		fs := toldAlike(t, dir)
		for _, f := range fs {
			if f.Lossy() || !f.Mended() {
				t.Errorf("start %d: %v", start, f)
			}
		}
		if len(fs) != 2 {
			t.Errorf("start %d: %v", start, fs)
		}
	}
}

func TestAFindingSaysWhatIsGone(t *testing.T) {
	b := segment.Break{Kind: segment.Damaged, Segment: 1, Offset: 440, Length: 176, After: segment.Place{Seq: 2}, Before: segment.Place{Seq: 5}}
	whole, end := b, b
	whole.Before.Seq, end.Before.Seq, end.Kind = 3, 0, segment.Torn
	for want, f := range map[string]Finding{
		"log: segment 1, 176 bytes from byte 440: damaged, entries 3 to 4 are lost":                                                           flawOf(LogTrail, b).finding(),
		"log: segment 1, 176 bytes from byte 440: damaged, no entry is lost":                                                                  flawOf(LogTrail, whole).finding(),
		"log: segment 1, 176 bytes from byte 440: torn, what was written after entry 2 may be lost: it may or may not have been acknowledged": flawOf(LogTrail, end).finding(),
		"spool: segment 1, 176 bytes from byte 440: damaged, entries 3 to 4 are lost":                                                         flawOf(SpoolTrail, b).finding(),
		"the spool is gone":                    {Kind: FoundGone, Trail: SpoolTrail},
		"log/1.seg can't be read: no":          {Kind: FoundUnreadable, File: "log/1.seg", Why: "no"},
		"log: file 2 is gone, entry 3 is lost": {Kind: FoundMissing, Trail: LogTrail, Segment: 2, First: 3, Last: 3, Open: true},
	} {
		if got := f.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestACheckCountsTheRowsOfATable(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	db := openWorld(t, dir)
	for i := range 3 {
		if err := db.Put(t.Context(), "kept", []byte{byte(i)}, []byte("value")); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Commit(t.Context(), Batch{Rows: []Row{{"kept", []byte{0}, nil}}}); err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	remove(t, filepath.Join(dir, indexDir)) // the log says it alone
	c, err := Check(t.Context(), dir, worldOptions(), nil, "kept", "none")
	if err != nil || c.Rows["kept"] != 2 || c.Rows["none"] != 0 {
		t.Errorf("%v, %v; want 2 and 0", c.Rows, err)
	}
}
