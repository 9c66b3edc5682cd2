package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/store/internal/segment"
)

// postLarge puts a letter and ends another, so that a few fill a file of the spool.
func postLarge(t *testing.T, db *DB, n int) {
	t.Helper()
	b := Batch{Rows: []Row{{outbox, fmt.Append(nil, n), make([]byte, 400<<10)}}}
	if n > 0 {
		b.Rows = append(b.Rows, Row{outbox, fmt.Append(nil, n-1), nil})
	}
	if err := db.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// A power cut puts the index back to what was synced, and the spool's files that were done
// with by then are gone: their rows mustn't come back.
func TestLettersOfFilesThatWentDontComeBackWithAnOlderIndex(t *testing.T) {
	dir := t.TempDir()
	db := openWorld(t, dir)
	postLarge(t, db, 0)
	shutWorld(t, db)
	older := copied(t, filepath.Join(dir, indexDir))
	db = openWorld(t, dir)
	for i := range 20 {
		postLarge(t, db, i+1)
	}
	if list := db.spool.files.Segments(); list[0].Number == 1 {
		t.Fatal("no file went: nothing is tested")
	}
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, indexDir), older)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	rows, err := db.Scan(t.Context(), outbox, nil, nil, 0)
	if err != nil || len(rows) != 1 || string(rows[0].Key) != "20" {
		t.Errorf("%d rows, %v; want the last alone", len(rows), err)
	}
}

// One write may fill a file of the spool and begin the next: each row is looked after in its own.
func TestLettersStayWhereTheirWriteBeganANewFile(t *testing.T) {
	o := segment.Options{Dir: filepath.Join(t.TempDir(), spoolDir), Kind: segment.Spool, Size: 3 << 19}
	s := newSpool()
	var err error
	if s.files, _, err = segment.Open(t.Context(), o, func(segment.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var batch []letters
	for i := range 5 {
		batch = append(batch, letters{rows: []kv{{rowKey(outbox, fmt.Append(nil, i)), make([]byte, 400<<10)}}})
	}
	if err := s.append(batch); err != nil {
		t.Fatal(err)
	}
	list := s.files.Segments()
	if len(list) != 2 {
		t.Fatalf("%d files: nothing is tested", len(list))
	}
	var ends []kv
	for _, l := range batch[1:] {
		ends = append(ends, kv{key: l.rows[0].key})
	}
	if err := s.append([]letters{{rows: ends}}); err != nil {
		t.Fatal(err)
	}
	if got := s.files.Segments(); got[0].Number != list[0].Number {
		t.Error("the file that has the first letter went")
	}
	if err := s.files.Close(); err != nil {
		t.Fatal(err)
	}
}
