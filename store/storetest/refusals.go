package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func refusedWrites(t *testing.T, s Store) {
	ctx := t.Context()
	open := say(t, actor(t, "alice"), record.Key{}, record.Link{}, "hello")
	row := func(table store.Table, key, value []byte) store.Batch {
		return store.Batch{
			Appends: []store.Append{{Subject: topic("bread"), Expect: 0, Entries: notes(1)}},
			Rows:    []store.Row{{Table: table, Key: key, Value: value}},
		}
	}
	entry := func(e record.Entry) store.Batch {
		return store.Batch{Appends: []store.Append{{Subject: topic("bread"), Expect: 0, Entries: []record.Entry{note("first"), e}}}}
	}
	k := []byte("k")
	for _, c := range []struct {
		name string
		b    store.Batch
		want error
	}{
		{"no table", row("", k, k), store.ErrInvalid},
		{"table of 25 letters", row(store.Table(strings.Repeat("a", store.MaxTable+1)), k, k), store.ErrInvalid},
		{"table with a capital", row("Marks", k, k), store.ErrInvalid},
		{"table with a digit", row("marks2", k, k), store.ErrInvalid},
		{"no key", row("marks", nil, k), store.ErrInvalid},
		{"key too long", row("marks", make([]byte, store.MaxKey+1), k), store.ErrTooLarge},
		{"value too large", row("marks", k, make([]byte, store.MaxBatch)), store.ErrTooLarge},
		{"too many rows", store.Batch{Rows: manyRows(store.MaxBatch / 128)}, store.ErrTooLarge},
		{"note too large", entry(record.Entry{Note: make([]byte, record.MaxNote+1)}), store.ErrTooLarge},
		{"empty entry", entry(record.Entry{}), store.ErrInvalid},
		{"entry with record and note", entry(record.Entry{Rec: open, Note: k}), store.ErrInvalid},
		{"entry about something else", entry(record.Entry{Subject: topic("cake"), Note: k}), store.ErrInvalid},
		{"no subject", store.Batch{Appends: []store.Append{{Entries: notes(1)}}}, store.ErrInvalid},
		{"expecting -2", store.Batch{Appends: []store.Append{{Subject: topic("bread"), Expect: -2, Entries: notes(1)}}}, store.ErrInvalid},
	} {
		if err := s.Commit(ctx, c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if es, err := s.Feed(ctx, 0, 0); len(es) != 0 || err != nil {
		t.Errorf("%d events after refusals, %v; want none", len(es), err)
	}
	if rows, err := s.Scan(ctx, "marks", nil, nil, 0); len(rows) != 0 || err != nil {
		t.Errorf("%d rows after refusals, %v; want none", len(rows), err)
	}
	if _, err := s.Get(ctx, "Marks", k); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("reading a table with a capital: %v", err)
	}
	if _, err := s.Scan(ctx, "", nil, nil, 0); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("scanning no table: %v", err)
	}
	if _, err := s.Scan(ctx, "marks", make([]byte, store.MaxKey+1), nil, 0); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("scanning an overlong prefix: %v", err)
	}
	largest := bytes.Repeat([]byte("x"), store.MaxBatch-256)
	if err := s.Put(ctx, "marks", k, largest); err != nil {
		t.Fatalf("a value just within bounds: %v", err)
	}
	if v, err := s.Get(ctx, "marks", k); err != nil || !bytes.Equal(v, largest) {
		t.Errorf("a value just within bounds came back as %d bytes, %v", len(v), err)
	}
}

// mostRows writes as many small rows, then as many small entries, as one write may have.
func mostRows(t *testing.T, s Store) {
	ctx := t.Context()
	const fit = store.MaxBatch/140 - 1
	if err := s.Commit(ctx, store.Batch{Rows: manyRows(fit)}); err != nil {
		t.Errorf("%d rows: %v", fit, err)
	}
	n := store.MaxBatch / 800
	if err := s.Append(ctx, topic("bread"), 0, notes(n)); err != nil {
		t.Errorf("%d entries: %v", n, err)
	}
	checkCount(t, s, topic("bread"), n)
	if err := s.Append(ctx, topic("bread"), n, notes(2*n)); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("%d entries: %v, want ErrTooLarge", 2*n, err)
	}
	checkCount(t, s, topic("bread"), n)
}

// manyRows returns n rows with keys of two bytes.
func manyRows(n int) []store.Row {
	rows := make([]store.Row, n)
	for i := range rows {
		rows[i] = store.Row{Table: "marks", Key: []byte{byte(i >> 8), byte(i)}, Value: []byte{}}
	}
	return rows
}

func contextEnded(t *testing.T, s Store) {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, topic("bread"), 0, notes(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v, want Canceled", err)
	}
	err := s.AppendLinked(ctx, alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
		return linked(alice, bakery.Key(), l, "too late")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("linked append: %v, want Canceled", err)
	}
	if _, err := s.Entries(ctx, topic("bread")); !errors.Is(err, context.Canceled) {
		t.Errorf("entries: %v, want Canceled", err)
	}
	if es, err := s.Feed(t.Context(), 0, 0); len(es) != 0 || err != nil {
		t.Errorf("%d events, %v; want none", len(es), err)
	}
}

func sizeGrows(t *testing.T, s Store) {
	ctx := t.Context()
	before, err := s.Size(ctx)
	if err != nil || before.Entries != 0 {
		t.Fatalf("size of an empty store: %+v, %v", before, err)
	}
	if err := s.Append(ctx, topic("bread"), 0, notes(3)); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, "marks", []byte("k"), bytes.Repeat([]byte("x"), 512<<10)); err != nil {
		t.Fatal(err)
	}
	after, err := s.Size(ctx)
	if err != nil || after.Entries != 3 || after.Bytes < before.Bytes+256<<10 {
		t.Errorf("size went from %+v to %+v, %v; want 3 entries and half a MiB more", before, after, err)
	}
}

func closed(t *testing.T, s Store) {
	ctx := t.Context()
	if err := s.Append(ctx, topic("bread"), 0, notes(1)); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := s.Wait(ctx, 1)
		waiting <- err
	}()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	alice := actor(t, "alice").Key()
	_, entries := s.Entries(ctx, topic("bread"))
	_, feed := s.Feed(ctx, 0, 0)
	_, get := s.Get(ctx, "marks", []byte("k"))
	_, scan := s.Scan(ctx, "marks", nil, nil, 0)
	_, head := s.Head(ctx, alice, alice)
	_, subjects := s.Subjects(ctx, saying, 0, 0)
	_, size := s.Size(ctx)
	for name, err := range map[string]error{
		"append": s.Append(ctx, topic("bread"), 1, notes(1)), "put": s.Put(ctx, "marks", []byte("k"), nil),
		"entries": entries, "feed": feed, "get": get, "scan": scan, "head": head, "subjects": subjects, "size": size,
		"a wait that began before": <-waiting,
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s on a closed store: %v, want ErrClosed", name, err)
		}
	}
}
