package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func feedOrder(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 10 {
		if err := s.Append(ctx, topic(fmt.Sprint(i%3)), i/3, notes(1)); err != nil {
			t.Fatal(err)
		}
	}
	var after uint64
	for seen := 0; seen < 10; {
		es, err := s.Feed(ctx, after, 4)
		if err != nil || len(es) == 0 || len(es) > 4 {
			t.Fatalf("page after %d: %d events, %v; want 1 to 4", after, len(es), err)
		}
		for _, e := range es {
			if e.Seq != uint64(seen)+1 || e.Index != seen/3 || e.Entry.Subject != topic(fmt.Sprint(seen%3)) {
				t.Errorf("event %d: %+v", seen, e)
			}
			after, seen = e.Seq, seen+1
		}
	}
	for _, end := range []uint64{10, 11, 1<<64 - 1} {
		if es, err := s.Feed(ctx, end, 4); len(es) != 0 || err != nil {
			t.Errorf("feed after %d: %d events, %v; want none", end, len(es), err)
		}
	}
}

func waitWakes(t *testing.T, s Store) {
	ctx := t.Context()
	const waiters = 8
	type woken struct {
		seq uint64
		err error
	}
	got := make(chan woken, waiters)
	for range waiters {
		go func() {
			seq, err := s.Wait(ctx, 0)
			got <- woken{seq, err}
		}()
	}
	if err := s.Put(ctx, "marks", []byte("k"), []byte("no event")); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, topic("bread"), 0, notes(3)); err != nil {
		t.Fatal(err)
	}
	for range waiters {
		if w := <-got; w.err != nil || w.seq != 3 {
			t.Errorf("woken with %d, %v; want 3", w.seq, w.err)
		}
	}
	if seq, err := s.Wait(ctx, 2); seq != 3 || err != nil {
		t.Errorf("waiting for what happened: %d, %v; want 3", seq, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Wait(ended, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with an ended context: %v", err)
	}
}

// subjectsOfOneType keeps some subjects that begin with a record of one type, among
// others, and returns their ids.
func subjectsOfOneType(t *testing.T, s Store) []record.ID {
	alice, bakery := actor(t, "alice"), actor(t, "the bakery")
	var want []record.ID
	for i := range 7 {
		v := say(t, alice, record.Key{}, record.Link{}, fmt.Sprint(i))
		// A note before, a record of another type after: neither changes what the subject is.
		es := []record.Entry{note("before"), {At: noon, Rec: v}, {At: noon, Rec: pact(t, alice, bakery, record.Link{N: 1}, alice)}}
		if err := s.Append(t.Context(), v.ID(), 0, es[:1+i%3]); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			continue // a note alone is no record: the subject has no type yet
		}
		want = append(want, v.ID())
	}
	return want
}

func subjectsPaged(t *testing.T, s Store) {
	ctx, want := t.Context(), subjectsOfOneType(t, s)
	var after uint64
	for i := 0; i < len(want); {
		es, err := s.Subjects(ctx, saying, after, 3)
		if err != nil || len(es) == 0 || len(es) > 3 {
			t.Fatalf("page after %d: %d subjects, %v; want 1 to 3", after, len(es), err)
		}
		for _, e := range es {
			if e.Entry.Rec.ID() != want[i] || e.Entry.Subject != want[i] || e.Index != 1 || e.Seq <= after {
				t.Errorf("subject %d: %+v", i, e)
			}
			after, i = e.Seq, i+1
		}
	}
	for _, typ := range []record.Type{saying, deal, "storetest", "", "storetest.saying.more"} {
		if es, err := s.Subjects(ctx, typ, after, 3); len(es) != 0 || err != nil {
			t.Errorf("subjects of type %q after the last: %d, %v; want none", typ, len(es), err)
		}
	}
}

func rows(t *testing.T, s Store) {
	ctx := t.Context()
	k := []byte("key")
	if _, err := s.Get(ctx, "marks", k); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("row of an empty table: %v, want ErrNotFound", err)
	}
	for _, v := range [][]byte{[]byte("one"), []byte("two"), {}, nil} {
		if err := s.Put(ctx, "marks", k, v); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(ctx, "marks", k)
		if err != nil || string(got) != string(v) {
			t.Errorf("got %q, %v; want %q", got, err, v)
		}
	}
	if _, err := s.Get(ctx, "mark", []byte("skey")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the row of another table: %v, want ErrNotFound", err)
	}
	for range 2 {
		if err := s.Delete(ctx, "marks", k); err != nil {
			t.Errorf("delete: %v", err)
		}
		if _, err := s.Get(ctx, "marks", k); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a deleted row: %v, want ErrNotFound", err)
		}
	}
}

func scanPaged(t *testing.T, s Store) {
	ctx := t.Context()
	b := store.Batch{Rows: []store.Row{{Table: "other", Key: []byte("a1"), Value: []byte("x")}, {Table: "mark", Key: []byte("sa"), Value: []byte("x")}}}
	for _, k := range []string{"a", "a\x00", "a\xff", "a1", "a2", "b", "\xff\xff"} {
		b.Rows = append(b.Rows, store.Row{Table: "marks", Key: []byte(k), Value: []byte("v" + k)})
	}
	if err := s.Commit(ctx, b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prefix, after string
		want          []string
	}{
		{"", "", []string{"a", "a\x00", "a1", "a2", "a\xff", "b", "\xff\xff"}},
		{"a", "", []string{"a", "a\x00", "a1", "a2", "a\xff"}},
		{"a", "a1", []string{"a2", "a\xff"}},
		{"a", "0", []string{"a", "a\x00", "a1", "a2", "a\xff"}},
		{"a", "b", nil},
		{"\xff", "", []string{"\xff\xff"}},
		{"c", "", nil},
	} {
		var got []string
		var after []byte
		if c.after != "" {
			after = []byte(c.after)
		}
		for {
			page, err := s.Scan(ctx, "marks", []byte(c.prefix), after, 2)
			if err != nil || len(page) > 2 {
				t.Fatalf("page of %d, %v", len(page), err)
			}
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				if r.Table != "marks" || string(r.Value) != "v"+string(r.Key) {
					t.Errorf("row %+v", r)
				}
				got, after = append(got, string(r.Key)), r.Key
			}
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("scan of %q after %q: %q, want %q", c.prefix, c.after, got, c.want)
		}
	}
}
