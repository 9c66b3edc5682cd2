package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"

	"github.com/bywaynet/byway/store/internal/segment"
)

var update = flag.Bool("update", false, "make the vectors of FORMAT.md anew")

const formatDir = "testdata/format"

// The folders of the vectors, and how each comes to be: a key of its own, days that are lived, and harm.
var formats = []struct {
	name, about string
	make        func(t *testing.T, dir string)
}{
	{"whole", "five days, nothing damaged", func(t *testing.T, dir string) { daysIn(t, dir, 0, 5) }},
	{"torn", "the end of the last entry is gone, and a day was added", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte {
			n := len(bytes.TrimRight(b, "\x00"))
			clear(b[n-40 : n])
			return b
		})
		daysIn(t, dir, 3, 4)
	}},
	{"damaged", "a bit of entry 2 of the log and a bit of the head of entry 3 of the spool are others", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 5)
		spoil(t, dir, LogTrail, 2)
		at := placeOf(t, dir, SpoolTrail, 3)
		rewrite(t, filepath.Join(dir, spoolDir, "00000001.seg"), func(b []byte) []byte { b[at+60] ^= 4; return b })
	}},
	{"gone", "the log's last file that was used is gone, and the one after it isn't", func(t *testing.T, dir string) {
		twoFiles(t, dir)
		if err := os.Remove(filepath.Join(dir, logDir, "00000002.seg")); err != nil {
			t.Fatal(err)
		}
	}},
	{"cut", "the log's file ends within the zeros", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 2)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return b[:8000] })
	}},
	{"cut-within", "the log's file ends within its last entry, and a day was added", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return b[:len(bytes.TrimRight(b, "\x00"))-40] })
		daysIn(t, dir, 3, 4)
	}},
	{"longer", "the log's file is longer than its head says", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 2)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b, make([]byte, 4096)...) })
	}},
	{"several", "within one break: a bit of entry 3 of the log, a bit of the head of entry 4, and the file ends within entry 5; then a day was added", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 5)
		at, end := placeOf(t, dir, LogTrail, 4), placeOf(t, dir, LogTrail, 5)+80
		spoil(t, dir, LogTrail, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { b[at+60] ^= 4; return b[:end] })
		daysIn(t, dir, 5, 6)
	}},
	{"head", "a bit of the head of the log's second file is another, and its first entry is gone with it", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 2)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b[:len(b)-1], 1) })
		daysIn(t, dir, 2, 5)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b[:len(b)-1], 0) })
		at := placeOf(t, dir, LogTrail, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000002.seg"), func(b []byte) []byte { b[30] ^= 1; b[at+60] ^= 1; return b })
	}},
	{"beginning", "before the spool's oldest file there is one of other bytes", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 2)
		first := filepath.Join(dir, spoolDir, "00000001.seg")
		rewrite(t, first, func(b []byte) []byte { return append(b[:len(b)-1], 1) })
		daysIn(t, dir, 2, 3)
		if err := os.WriteFile(first, bytes.Repeat([]byte{0xff}, 400), 0o600); err != nil { // the file itself went when all in it was done with
			t.Fatal(err)
		}
	}},
	{"lost", "the log's first file is other bytes from entry 2 on, and the second goes on after 3", func(t *testing.T, dir string) {
		twoFiles(t, dir)
		at := placeOf(t, dir, LogTrail, 2)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { copy(b[at:], bytes.Repeat([]byte{0xff}, 400)); return b })
	}},
	{"short", "the log's second file is shorter than a head", func(t *testing.T, dir string) {
		twoFiles(t, dir)
		rewrite(t, filepath.Join(dir, logDir, "00000002.seg"), func(b []byte) []byte { return b[:40] })
	}},
	{"void", "letters of the spool whose log entry never came to be, and two days more", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 3)
		at := placeOf(t, dir, LogTrail, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { clear(b[at:]); return b })
		if err := os.RemoveAll(filepath.Join(dir, indexDir)); err != nil {
			t.Fatal(err)
		}
		daysIn(t, dir, 3, 5)
	}},
	{"twice", "the log's first file is there a second time, under the name of the one that isn't used, and that is the next", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 3)
		first, unused := filepath.Join(dir, logDir, "00000001.seg"), filepath.Join(dir, logDir, "00000002.seg")
		b, err := os.ReadFile(first)
		if err == nil {
			err = errors.Join(os.Rename(unused, filepath.Join(dir, logDir, "00000003.seg")), os.WriteFile(unused, b, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}},
	{"newer", "the log's file is of another version", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 2)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte {
			b[8] = 2
			binary.BigEndian.PutUint32(b[92:], crc32.Checksum(b[:92], crc32.MakeTable(crc32.Castagnoli)))
			return b
		})
	}},
	{otherKey, "two days, read with another key", func(t *testing.T, dir string) { daysIn(t, dir, 0, 2) }},
	{"missing", "the log's first file is gone, and a bit of the head of the spool's is another", func(t *testing.T, dir string) {
		daysIn(t, dir, 0, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b[:len(b)-1], 1) })
		daysIn(t, dir, 3, 5)
		if err := os.Remove(filepath.Join(dir, logDir, "00000001.seg")); err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(dir, spoolDir, "00000001.seg"), func(b []byte) []byte { b[9] ^= 1; return b })
	}},
}

const otherKey = "other-key" // the vector that states a key which isn't the folder's

// twoFiles lives five days, three of them in the log's first file.
func twoFiles(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, logDir, "00000001.seg")
	daysIn(t, dir, 0, 3)
	rewrite(t, path, func(b []byte) []byte { return append(b[:len(b)-1], 1) })
	daysIn(t, dir, 3, 5)
	rewrite(t, path, func(b []byte) []byte { return append(b[:len(b)-1], 0) })
}

func daysIn(t *testing.T, dir string, from, to int) {
	t.Helper()
	db := openWorld(t, dir)
	lived(t, db, from, to)
	shutWorld(t, db)
}

func rewrite(t *testing.T, path string, to func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, to(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func placeOf(t *testing.T, dir string, tr Trail, n uint64) (at int64) {
	t.Helper()
	_, err := segment.Scan(t.Context(), tr.options(dir, worldOptions().Key), n, n, func(e segment.Entry) error { at = e.Offset; return nil })
	if err != nil || at == 0 {
		t.Fatal(at, err)
	}
	return at
}

// formatLines is what the store's own code reads from a folder's trails, as the lines of a vector have it.
func formatLines(t *testing.T, dir string, key [32]byte) (lines []string) {
	t.Helper()
	for _, tr := range []Trail{LogTrail, SpoolTrail} {
		breaks, err := segment.Scan(t.Context(), tr.options(dir, key), 0, 0, func(e segment.Entry) error {
			lines = append(lines, fmt.Sprintf("%s: %d %d %08d.seg %d %x %x", tr.folder(), e.Seq, e.Mark, e.Segment, e.Offset, e.Hash, e.Body))
			return nil
		})
		switch {
		case errors.Is(err, segment.ErrKey):
			lines = append(lines, fmt.Sprintf("refused: %s key", tr.folder()))
		case errors.Is(err, segment.ErrVersion):
			lines = append(lines, fmt.Sprintf("refused: %s version", tr.folder()))
		case err != nil:
			t.Fatal(err)
		}
		for _, b := range breaks {
			first, last := b.Lost()
			lines = append(lines, fmt.Sprintf("break: %s %s %08d.seg %d %d", tr.folder(), b.Kind, b.Segment, first, last))
		}
	}
	return lines
}

// foreignLines is the same by the page alone, with what all of it comes to.
func foreignLines(t *testing.T, dir string, key [32]byte) (trails, story []string) {
	t.Helper()
	var read [2]foreign
	for i, folder := range []string{logDir, spoolDir} {
		r := &read[i]
		*r = foreign{folder: folder, kind: byte(i + 1)}
		if err := r.read(os.DirFS(filepath.Join(dir, folder)).(fs.ReadDirFS), key); err != nil {
			r.entries, r.breaks = nil, []string{fmt.Sprintf("refused: %s %v", folder, err)}
		}
		trails = append(append(trails, r.lines()...), r.breaks...)
	}
	if len(read[0].entries) == 0 || len(read[1].entries) == 0 {
		return trails, nil
	}
	story, err := foreignStory(read[0].entries, read[1].entries)
	if err != nil {
		t.Fatal(err)
	}
	return trails, story
}

// storyLines is what the store answers once it was opened, as the lines of a vector have it. Its own table is left
// out: what was found at this start is there too.
func storyLines(t *testing.T, db *DB) (lines []string) {
	t.Helper()
	es, err := db.Feed(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		mine := 0
		if e.Entry.Mine {
			mine = 1
		}
		lines = append(lines, fmt.Sprintf("event: %d %x %d %d 2 %x", e.Seq, e.Entry.Subject[:], e.Entry.At.UnixMilli(), mine, e.Entry.Note))
	}
	for _, table := range []Table{marks, outbox} {
		rows, err := db.Scan(t.Context(), table, nil, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("row: %s %x %x", r.Table, r.Key, r.Value))
		}
	}
	return lines
}

func writeFormat(t *testing.T, name, about, dir string) {
	t.Helper()
	key := worldOptions().Key
	if name == otherKey {
		key[31] = 1
	}
	var b strings.Builder
	_, story := foreignLines(t, dir, key)
	fmt.Fprintf(&b, "about: %s\nkey: %x\n%s\n", about, key, strings.Join(append(formatLines(t, dir, key), story...), "\n"))
	for _, sub := range []string{logDir, spoolDir} {
		for _, f := range filesIn(t, filepath.Join(dir, sub)) {
			bytesOf, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\nfile: %s/%s %d\n", sub, filepath.Base(f), len(bytesOf))
			for line := range slices.Chunk(bytes.TrimRight(bytesOf, "\x00"), 32) {
				fmt.Fprintf(&b, "%x\n", line)
			}
		}
	}
	if err := errors.Join(os.MkdirAll(formatDir, 0o755), os.WriteFile(filepath.Join(formatDir, name+".txt"), []byte(b.String()), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// readFormat unpacks a vector into a folder and returns its lines but the first.
func readFormat(t *testing.T, name, dir string) (key [32]byte, lines []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(formatDir, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	head, files, _ := strings.Cut(string(b), "\n\nfile: ")
	lines = strings.Split(head, "\n")
	if n, err := hex.Decode(key[:], []byte(strings.TrimPrefix(lines[1], "key: "))); err != nil || n != 32 {
		t.Fatal(n, err)
	}
	for _, f := range strings.Split(files, "\nfile: ") {
		s := bufio.NewScanner(strings.NewReader(f))
		s.Scan()
		var path string
		var size int
		if _, err := fmt.Sscan(s.Text(), &path, &size); err != nil {
			t.Fatal(err)
		}
		var content []byte
		for s.Scan() {
			line, err := hex.DecodeString(strings.TrimSpace(s.Text()))
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, line...)
		}
		content = append(content, make([]byte, size-len(content))...)
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return key, lines[2:]
}

func TestFormatVectorsReadTheSameByThePageAndByTheStore(t *testing.T) {
	for _, f := range formats {
		if *update {
			synctest.Test(t, func(t *testing.T) {
				cryptotest.SetGlobalRandom(t, 1)
				dir := t.TempDir()
				f.make(t, dir)
				writeFormat(t, f.name, f.about, dir)
			})
		}
		dir := t.TempDir()
		key, want := readFormat(t, f.name, dir)
		trails, story := foreignLines(t, dir, key)
		same(t, f.name+" by the store", strings.Join(append(formatLines(t, dir, key), story...), "\n"), strings.Join(want, "\n"))
		same(t, f.name+" by the page", strings.Join(append(trails, story...), "\n"), strings.Join(want, "\n"))
		if story == nil {
			if _, err := Open(t.Context(), dir, keyedOptions(key)); !errors.Is(err, ErrKey) && !errors.Is(err, segment.ErrVersion) {
				t.Errorf("%s is opened: %v", f.name, err)
			}
			continue
		}
		db := openWorld(t, dir)
		others := slices.DeleteFunc(story, func(l string) bool { return strings.HasPrefix(l, "row: store ") })
		same(t, f.name+" once opened", strings.Join(storyLines(t, db), "\n"), strings.Join(others, "\n"))
		lived(t, db, 50, 51) // and it goes on
		shutWorld(t, db)
	}
}

func keyedOptions(key [32]byte) Options {
	o := worldOptions()
	o.Key = key
	return o
}
