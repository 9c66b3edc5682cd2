package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
)

// worstChain misses as much as is remembered, on both sides.
func worstChain() chain {
	c := chain{Head: Head{N: record.Place(maxEnds+1, 9)}, heldN: record.Place(maxEnds+1, 9)}
	for i := range uint32(maxGaps) {
		for side := range c.sides {
			h := &c.sides[side]
			h.gaps, h.ends = append(h.gaps, Range{record.Place(i, 1), record.Place(i, 5)}), append(h.ends, record.Place(i, 9))
		}
	}
	return c
}

// worstSaying changes as many rows as an entry can, for its size: it is the first about its subject, it
// contradicts those before and after it, and names one that nobody knows.
func worstSaying(t *testing.T, by, to record.Signer, b *batch, rows *table) record.Entry {
	t.Helper()
	l := record.Link{N: record.Place(maxEnds+1, 5), Sent: record.SumID([]byte("other")), Held: record.SumID([]byte("unknown"))}
	p := pairKey{to.Key(), by.Key()}
	b.known.chains.set(p, worstChain())
	rows.set(string(spotKey(p, Held, l.N-1)), spot{}.encode())
	rows.set(string(spotKey(p, Held, l.N+1)), spot{}.encode())
	return drafted(t, by, record.Draft{Type: record.Type(strings.Repeat("a", record.MaxType)), Recipient: to.Key(), Link: l})
}

// Whatever writes bring, a layer of them goes into the index in one transaction.
func TestNoLayerIsTooLargeForATransaction(t *testing.T) {
	to, err := record.NewSigner([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	worst := map[string]func(*testing.T, *batch, *table) *request{
		"records that change as much as one can": func(t *testing.T, b *batch, rows *table) *request {
			by, err := record.NewSigner([32]byte{2, byte(n), byte(n >> 8)})
			if err != nil {
				t.Fatal(err)
			}
			r, err := prepare(Batch{Appends: []Append{{Subject: topic(n), Entries: []record.Entry{worstSaying(t, by, to, b, rows)}}}})
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
		"faults of chains, out of the log": func(_ *testing.T, b *batch, _ *table) *request {
			p := pairKey{to.Key(), record.Key(record.SumID(fmt.Append(nil, n)))}
			b.known.chains.set(p, worstChain())
			r := &request{rows: []kv{{unknownKey(p, record.SumID([]byte("x"))), make([]byte, faultSize)}}}
			r.weight = r.cost()
			return r
		},
	}
	for what, one := range worst {
		e, err := openEngine(t.TempDir(), [32]byte{1}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		o, rows, k := newOverlay(e.db), &table{values: map[string][]byte{}}, &known{}
		for _, most := range []int{layerBytes - 1, MaxBatch} { // a layer that isn't full, and the largest flight
			b := newBatch(k, rows, rows, uint64(n))
			for weight := 0; ; n++ {
				r := one(t, b, rows)
				if weight += r.weight; weight > most {
					break
				}
				if err := b.decide(r); err != nil {
					t.Fatal(err)
				}
			}
			o.publish(b.change, position{seq: uint64(n)}, position{})
		}
		for l := o.oldest(); l != nil; l = o.oldest() {
			if err := e.apply(l); err != nil {
				t.Fatalf("%s: a layer of %d bytes: %v", what, l.bytes, err)
			}
			o.indexed(e.db)
		}
		o.close()
		if err := e.close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What a power cut brings back into the index is taken out again, however much it is.
func TestManyLettersOfFilesThatWentDontComeBack(t *testing.T) {
	const letters, share = 8000, 1600
	dir := t.TempDir()
	db := openWorld(t, dir)
	each := func(value []byte) {
		for from := 0; from < letters; from += share {
			var b Batch
			for i := range share {
				b.Rows = append(b.Rows, Row{outbox, fmt.Appendf(nil, "%0500d", from+i), value})
			}
			if err := db.Commit(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	each([]byte{})
	shutWorld(t, db)
	older := copied(t, filepath.Join(dir, indexDir))
	db = openWorld(t, dir)
	each(nil)
	for i := range 5 {
		postLarge(t, db, i)
	}
	if list := db.spool.files.Segments(); list[0].Number == 1 {
		t.Fatal("no file went: nothing is tested")
	}
	shutWorld(t, db)
	replaced(t, filepath.Join(dir, indexDir), older)
	db = openWorld(t, dir)
	defer shutWorld(t, db)
	rows, err := db.Scan(t.Context(), outbox, nil, nil, 0)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v; want the last letter alone", len(rows), err)
	}
}
