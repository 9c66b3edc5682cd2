package segment

import (
	"bytes"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// What anything at all in a file can do: be told, cost what it touches, and no more.
func FuzzFile(f *testing.F) {
	fs := disk.NewSim()
	files, _, err := Open(f.Context(), options(fs), func(Entry) error { return nil })
	if err != nil {
		f.Fatal(err)
	}
	if err := add(files, 6, 2); err != nil {
		f.Fatal(err)
	}
	if err := files.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := load(fs, "/log/"+name(1))
	if err != nil {
		f.Fatal(err)
	}
	whole = bytes.TrimRight(whole, "\x00")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append(bytes.Clone(whole), 1))
	sealer, err := NewSealer(key, Log)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := scan{sealer: sealer, begun: true, known: true}
		s.each = func(e Entry) error {
			if e.Seq > 6 || string(e.Body) != string(body(e.Seq)) {
				t.Fatalf("entry %d was made up", e.Seq)
			}
			return nil
		}
		if next, err := s.file(1, b); err == nil && next > int64(len(b)) {
			t.Fatalf("goes on at byte %d of %d", next, len(b))
		}
	})
}

func FuzzEntryHead(f *testing.F) {
	e := entry{Place: Place{1, 2}, length: 3, sum: 4}
	f.Add(e.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok := decodeEntry(b); ok && !bytes.Equal(e.append(nil), b[:entryHead]) {
			t.Fatal("two forms of one head")
		}
	})
}

func FuzzFileHead(f *testing.F) {
	f.Add(head{kind: Log, number: 1, size: 2, first: 3, mark: 4}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		h, v, ok := decodeHead(b)
		if ok && v == version && !bytes.Equal(h.encode(), b[:fileHead]) && isZero(b[10:12]) && isZero(b[72:92]) {
			t.Fatal("two forms of one head")
		}
	})
}
