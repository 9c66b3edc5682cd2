package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func entriesComeBack(t *testing.T, s Store) {
	ctx, alice, bakery := t.Context(), actor(t, "alice"), actor(t, "the bakery")
	if es, err := s.Entries(ctx, topic("bread")); es != nil || err != nil {
		t.Fatalf("entries of an empty store: %v, %v; want none", es, err)
	}
	sent := say(t, alice, bakery.Key(), record.Link{N: 1}, "two loaves")
	want := []record.Entry{
		{At: noon, Mine: true, Rec: sent},
		{At: noon.Add(time.Millisecond), Note: []byte("no answer")},
		{At: noon.Add(time.Millisecond + 999*time.Microsecond), Rec: say(t, bakery, record.Key{}, record.Link{}, "open till six")},
	}
	if err := s.Append(ctx, topic("bread"), 0, want); err != nil {
		t.Fatal(err)
	}
	// The same record about a second subject.
	if err := s.Append(ctx, topic("loaves"), 0, want[:1]); err != nil {
		t.Fatal(err)
	}
	checkEntries(t, s, topic("bread"), want)
	checkEntries(t, s, topic("loaves"), want[:1])
}

// checkEntries compares what is kept about a subject, to the byte and the millisecond.
func checkEntries(t *testing.T, s Store, subject record.ID, want []record.Entry) {
	t.Helper()
	got, err := s.Entries(t.Context(), subject)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d entries, %v; want %d", len(got), err, len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Subject != subject || g.At.UnixMilli() != w.At.UnixMilli() || !g.At.Equal(g.At.Truncate(time.Millisecond)) || g.Mine != w.Mine ||
			!bytes.Equal(g.Note, w.Note) || !bytes.Equal(g.Rec.Bytes(), w.Rec.Bytes()) || g.Rec.ID() != w.Rec.ID() {
			t.Errorf("entry %d: %+v, want %+v", i, g, w)
		}
	}
}

func checkCount(t *testing.T, s Store, subject record.ID, want int) {
	t.Helper()
	es, err := s.Entries(context.WithoutCancel(t.Context()), subject)
	if err != nil || len(es) != want {
		t.Errorf("%d entries, %v; want %d", len(es), err, want)
	}
}

func appendConflicts(t *testing.T, s Store) {
	ctx := t.Context()
	if err := s.Append(ctx, topic("bread"), 0, notes(2)); err != nil {
		t.Fatal(err)
	}
	for _, expect := range []int{0, 1, 3} {
		if err := s.Append(ctx, topic("bread"), expect, notes(1)); !errors.Is(err, record.ErrConflict) {
			t.Errorf("expecting %d of 2: %v, want ErrConflict", expect, err)
		}
	}
	checkCount(t, s, topic("bread"), 2)
	if err := s.Append(ctx, topic("bread"), 2, notes(1)); err != nil {
		t.Errorf("expecting 2 of 2: %v", err)
	}
	checkCount(t, s, topic("bread"), 3)
}

func appendAny(t *testing.T, s Store) {
	for range 3 {
		if err := s.Append(t.Context(), topic("bread"), -1, notes(2)); err != nil {
			t.Fatal(err)
		}
	}
	checkCount(t, s, topic("bread"), 6)
}

func callersKeepTheirBytes(t *testing.T, s Store) {
	ctx := t.Context()
	key, value, note := []byte("key"), []byte("value"), []byte("note")
	err := s.Commit(ctx, store.Batch{
		Appends: []store.Append{{Subject: topic("bread"), Entries: []record.Entry{{Note: note}}}},
		Rows:    []store.Row{{Table: "marks", Key: key, Value: value}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{key, value, note} {
		clear(b)
	}
	if v, err := s.Get(ctx, "marks", []byte("key")); err != nil || string(v) != "value" {
		t.Errorf("the row is %q, %v", v, err)
	}
	if es, err := s.Entries(ctx, topic("bread")); err != nil || len(es) != 1 || string(es[0].Note) != "note" {
		t.Errorf("the entries are %v, %v", es, err)
	}
}

func batchAtomic(t *testing.T, s Store) {
	ctx := t.Context()
	if err := s.Append(ctx, topic("old"), 0, notes(1)); err != nil {
		t.Fatal(err)
	}
	err := s.Commit(ctx, store.Batch{
		Appends: []store.Append{
			{Subject: topic("new"), Expect: 0, Entries: notes(3)},
			{Subject: topic("old"), Expect: 0, Entries: notes(1)},
		},
		Rows: []store.Row{{Table: "marks", Key: []byte("k"), Value: []byte("v")}},
	})
	if !errors.Is(err, record.ErrConflict) {
		t.Fatalf("a batch that conflicts in part: %v, want ErrConflict", err)
	}
	err = s.Commit(ctx, store.Batch{Appends: []store.Append{
		{Subject: topic("old"), Expect: 1, Entries: notes(1)},
		{Subject: topic("new"), Expect: 1, Entries: notes(1)},
	}})
	if !errors.Is(err, record.ErrConflict) {
		t.Fatalf("a batch that conflicts at its end: %v, want ErrConflict", err)
	}
	checkCount(t, s, topic("new"), 0)
	checkCount(t, s, topic("old"), 1)
	if _, err := s.Get(ctx, "marks", []byte("k")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("row of a refused batch: %v, want ErrNotFound", err)
	}
	if err := s.Append(ctx, topic("next"), 0, notes(1)); err != nil {
		t.Fatal(err)
	}
	if es, err := s.Feed(ctx, 0, 0); err != nil || len(es) != 2 || es[1].Seq != 2 || es[1].Entry.Subject != topic("next") {
		t.Errorf("feed after a refused batch: %+v, %v; want two events in a row", es, err)
	}
}

func batchSeesItself(t *testing.T, s Store) {
	err := s.Commit(t.Context(), store.Batch{
		Appends: []store.Append{
			{Subject: topic("bread"), Expect: 0, Entries: notes(2)},
			{Subject: topic("bread"), Expect: 2, Entries: notes(1)},
		},
		Rows: []store.Row{
			{Table: "marks", Key: []byte("k"), Value: []byte("first")},
			{Table: "marks", Key: []byte("k"), Value: []byte("second")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkCount(t, s, topic("bread"), 3)
	if v, err := s.Get(t.Context(), "marks", []byte("k")); err != nil || string(v) != "second" {
		t.Errorf("row written twice: %q, %v; want the second", v, err)
	}
}

func concurrentSubjects(t *testing.T, s Store) {
	const writers, each = 64, 4
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := s.Append(t.Context(), topic(fmt.Sprint(w)), i, notes(1)); err != nil {
					t.Errorf("writer %d, append %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	for w := range writers {
		checkCount(t, s, topic(fmt.Sprint(w)), each)
	}
}

func concurrentConflict(t *testing.T, s Store) {
	const writers = 64
	errs := make(chan error, writers)
	for range writers {
		go func() { errs <- s.Append(t.Context(), topic("bread"), 0, notes(1)) }()
	}
	won := 0
	for range writers {
		switch err := <-errs; {
		case err == nil:
			won++
		case !errors.Is(err, record.ErrConflict):
			t.Errorf("loser: %v, want ErrConflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d writers at length 0 succeeded, want 1", won, writers)
	}
	checkCount(t, s, topic("bread"), 1)
}
