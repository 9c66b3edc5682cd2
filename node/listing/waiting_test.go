package listing

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/store"
)

func (w *world) waiting(l *Listing) []uint64 {
	w.t.Helper()
	seqs, err := l.Waiting(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return seqs
}

func TestWhatWaitsIsKeptUntilItIsSettled(t *testing.T) {
	w := newWorld(t)
	bakery := w.shops["bakery"]
	var failing error
	config := Config{Store: bakery.store, Waits: func(_ context.Context, e store.Event) (bool, error) {
		return e.Entry.Rec.Statement().Type() == agreement.TypeBody, failing
	}}
	l := New(config)
	w.proffer("bakery", ask, nil)
	w.proffer("bakery", ask, nil)
	before := w.waiting(l)
	if len(before) != 2 {
		t.Fatalf("%v wait, want two", before)
	}
	if err := l.Settled(t.Context(), before[:1]); err != nil {
		t.Fatal(err)
	}
	failing = errors.New("the disk is busy")
	w.proffer("bakery", ask, nil)
	after := w.waiting(New(config)) // over a restart, too
	if len(after) < 2 || after[0] != before[1] || slices.Contains(after, before[0]) {
		t.Errorf("%v wait, want %d and what can't be told yet", after, before[1])
	}
}

// What an older version left out since it thought that it never waits.
func TestWhatWaitsIsFoundAnewWhereAnotherLayoutLeftItOut(t *testing.T) {
	w := newWorld(t)
	bakery := w.shops["bakery"]
	waits := false
	config := Config{Store: bakery.store, Waits: func(context.Context, store.Event) (bool, error) { return waits, nil }}
	w.proffer("bakery", ask, nil)
	if got := w.waiting(New(config)); len(got) != 0 {
		t.Fatalf("%v wait", got)
	}
	waits = true
	if got := w.waiting(New(config)); len(got) != 0 {
		t.Fatalf("%v wait, though they were looked at in this layout", got)
	}
	was, err := bakery.store.Get(t.Context(), Table, cursorKey())
	if err != nil {
		t.Fatal(err)
	}
	was[0] = layout - 1
	if err := bakery.store.Put(t.Context(), Table, cursorKey(), was); err != nil {
		t.Fatal(err)
	}
	if got := w.waiting(New(config)); len(got) == 0 {
		t.Error("it is left out for ever")
	}
}

func TestWhatTheOwnerSaidNeverWaits(t *testing.T) {
	w := newWorld(t)
	l := New(Config{Store: w.alice.store, Waits: func(_ context.Context, e store.Event) (bool, error) {
		if e.Entry.Mine {
			t.Errorf("asked about entry %d, which is hers", e.Seq)
		}
		return true, nil
	}})
	w.alice.line.cut = true
	w.proffer("bakery", accept, nil)
	if got := w.waiting(l); len(got) != 0 {
		t.Errorf("%v wait", got)
	}
}

func TestRunTakesInWhatComesUntilItsContextEnds(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	took := make(chan uint64, 64)
	l := New(Config{Store: w.shops["bakery"].store, Waits: func(_ context.Context, e store.Event) (bool, error) {
		took <- e.Seq
		return false, nil
	}})
	go func() { ran <- l.Run(ctx) }()
	w.proffer("bakery", decline, nil)
	if seq := <-took; seq != 1 {
		t.Errorf("took in entry %d first", seq)
	}
	cancel()
	if err := <-ran; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
