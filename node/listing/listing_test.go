package listing

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// plain returns v with its times in one form.
func plain(v agreement.View) agreement.View {
	for _, t := range []*time.Time{&v.Began, &v.Since, &v.Body.AnswerBy, &v.Body.ValidFrom, &v.Body.ValidUntil} {
		if !t.IsZero() {
			*t = t.UTC()
		}
	}
	return v
}

func TestLineSaysAtAnyTimeWhatTheThreadSays(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	words := map[string]bool{}
	for _, s := range w.sides() {
		for i, a := range w.held(s) {
			for _, around := range append(cuts(a.View(epoch).Body), epoch) {
				for _, d := range []time.Duration{-time.Millisecond, -1, 0, 1, time.Millisecond} {
					w.clock = around.Add(d)
					got := w.page(s.listing, Query{After: uint64(i)}, 1)
					want := a.View(w.clock)
					if len(got) != 1 || !reflect.DeepEqual(plain(got[0].View), plain(want)) {
						t.Fatalf("at %s: got %+v, want %+v", w.clock, got, want)
					}
					words[want.Words] = true
				}
			}
		}
	}
	if len(words) < 9 {
		t.Errorf("only %d kinds of threads: %v", len(words), words)
	}
}

func TestLineNamesTheRecordAgreed(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	agreed := 0
	for i, l := range w.page(w.alice.listing, Query{}, 100) {
		a := w.held(w.alice)[i]
		rec, ok := a.Agreed()
		if ok {
			agreed++
		}
		if ok != (l.Sum != [32]byte{}) || ok && l.Sum != rec.Record().Sum() {
			t.Errorf("%s: sum %x", a.ID().Short(), l.Sum)
		}
		if alternative := !l.View.Body.Answers.IsZero(); alternative != (l.Proffered == "SD-BASE") {
			t.Errorf("%s: proffered %q at first", a.ID().Short(), l.Proffered)
		}
	}
	if agreed == 0 {
		t.Error("nothing was agreed")
	}
}

func TestPagesHaveEachThreadOnceInEitherOrder(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	queries := []Query{{}, {With: recordtest.Key("bakery")}, {With: recordtest.Key("mill")}, {With: recordtest.Key("nobody")}}
	for _, s := range everyState {
		queries = append(queries, Query{State: &s}, Query{State: &s, With: recordtest.Key("mill")})
	}
	held := w.held(w.alice)
	for _, q := range queries {
		var want []record.ID
		for _, a := range held {
			if (q.State == nil || a.State() == *q.State) && (q.With.IsZero() || a.Second() == q.With) {
				want = append(want, a.ID())
			}
		}
		for _, newest := range []bool{false, true} {
			if q.Newest = newest; newest {
				slices.Reverse(want)
			}
			for _, size := range []int{1, 3, len(held), 100} {
				if got := w.walk(w.alice.listing, q, size); !slices.Equal(got, want) {
					t.Errorf("%+v, %d at a time: %d lines, want %d", q, size, len(got), len(want))
				}
			}
		}
	}
}

// walk reads page after page.
func (w *world) walk(l *Listing, q Query, size int) (out []record.ID) {
	w.t.Helper()
	for {
		lines := w.page(l, q, size)
		for _, line := range lines {
			out, q.After = append(out, line.View.ID), line.Place
		}
		if len(lines) < size {
			return out
		}
	}
}

func TestReaderIsNeverBehindAWrite(t *testing.T) {
	w := newWorld(t)
	complete, ended := agreement.Complete, agreement.Ended
	for i := range 5 {
		id := w.proffer("bakery", accept, nil)
		if got := w.page(w.alice.listing, Query{State: &complete, Newest: true}, 1); len(got) != 1 || got[0].View.ID != id || got[0].Place != uint64(i+1) {
			t.Fatalf("after a proffer: %+v", got)
		}
		w.end(w.alice, id)
		if got := w.page(w.alice.listing, Query{State: &complete}, 10); len(got) != 0 {
			t.Fatalf("ended, and still listed as complete: %+v", got)
		}
		if got := w.page(w.alice.listing, Query{State: &ended}, 10); len(got) != i+1 {
			t.Fatalf("%d are listed as ended, want %d", len(got), i+1)
		}
	}
}

func TestEveryBeginningOfAnIDFindsIt(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	for _, a := range w.held(w.alice) {
		text := strings.TrimPrefix(a.ID().String(), idHead)
		for n := range len(text) + 1 {
			got, err := w.alice.listing.Find(t.Context(), text[:n], 100)
			if err != nil || !slices.Contains(got, a.ID()) {
				t.Fatalf("%q finds %v (%v), not %s", text[:n], got, err, a.ID())
			}
			for _, id := range got {
				if !strings.HasPrefix(id.String(), idHead+text[:n]) {
					t.Errorf("%q finds %s", text[:n], id)
				}
			}
		}
	}
}

func TestLettersOfNoIDFindNothing(t *testing.T) {
	w := newWorld(t)
	id := w.proffer("bakery", accept, nil)
	text := strings.TrimPrefix(id.String(), idHead)
	for _, letters := range []string{"zzzz", "0000", "ABCD", "a b c", "äöü!", "\x00\x00\x00\x00", text + "a", strings.Repeat("a", 500), strings.ToUpper(text)} {
		if got, err := w.alice.listing.Find(t.Context(), letters, 10); err != nil || len(got) != 0 {
			t.Errorf("%q finds %v (%v)", letters, got, err)
		}
	}
}

func TestDroppedLinesAreMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	want := w.walk(w.alice.listing, Query{}, 100)
	for name, spoil := range map[string][]store.Row{
		"no cursor":      {{Table: Table, Key: cursorKey()}},
		"another layout": {{Table: Table, Key: cursorKey(), Value: append([]byte{layout + 1}, make([]byte, 56)...)}},
		"another feed":   {cursor{seq: 3, threads: 1, subject: record.SumID([]byte("another"))}.row()},
		"a longer feed":  {cursor{seq: 1 << 40, threads: 1 << 40}.row()},
		"a stray line":   {{Table: Table, Key: cursorKey()}, {Table: Table, Key: lineKey(999), Value: []byte("nonsense")}},
	} {
		if err := w.alice.store.Commit(t.Context(), store.Batch{Rows: spoil}); err != nil {
			t.Fatal(err)
		}
		if got := w.walk(New(Config{Store: w.alice.store}), Query{}, 7); !slices.Equal(got, want) {
			t.Errorf("%s: %d lines, want %d", name, len(got), len(want))
		}
		complete := agreement.Complete
		again := w.walk(New(Config{Store: w.alice.store}), Query{State: &complete}, 100)
		if before := w.walk(w.alice.listing, Query{State: &complete}, 100); !slices.Equal(again, before) {
			t.Errorf("%s: %d complete, want %d", name, len(again), len(before))
		}
	}
}

func TestRestartGoesOnFromTheCursor(t *testing.T) {
	w := newWorld(t)
	w.proffer("bakery", accept, nil)
	w.page(w.alice.listing, Query{}, 1)
	w.proffer("mill", accept, nil)
	s := &counted{Memory: w.alice.store}
	if got := w.page(New(Config{Store: s}), Query{}, 10); len(got) != 2 || got[1].Place != 2 {
		t.Fatalf("after a restart: %+v", got)
	}
	if s.entries == 0 || s.entries > 2 { // proffered and agreed, in one batch: one thread
		t.Errorf("%d threads were read, want the one that is new", s.entries)
	}
}

type counted struct {
	*store.Memory
	entries int
}

func (c *counted) Entries(ctx context.Context, id record.ID) ([]record.Entry, error) {
	c.entries++
	return c.Memory.Entries(ctx, id)
}

// busy is a store in which somebody writes whenever it is read.
type busy struct {
	*store.Memory
	reads int
}

func (b *busy) Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error) {
	if b.reads++; b.reads > 100 {
		return nil, errors.New("the reader doesn't come to an end")
	}
	note := []record.Entry{{At: epoch, Note: []byte("busy")}}
	if err := b.Append(ctx, record.SumID([]byte("something")), -1, note); err != nil {
		return nil, err
	}
	return b.Memory.Feed(ctx, after, limit)
}

func TestReaderDoesntWaitForWhatIsWrittenMeanwhile(t *testing.T) {
	w := newWorld(t)
	id := w.proffer("bakery", accept, nil)
	got := w.page(New(Config{Store: &busy{Memory: w.alice.store}}), Query{}, 5)
	if len(got) != 1 || got[0].View.ID != id {
		t.Errorf("got %+v, want what was there", got)
	}
}

// broken is a store that refuses writes, or has a damaged entry.
type broken struct {
	*store.Memory
	refuse  error
	damaged uint64
}

func (b *broken) Commit(ctx context.Context, batch store.Batch) error {
	if b.refuse != nil {
		return b.refuse
	}
	return b.Memory.Commit(ctx, batch)
}

func (b *broken) Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error) {
	es, err := b.Memory.Feed(ctx, after, limit)
	for _, e := range es {
		if e.Seq == b.damaged {
			return nil, store.ErrCorrupt
		}
	}
	return es, err
}

func TestStoreThatRefusesWritesIsListedWhole(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	b := &broken{Memory: w.alice.store}
	l := New(Config{Store: b})
	w.page(l, Query{}, 1)
	b.refuse = store.ErrReadOnly
	w.allKinds()
	last := w.proffer("bakery", accept, nil)
	complete := agreement.Complete
	queries := []Query{{}, {Newest: true}, {State: &complete}, {State: &complete, Newest: true, With: recordtest.Key("bakery")}}
	check := func(when string, l *Listing) {
		t.Helper()
		for _, q := range queries {
			if got, want := w.walk(l, q, 5), w.walk(New(Config{Store: w.alice.store}), q, 100); !slices.Equal(got, want) {
				t.Errorf("%s, %+v: %d lines, want %d", when, q, len(got), len(want))
			}
		}
		if got, err := l.Find(t.Context(), last.Short(), 2); err != nil || len(got) != 1 {
			t.Errorf("%s: found %v (%v)", when, got, err)
		}
	}
	got := w.walk(l, Query{}, 100)
	if len(l.rows.keys) == 0 {
		t.Fatal("nothing was refused")
	}
	if held := w.held(w.alice); len(got) != len(held) {
		t.Fatalf("%d lines while writes are refused, want %d", len(got), len(held))
	}
	check("while writes are refused", l)
	b.refuse = nil
	w.proffer("mill", accept, nil)
	check("afterwards", l)
	if len(l.rows.keys) != 0 {
		t.Errorf("%d rows are left in memory", len(l.rows.keys))
	}
}

func TestDamagedEntryHidesNoOther(t *testing.T) {
	w := newWorld(t)
	for range 4 {
		w.proffer("bakery", accept, nil)
	}
	b := &broken{Memory: w.alice.store, damaged: 3}
	got := w.walk(New(Config{Store: b}), Query{}, 100)
	if len(got) < 3 {
		t.Errorf("%d lines, want all that can be read", len(got))
	}
}

func TestFailureOfTheStoreIsNotAnEmptyPage(t *testing.T) {
	w := newWorld(t)
	w.proffer("bakery", accept, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.alice.listing.Page(ctx, Query{}, 1, epoch); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := w.alice.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.alice.listing.Page(t.Context(), Query{}, 1, epoch); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
