package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dgraph-io/badger/v4"

	"github.com/bywaynet/byway/store/internal/index"
	"github.com/bywaynet/byway/store/internal/segment"
)

// canary begins every value of these tests: what has it in whatever form has a value.
const canary = "canary-7c1f-"

// forms are the ways in which a text may have been written down.
func forms(s string) [][]byte {
	out := [][]byte{[]byte(s), []byte(strings.ToUpper(s)), []byte(hex.EncodeToString([]byte(s))), []byte(strings.ToUpper(hex.EncodeToString([]byte(s))))}
	for before := range 3 { // where it begins in a group of base64
		b := append(make([]byte, before), s...)
		b = b[:len(b)/3*3]
		from := (before*8 + 5) / 6
		out = append(out, []byte(base64.StdEncoding.EncodeToString(b))[from:], []byte(base64.URLEncoding.EncodeToString(b))[from:])
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		out = append(out, b)
	}
	return out
}

// blob is something that is found on disk, or inside of it by a key.
type blob struct {
	where string
	bytes []byte
}

// haystack is all that there is of a closed store: every file as it is; every entry of log and spool, every
// version of every row of the index and the file of keys, opened by the root's keys.
func haystack(t *testing.T, folder string, storeKey [32]byte) []blob {
	t.Helper()
	var out []blob
	add := func(where string, b ...[]byte) { out = append(out, blob{where, bytes.Join(b, nil)}) }
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		add(path, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]segment.Kind{"log": segment.Log, "spool": segment.Spool} {
		entries := 0
		_, err := segment.Scan(t.Context(), segment.Options{Dir: filepath.Join(folder, name), Kind: kind, Key: storeKey}, 0, 0, func(e segment.Entry) error {
			entries++
			add(name, e.Body)
			return nil
		})
		if err != nil || name == "log" && entries == 0 {
			t.Fatalf("%s: %d entries (%v)", name, entries, err)
		}
	}
	indexed(t, filepath.Join(folder, "index"), storeKey, add)
	keys, err := os.ReadFile(filepath.Join(folder, File))
	if err != nil {
		t.Fatal(err)
	}
	r, err := unseal(root, keys)
	if err != nil {
		t.Fatal(err)
	}
	add("the keys, opened", r.encode())
	return out
}

func indexed(t *testing.T, folder string, key [32]byte, add func(string, ...[]byte)) {
	t.Helper()
	db, err := badger.Open(index.Options(folder, quiet).WithEncryptionKey(key[:]))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{AllVersions: true})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			rows++
			if err := it.Item().Value(func(v []byte) error { add("a row of the index", it.Item().KeyCopy(nil), v); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if shut := db.Close(); err != nil || shut != nil || rows == 0 {
		t.Fatalf("%d rows in the index (%v, %v)", rows, err, shut)
	}
}

// written returns where a value is to be read, in whatever form.
func written(bs []blob) (where []string) {
	for _, b := range bs {
		for _, f := range forms(canary) {
			if bytes.Contains(b.bytes, f) {
				where = append(where, b.where)
				break
			}
		}
	}
	return where
}

// places are where the names of rows lie in blobs: what comes after each.
type places map[[16]byte][][]byte

// locate finds the names in one pass.
func locate(bs []blob, names map[[16]byte]bool) places {
	out := places{}
	for _, b := range bs {
		for at := 0; at+16 <= len(b.bytes); at++ {
			if name := [16]byte(b.bytes[at:]); names[name] {
				out[name] = append(out[name], b.bytes[at+16:])
			}
		}
	}
	return out
}

// opens reports whether f's key opens a row of that name with this value, wherever it lies.
func (p places) opens(category, value string, f field) bool {
	for _, after := range p[f.id] {
		if slices.Contains(f.carve(category, after), value) {
			return true
		}
	}
	return false
}

// carve tries every row that may begin soon after the name of one.
func (f field) carve(category string, after []byte) (values []string) {
	const between, overhead = 16, 1 + 12 + 16
	for from := 0; from < min(between, len(after)); from++ {
		for size := overhead + rowPad; from+size <= len(after) && size <= overhead+4096+rowPad; size += rowPad {
			if v, err := f.open(category, after[from:from+size]); err == nil {
				values = append(values, string(v))
			}
		}
	}
	return values
}
