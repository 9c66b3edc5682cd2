package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/bywaynet/byway/protocol/record"
)

// said is what follows from the trails of all rows.
func said(r reader, c classes) (map[string]string, error) {
	out := map[string]string{}
	err := r.scan(nil, nil, func(k, v []byte) (bool, error) {
		switch k[0] {
		case kindVersion, kindPos, kindMarker, kindAhead:
		case kindRow:
			if c.of(k) != classCache {
				out[string(k)] = string(v)
			}
		default:
			out[string(k)] = string(v)
		}
		return true, nil
	})
	return out, err
}

// replayed are the rows that an index would have that was made from the trails now.
func replayed(t *testing.T, db *DB) map[string]string {
	t.Helper()
	o := &opening{db: &DB{dir: db.dir, options: db.options, spool: newSpool(), classes: db.classes}}
	err := o.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.db.closeFiles(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := said(o.db.rows, db.classes)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// commitSome hands a store a few writes at once, of which some are refused.
func commitSome(t *testing.T, db *DB, w talk, rnd *rand.Rand) (refused int) {
	t.Helper()
	appends := rapid.Custom(w.write)
	results := make(chan error)
	n := 1 + rnd.IntN(8)
	for range n {
		b := Batch{Appends: appends.Example(rnd.Int())}
		if rnd.IntN(6) == 0 {
			b.Appends = nil
		}
		for _, table := range []Table{marks, outbox, seen} {
			if row := (Row{table, []byte{byte(rnd.IntN(3))}, nil}); rnd.IntN(2) == 0 {
				if rnd.IntN(3) > 0 {
					row.Value = fmt.Append(nil, rnd.IntN(9))
				}
				b.Rows = append(b.Rows, row)
			}
		}
		go func() { results <- db.Commit(t.Context(), b) }()
	}
	for range n {
		if err := <-results; errors.Is(err, record.ErrConflict) {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	return refused
}

// The trails alone lead to every row that those who wrote them were decided to have, to the byte.
func TestReplayHasTheRowsThatWritesHad(t *testing.T) {
	w := newTalk(t, 60)
	db := openWorld(t, t.TempDir())
	defer shutWorld(t, db)
	db.funnel.known.most = 2
	rnd := rand.New(rand.NewPCG(1, 2))
	refused, kinds := 0, map[byte]bool{}
	for range 40 {
		refused += commitSome(t, db, w, rnd)
		var live map[string]string
		err := db.view(t.Context(), func(r reader) (err error) {
			live, err = said(r, db.classes)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again := replayed(t, db)
		for k := range live {
			if kinds[k[0]] = true; live[k] != again[k] {
				t.Errorf("%q is %x, and %x out of the trails", k, live[k], again[k])
			}
		}
		if !maps.Equal(live, again) {
			t.Fatalf("%d rows, and %d out of the trails", len(live), len(again))
		}
	}
	if faults, _, err := db.Faults(t.Context(), record.Key{}, record.Key{}, nil, 0); err != nil || len(faults) == 0 || refused == 0 || len(kinds) != 7 {
		t.Errorf("%d faults, %d refused, rows of %d kinds, %v: too little is tested", len(faults), refused, len(kinds), err)
	}
}
