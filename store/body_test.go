package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// bodies are one of each kind, as the log and the spool hold them.
func bodies(t testing.TB) (logged, spooled [][]byte) {
	t.Helper()
	at := time.UnixMilli(1_700_000_000_000)
	r, err := prepare(Batch{
		Appends: []Append{
			{Subject: topic(1), Entries: []record.Entry{{At: at, Mine: true, Note: []byte("bread")}, {Note: []byte("rolls")}}},
			{Subject: topic(2)},
			{Subject: topic(3), Entries: []record.Entry{{At: at, Rec: saying(t)}}},
		},
		Rows: []Row{{marks, []byte("k"), []byte("v")}, {marks, []byte{0}, []byte{}}, {marks, []byte("gone"), nil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	one := &request{appends: []prepared{{subject: topic(1), entries: r.appends[0].entries[:1]}}}
	rows := []kv{{rowKey(outbox, []byte("k")), []byte("letter")}, {rowKey(outbox, []byte("l")), nil}}
	logged = [][]byte{
		r.appendBody([]byte{bodyWrite}, r.rows),
		(&request{}).appendBody([]byte{bodyWrite}, nil),
		one.appendBody(binary.BigEndian.AppendUint64([]byte{bodyCopy}, 7), nil),
	}
	return logged, [][]byte{letters{with: 3, rows: rows}.encode(), letters{}.encode(), letters{void: 9}.encode()}
}

func saying(t testing.TB) record.Verified {
	t.Helper()
	alice, err := record.NewSigner([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	st, err := record.New(record.Draft{Type: "test.saying", Signers: []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}}, Payload: []byte("ten")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, alice)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// encodedAgain is the body that a decoded write has, in its one form.
func encodedAgain(r *request, event uint64) []byte {
	b := []byte{bodyWrite}
	if event > 0 {
		b = binary.BigEndian.AppendUint64([]byte{bodyCopy}, event)
	}
	return r.appendBody(b, r.rows)
}

func TestBodiesComeBackAsTheyWere(t *testing.T) {
	logged, spooled := bodies(t)
	for i, b := range logged {
		r, event, err := decodeBody(b)
		if err != nil || !bytes.Equal(encodedAgain(r, event), b) {
			t.Errorf("log body %d: %v", i, err)
		}
	}
	for i, b := range spooled {
		l, err := decodeLetters(b)
		if err != nil || !bytes.Equal(l.encode(), b) {
			t.Errorf("spool body %d: %v", i, err)
		}
	}
	r, _, err := decodeBody(logged[0])
	if err != nil || len(r.appends) != 2 || len(r.rows) != 3 || r.rows[1].value == nil || r.rows[2].value != nil {
		t.Errorf("the write came back as %+v, %v", r, err)
	}
}

func TestBodiesInAnotherFormAreRefused(t *testing.T) {
	logged, spooled := bodies(t)
	write, copied := logged[0], logged[2]
	changed := func(b []byte, at int, v byte) []byte {
		b = slices.Clone(b)
		b[at] = v
		return b
	}
	row := bytes.Index(write, rowKey(marks, []byte("k")))
	const entry = 1 + 2 + 32 + 4 // where the first one begins
	for name, b := range map[string][]byte{
		"nothing":                 {},
		"another kind":            changed(write, 0, 9),
		"a spool's":               spooled[0],
		"bytes after it":          append(slices.Clone(write), 0),
		"more appends than there": changed(write, 2, 200),
		"an append of nothing":    append([]byte{bodyWrite, 0, 1}, make([]byte, 32+4+4)...),
		"mine 2":                  changed(write, entry+8, 2),
		"form 3":                  changed(write, entry+9, 3),
		"a note as a record":      changed(write, entry+9, formRecord),
		"a length beyond":         changed(write, entry+10, 0xff),
		"a key of the feed":       changed(write, row, kindFeed),
		"a table without a name":  changed(write, row+1, 0),
		"a table beyond its key":  changed(write, row+1, 200),
		"a key of a table alone":  changed(write, row+1, byte(len(marks)+1)),
		"deleted 2":               changed(write, row+2+len(marks)+1, 2),
		"a copy of event 0":       changed(copied, 8, 0),
		"a copy of two entries":   append(slices.Clone(copied[:9]), write[1:]...),
	} {
		if r, _, err := decodeBody(b); !errors.Is(err, ErrCorrupt) || r != nil {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": {}, "a log's": write, "void of nothing": changed(spooled[2], 8, 0), "more after it": append(slices.Clone(spooled[2]), 1),
		"rows without their number": spooled[1][:9],
	} {
		if _, err := decodeLetters(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("spool, %s: %v, want ErrCorrupt", name, err)
		}
	}
	for n := range write {
		if _, _, err := decodeBody(write[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// An append without entries weighs nothing, so any number of them passes the bounds.
func TestWriteOfVeryManyEmptyAppendsCanBeReadAgain(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	b := Batch{Appends: make([]Append, 1<<16+1)}
	for i := range b.Appends {
		b.Appends[i] = Append{Subject: topic(1), Expect: 0}
	}
	b.Appends[len(b.Appends)-1].Entries = note(strings.Repeat("bread ", 9))
	if err := db.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	shutWorld(t, db)
	rebuilt(t, dir)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	if es, err := db.Entries(t.Context(), topic(1)); err != nil || len(es) != 1 {
		t.Errorf("%d entries, %v; want 1", len(es), err)
	}
}

func FuzzLogBody(f *testing.F) {
	logged, _ := bodies(f)
	for _, b := range logged {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, event, err := decodeBody(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) || r != nil {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if !bytes.Equal(encodedAgain(r, event), b) {
			t.Fatal("two forms of one write")
		}
		for _, row := range r.rows {
			classes(nil).of(row.key)
		}
	})
}

func FuzzSpoolBody(f *testing.F) {
	_, spooled := bodies(f)
	for _, b := range spooled {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decodeLetters(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if !bytes.Equal(l.encode(), b) {
			t.Fatal("two forms of one entry")
		}
	})
}
