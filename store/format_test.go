package store

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
		daysIn(t, dir, 0, 3)
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b[:len(b)-1], 1) })
		daysIn(t, dir, 3, 5)
		if err := os.Remove(filepath.Join(dir, logDir, "00000002.seg")); err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(dir, logDir, "00000001.seg"), func(b []byte) []byte { return append(b[:len(b)-1], 0) })
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

// formatLines is what the store's own code reads from a folder, as the lines of a vector have it.
func formatLines(t *testing.T, dir string) (lines []string) {
	t.Helper()
	for _, tr := range []Trail{LogTrail, SpoolTrail} {
		breaks, err := segment.Scan(t.Context(), tr.options(dir, worldOptions().Key), 0, 0, func(e segment.Entry) error {
			lines = append(lines, fmt.Sprintf("%s: %d %d %08d.seg %d %x %x", tr.folder(), e.Seq, e.Mark, e.Segment, e.Offset, e.Hash, e.Body))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range breaks {
			first, last := b.Lost()
			lines = append(lines, fmt.Sprintf("break: %s %s %08d.seg %d %d", tr.folder(), b.Kind, b.Segment, first, last))
		}
	}
	return lines
}

func writeFormat(t *testing.T, name, about, dir string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "about: %s\nkey: %x\n%s\n", about, worldOptions().Key, strings.Join(formatLines(t, dir), "\n"))
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
			dir := t.TempDir()
			f.make(t, dir)
			writeFormat(t, f.name, f.about, dir)
		}
		dir := t.TempDir()
		key, want := readFormat(t, f.name, dir)
		same(t, f.name+" by the store", strings.Join(formatLines(t, dir), "\n"), strings.Join(want, "\n"))
		var got []string
		for kind, folder := range []string{logDir, spoolDir} {
			r := foreign{folder: folder, kind: byte(kind + 1)}
			if err := r.read(os.DirFS(filepath.Join(dir, folder)).(fs.ReadDirFS), key); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
			got = append(got, r.entries...)
			got = append(got, r.breaks...)
		}
		same(t, f.name+" by the page", strings.Join(got, "\n"), strings.Join(want, "\n"))
		if len(want) < 5 {
			t.Errorf("%s: %d lines: it shows nothing", f.name, len(want))
		}
		db := openWorld(t, dir) // and it opens and goes on
		lived(t, db, 50, 51)
		shutWorld(t, db)
	}
}
