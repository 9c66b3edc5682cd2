package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

func TestKeysAreLaidOutAsTheTableSays(t *testing.T) {
	id, me, them := record.ID(bytes.Repeat([]byte{0xaa}, 32)), record.Key(bytes.Repeat([]byte{0xbb}, 32)), record.Key(bytes.Repeat([]byte{0xcc}, 32))
	aa, bb, cc := strings.Repeat("aa", 32), strings.Repeat("bb", 32), strings.Repeat("cc", 32)
	for _, c := range []struct {
		name, want string
		got        []byte
	}{
		{"version", "76", versionKey()},
		{"subject", "73" + aa, subjectKey(id)},
		{"subject's value", "0000010201", subject{n: 258, record: true}.encode()},
		{"entry", "65" + aa + "00000102", entryKey(id, 258)},
		{"feed", "66" + "0000000000000102", feedKey(258)},
		{"type", "74" + "02" + "612e" + "0000000000000102", typeKey("a.", 258)},
		{"place", aa + "00000102", place{id, 258}.encode()},
		{"head", "68" + bb + cc, headKey(me, them)},
		{"head's value", "0000000000000102" + aa + "0000000000000003" + bb,
			chain{Head: Head{N: 258, Sent: id, Held: record.ID(me)}, heldN: 3}.encode()},
		{"head's value with holes", "0000000000000102" + aa + "0000000000000003" + bb + "0000" + "0101" + "0000000000000001" + "0000000000000002" + "0000000000000009" + "00",
			chain{Head: Head{N: 258, Sent: id, Held: record.ID(me)}, heldN: 3, sides: [2]holes{Held: {gaps: []Range{{1, 2}}, ends: []uint64{9}}}}.encode()},
		{"head's value with a doubt", "0000000000000102" + aa + "0000000000000003" + bb + "0000" + "0000" + "01",
			chain{Head: Head{N: 258, Sent: id, Held: record.ID(me)}, heldN: 3, doubted: true}.encode()},
		{"place in a chain", "63" + bb + cc + "01" + "0000000000000102", spotKey(pairKey{me, them}, Held, 258)},
		{"where what was sent stands", "63" + bb + cc + "02" + aa, sentIDKey(pairKey{me, them}, id)},
		{"place's value", aa + bb + cc + "00000102", spot{id, record.ID(me), place{record.ID(them), 258}}.encode()},
		{"epoch", "78" + "05" + "73746f7265" + "65706f6368", epochKey()},
		{"fault", "78" + "05" + "73746f7265" + "636861696e00" + bb + cc + "01" + "02" + "ff", faultKey(pairKey{me, them}, Held, Rewrite, []byte{0xff})},
		{"fault's value", "0000000000000102" + aa + "00000001" + bb + "00000002", faultValue(258, place{id, 1}, place{record.ID(me), 2})},
		{"row", "78" + "02" + "612d" + "00ff", rowKey("a-", []byte{0, 0xff})},
		{"note's value", "0000000000000102" + "01" + "02" + "6869",
			encodeEntry(record.Entry{At: time.UnixMilli(258), Mine: true, Note: []byte("hi")})},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDamagedValuesAreRefused(t *testing.T) {
	for name, err := range map[string]error{
		"subject cut":       second(decodeSubject([]byte{0, 0, 0, 1})),
		"subject's flag":    second(decodeSubject([]byte{0, 0, 0, 1, 2})),
		"place cut":         second(decodePlace(make([]byte, placeSize-1))),
		"head cut":          second(decodeChain(make([]byte, headSize-1))),
		"head's holes cut":  second(decodeChain(append(make([]byte, headSize), 1))),
		"head's gap cut":    second(decodeChain(append(make([]byte, headSize), 0, 0, 1, 0, 9))),
		"head and more":     second(decodeChain(append(make([]byte, headSize), 0, 0, 0, 0, 1, 9))),
		"head's doubt":      second(decodeChain(append(make([]byte, headSize), 0, 0, 0, 0, 9))),
		"head's empty tail": second(decodeChain(append(make([]byte, headSize), 0, 0, 0, 0, 0))),
		"head's many gaps":  second(decodeChain(append(make([]byte, headSize), make([]byte, 4096)...))),
		"chain's place cut": second(decodeSpot(make([]byte, spotSize-1))),
		"epoch cut":         second(readEpoch(func([]byte) ([]byte, error) { return []byte{1}, nil })),
		"entry cut":         entryErr(make([]byte, entryFixed-1)),
		"entry's form":      entryErr(append(make([]byte, 9), 3)),
		"entry's mine":      entryErr(append(make([]byte, 8), 2, formNote)),
		"entry's short sum": entryErr(append(make([]byte, 9), formRecord, 1, 2)),
	} {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func entryErr(b []byte) error {
	_, err := decodeEntry(record.ID{}, b)
	return err
}

func FuzzStoredValues(f *testing.F) {
	f.Add(subject{n: 3, record: true}.encode())
	f.Add(place{index: 7}.encode())
	f.Add(chain{heldN: 9}.encode())
	f.Add(encodeEntry(record.Entry{At: time.UnixMilli(1), Note: []byte("hi")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := decodeSubject(b); err == nil && b != nil && !bytes.Equal(s.encode(), b) {
			t.Errorf("subject %x encodes as %x", b, s.encode())
		}
		if p, err := decodePlace(b); err == nil && !bytes.Equal(p.encode(), b) {
			t.Errorf("place %x encodes as %x", b, p.encode())
		}
		if c, err := decodeChain(b); err == nil && b != nil && !bytes.Equal(c.encode(), b) {
			t.Errorf("head %x encodes as %x", b, c.encode())
		}
		if e, err := decodeEntry(record.ID{}, b); err == nil && !bytes.Equal(encodeEntry(e), b) {
			t.Errorf("entry %x encodes as %x", b, encodeEntry(e))
		}
	})
}
