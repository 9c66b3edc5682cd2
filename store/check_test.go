package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func checked(t *testing.T, dir string) Checked {
	t.Helper()
	var last, total int64
	c, err := Check(t.Context(), dir, worldOptions(), func(done, of int64) {
		if done < last || done > of || total != 0 && of != total {
			t.Errorf("progress %d of %d after %d of %d", done, of, last, total)
		}
		last, total = done, of
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != total || c.Bytes != total || c.Files == 0 {
		t.Errorf("%d of %d bytes told, %d read in %d files", last, total, c.Bytes, c.Files)
	}
	return c
}

func saidBy(c Checked) string {
	var out []string
	for _, f := range c.Faults {
		out = append(out, f.String())
	}
	return strings.Join(out, "\n")
}

func TestCheckOfAWholeStoreFindsNothingAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	before := trailBytes(t, dir)
	if c := checked(t, dir); !c.OK() || c.Entries != 18 {
		t.Errorf("%+v, want 18 whole entries", c)
	}
	if !bytes.Equal(trailBytes(t, dir), before) {
		t.Error("the trails are others after it")
	}
	db := openWorld(t, dir)
	defer shutWorld(t, db)
	if c, err := db.Check(t.Context(), nil); err != nil || !c.OK() || c.Entries != 18 {
		t.Errorf("while it is open: %+v, %v", c, err)
	}
	if _, err := Check(t.Context(), dir, worldOptions(), nil); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is open: %v, want ErrLocked", err)
	}
	same(t, "checked", story(t, db), storyOf(t, 9))
}

func trailBytes(t *testing.T, dir string) (out []byte) {
	t.Helper()
	for _, sub := range []string{logDir, spoolDir} {
		for _, f := range filesIn(t, filepath.Join(dir, sub)) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(append(out, f...), b...)
		}
	}
	return out
}

func TestCheckNamesWhatIsDamagedAndRebuildMendsTheIndex(t *testing.T) {
	origin := t.TempDir()
	daysIn(t, origin, 0, 9)
	want := sorted(storyOf(t, 9))
	for _, c := range []struct {
		name   string
		harm   func(t *testing.T, dir string)
		faults []string
		index  bool // it can't be used
	}{
		{"an entry of the log", func(t *testing.T, dir string) { spoil(t, dir, LogTrail, 4) }, []string{"log: ", "entry 4 is lost"}, false},
		{"an entry of the spool", func(t *testing.T, dir string) { spoil(t, dir, SpoolTrail, 2) }, []string{"spool: ", "entry 2 is lost"}, false},
		{"the log cut", func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return b[:5000] })
		}, []string{"log: ", "cut"}, false},
		{"the index's list of files", func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, indexDir, "MANIFEST"), func(b []byte) []byte { b[20] ^= 1; return b })
		}, nil, true},
		{"the index's keys", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, indexDir, "KEYREGISTRY")) }, nil, true},
	} {
		dir := copied(t, origin)
		c.harm(t, dir)
		for range 2 {
			got := checked(t, dir)
			said := saidBy(got)
			for _, want := range c.faults {
				if !strings.Contains(said, want) {
					t.Errorf("%s: faults %q, want %q named", c.name, said, want)
				}
			}
			if len(got.Faults) > 0 != (len(c.faults) > 0) || (got.Index != nil) != c.index {
				t.Errorf("%s: %q, index %v", c.name, said, got.Index)
			}
			if c.index && !strings.Contains(got.Index.Error(), "byway store rebuild") {
				t.Errorf("%s: %v doesn't say what to try", c.name, got.Index)
			}
		}
		rebuilt(t, dir)
		if got := checked(t, dir); !got.OK() || len(got.Faults) != len(c.faults)/2 {
			t.Errorf("%s, made again: %+v", c.name, got)
		}
		db := openWorld(t, dir)
		same(t, c.name, sorted(story(t, db)), want)
		shutWorld(t, db)
	}
}

func TestCheckNamesWhatTheIndexKnewBeyondATrail(t *testing.T) {
	for _, trail := range []string{logDir, spoolDir} {
		c := checked(t, putBack(t, trail))
		if len(c.Faults) != 1 || !strings.HasPrefix(saidBy(c), trail+": ") || c.OK() || !strings.Contains(saidBy(c), "ends at entry 20, and the index knew entry 30") {
			t.Errorf("%s put back: %q", trail, c.Faults)
		}
	}
}

func TestCheckOfAnOpenStoreNamesWhatIsDamaged(t *testing.T) {
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	db := openWorld(t, dir)
	defer shutWorld(t, db)
	spoil(t, dir, LogTrail, 4)
	c, err := db.Check(t.Context(), nil)
	if err != nil || len(c.Faults) != 1 || !strings.Contains(saidBy(c), "entry 4 is lost") || c.OK() || c.Entries != 17 {
		t.Errorf("%+v, %v; want entry 4 named", c, err)
	}
}

func TestCheckAndRebuildThatCantBeDoneSayWhy(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	daysIn(t, dir, 0, 9)
	for _, c := range []struct {
		name string
		do   func(dir string) error
		want error
	}{
		{"checked with another key", func(dir string) error {
			o := worldOptions()
			o.Key[0]++
			_, err := Check(t.Context(), dir, o, nil)
			return err
		}, ErrKey},
		{"made again with another key", func(dir string) error {
			o := worldOptions()
			o.Key[0]++
			return Rebuild(t.Context(), dir, o)
		}, ErrKey},
		{"checked by who gave up", func(dir string) error { _, err := Check(ended, dir, worldOptions(), nil); return err }, context.Canceled},
		{"made again by who gave up", func(dir string) error { return Rebuild(ended, dir, worldOptions()) }, context.Canceled},
		{"made again on a full disk", func(dir string) error {
			o := worldOptions()
			o.FS = newTight(1 << 20)
			return Rebuild(t.Context(), dir, o)
		}, ErrFull},
		{"made again without a log", func(dir string) error {
			if err := os.Rename(filepath.Join(dir, logDir), filepath.Join(dir, "away")); err != nil {
				return err
			}
			err := Rebuild(t.Context(), dir, worldOptions())
			return errors.Join(err, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, logDir)))
		}, ErrNotFound},
		{"checked where nothing is", func(dir string) error {
			_, err := Check(t.Context(), filepath.Join(dir, "none"), worldOptions(), nil)
			return err
		}, os.ErrNotExist},
	} {
		for range 2 { // no claim is left behind
			if err := c.do(dir); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
	}
	db := openWorld(t, dir)
	defer shutWorld(t, db)
	same(t, "after all that", story(t, db), storyOf(t, 9))
	if rows, err := db.Scan(t.Context(), seen, nil, nil, 0); err != nil || len(rows) != 9 {
		t.Errorf("%d rows of the cache are left of 9 (%v): the index was made again", len(rows), err)
	}
}

func TestReportSaysHowAStoreIs(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	lived(t, db, 0, 9)
	r, err := db.Report(t.Context())
	if err != nil || r.Entries != 9 || r.LogEntries != 9 || r.SpoolEntries != 9 || r.Low || r.ReadOnly != nil || r.Findings != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if r.Log < 1<<20 || r.Spool < 1<<20 || r.Bytes < r.Log+r.Spool || r.Total < r.Free || r.Free == 0 {
		t.Errorf("sizes: %+v", r)
	}
	shutWorld(t, db)
	if _, err := db.Report(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := db.Check(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("check of a closed one: %v", err)
	}
	spoil(t, dir, LogTrail, 4)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	if r, err := db.Report(t.Context()); err != nil || r.Findings != 1 {
		t.Errorf("damaged: %s", fmt.Sprint(r, err))
	}
}
