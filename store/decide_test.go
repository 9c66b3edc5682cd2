package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bywaynet/byway/protocol/record"
)

// talk has sayings between alice and the bakery, at places in their chains that are as often wrong as right.
type talk struct {
	alice, bakery record.Signer
	sayings       []record.Entry
}

func newTalk(t testing.TB, n int) talk {
	t.Helper()
	var w talk
	for i, s := range []*record.Signer{&w.alice, &w.bakery} {
		var err error
		if *s, err = record.NewSigner([32]byte{byte(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	var ids [2][]record.ID
	for i := range n {
		by, to := w.alice, w.bakery
		if i%2 == 1 {
			by, to = to, by
		}
		l := record.Link{N: uint64(len(ids[i%2]) + 1)}
		if i%5 == 4 { // once more at a place that is taken
			l.N--
		}
		at := l.N - 1
		if at > 0 {
			l.Sent = ids[i%2][at-1]
		}
		l.N = record.Place(uint32(at/4), uint32(at%4+1)) // four in each epoch
		if other := ids[1-i%2]; len(other) > 0 {
			l.Held = other[len(other)-1]
		}
		e := uttered(t, by, to, l, i)
		e.Mine = by == w.alice
		w.sayings = append(w.sayings, e)
		ids[i%2] = append(ids[i%2][:at:at], e.Rec.ID())
	}
	return w
}

func uttered(t testing.TB, by, to record.Signer, l record.Link, i int) record.Entry {
	t.Helper()
	return drafted(t, by, record.Draft{Type: "test.saying", Recipient: to.Key(), Link: l, Payload: fmt.Append(nil, i)})
}

// drafted is an entry with what d says, signed by its author alone.
func drafted(t testing.TB, by record.Signer, d record.Draft) record.Entry {
	t.Helper()
	d.Signers = []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}}
	st, err := record.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(context.Background(), st, by)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{Known: r.Signatures()})
	if err != nil {
		t.Fatal(err)
	}
	return record.Entry{At: time.UnixMilli(1), Rec: v}
}

// write is one that may be refused.
func (w talk) write(t *rapid.T) []Append {
	var as []Append
	for range rapid.IntRange(1, 3).Draw(t, "appends") {
		a := Append{Subject: topic(rapid.IntRange(0, 5).Draw(t, "subject")), Expect: rapid.IntRange(-1, 3).Draw(t, "expect")}
		for range rapid.IntRange(0, 2).Draw(t, "entries") {
			e := rapid.SampledFrom(w.sayings).Draw(t, "saying")
			if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
				e = record.Entry{Note: []byte("n"), At: time.UnixMilli(2)}
			}
			a.Entries = append(a.Entries, e)
		}
		as = append(as, a)
	}
	return as
}

// all is everything that a store says of the two.
func (w talk) all(t *rapid.T, s interface {
	Feed(context.Context, uint64, int) ([]Event, error)
	Pairs(context.Context, Pair, int) ([]Pair, error)
	Places(context.Context, record.Key, record.Key, Side, uint64, int) ([]Place, error)
	Faults(context.Context, record.Key, record.Key, []byte, int) ([]Fault, []byte, error)
}) (out []string) {
	ctx := context.Background()
	es, err := s.Feed(ctx, 0, 0)
	for _, e := range es {
		out = append(out, fmt.Sprint(e.Seq, e.Index, e.Entry.Subject.Short(), string(e.Entry.Note), e.Entry.Rec.IsZero() || e.Entry.Rec.ID() != record.ID{}))
	}
	pairs, err2 := s.Pairs(ctx, Pair{}, 0)
	for _, p := range pairs {
		out = append(out, fmt.Sprint(p.Head, p.HeldN, p.Gaps))
	}
	for _, side := range []Side{Sent, Held} {
		places, err3 := s.Places(ctx, w.alice.Key(), w.bakery.Key(), side, 0, 0)
		err = errors.Join(err, err3)
		for _, p := range places {
			out = append(out, fmt.Sprint(side, p))
		}
	}
	faults, _, err4 := s.Faults(ctx, record.Key{}, record.Key{}, nil, 0)
	for _, f := range faults {
		out = append(out, fmt.Sprint(f.Kind, f.Side, f.N, f.First.Subject, f.Second.Subject, f.Unknown))
	}
	if err := errors.Join(err, err2, err4); err != nil {
		t.Fatal(err)
	}
	return out
}

// However writes fall into flights, and whatever the writer still remembers, each is decided as if
// it came alone.
func TestEveryWriteIsDecidedAsIfAlone(t *testing.T) {
	w := newTalk(t, 40)
	rapid.Check(t, func(t *rapid.T) {
		fs := newFunnelWorld(t)
		one := NewMemory()
		for range rapid.IntRange(1, 12).Draw(t, "flights") {
			var want, got []error
			for range rapid.IntRange(1, 4).Draw(t, "shared") {
				as := w.write(t)
				want = append(want, one.Commit(context.Background(), Batch{Appends: as}))
				fs.board(t, as)
			}
			got = fs.land(t)
			for i := range want {
				if errors.Is(want[i], record.ErrConflict) != errors.Is(got[i], record.ErrConflict) || (want[i] == nil) != (got[i] == nil) {
					t.Fatalf("write %d: %v, alone: %v", i, got[i], want[i])
				}
			}
			if a, b := w.all(t, one), w.all(t, fs.read()); !slices.Equal(a, b) {
				t.Fatalf("alone:\n%q\ntogether:\n%q", a, b)
			}
		}
	})
}

// funnelWorld is the writer's halves by hand, over rows in memory that lag behind as the index does.
type funnelWorld struct {
	funnel  *funnel
	rows    *Memory // all that was acknowledged
	index   *Memory // some of it
	waiting []*change
	log, at uint64
	flight  *flight
}

func newFunnelWorld(*rapid.T) *funnelWorld {
	w := &funnelWorld{rows: NewMemory(), index: NewMemory()}
	w.funnel = &funnel{
		known: known{most: 2, written: &written{whole: true}}, log: slog.New(slog.DiscardHandler),
		view: func(f func(index, all reader) error) error { return f(&w.index.rows, &w.rows.rows) },
	}
	return w
}

func (w *funnelWorld) board(t *rapid.T, as []Append) {
	r, err := prepare(Batch{Appends: as})
	if err != nil {
		t.Fatal(err)
	}
	if w.flight == nil {
		w.flight = &flight{batch: newBatch(&w.funnel.known, nil, nil, w.funnel.seq)}
	}
	w.flight.add(r)
	w.funnel.decideAll(w.flight, []*request{r})
}

// land makes the flight readable, and has the index follow or not.
func (w *funnelWorld) land(t *rapid.T) []error {
	fl := w.flight
	w.flight = nil
	w.log++
	w.waiting = append(w.waiting, fl.batch.change)
	fl.batch.each(func(k, v []byte) { w.rows.rows.set(string(k), v) })
	w.rows.feed.advance(fl.batch.seq)
	for len(w.waiting) > 0 && rapid.Bool().Draw(t, "indexed") {
		w.waiting[0].each(func(k, v []byte) { w.index.rows.set(string(k), v) })
		w.waiting = w.waiting[1:]
		w.at++
	}
	w.funnel.known.turn(w.log, w.at)
	return fl.errs
}

func (w *funnelWorld) read() *Memory { return w.rows }
