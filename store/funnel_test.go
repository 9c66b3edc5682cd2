package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/bywaynet/byway/protocol/record"
)

// gate holds each commit until the test lets it go, with what it must fail with.
type gate struct {
	sink
	entered chan int // how many events the batch brings
	let     chan error
}

// events counts the entries that the batch brings.
func (b *batch) events() (n int) {
	for _, k := range b.kept {
		n += int(k.request.entries())
	}
	return n
}

func (g *gate) commit(b *batch) error {
	g.entered <- b.events()
	if err := <-g.let; err != nil {
		return err
	}
	return g.sink.commit(b)
}

// openGated returns a store whose commits the test lets go, and what it logs.
func openGated(t *testing.T) (*DB, *gate, *strings.Builder) {
	t.Helper()
	var said strings.Builder
	db, err := Open(t.Context(), t.TempDir(), Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	g := &gate{sink: db.funnel.sink, entered: make(chan int, 1), let: make(chan error)}
	db.funnel.sink = g
	return db, g, &said
}

func topic(i int) record.ID { return record.SumID(fmt.Append(nil, i)) }

func note(text string) []record.Entry { return []record.Entry{{Note: []byte(text)}} }

// queue submits a write of its own subject and returns once it waits in the queue.
func queue(ctx context.Context, t *testing.T, db *DB, i, expect int, row []byte) <-chan error {
	t.Helper()
	r, err := prepare(Batch{
		Appends: []Append{{Subject: topic(i), Expect: expect, Entries: note("n")}},
		Rows:    []Row{{Table: "marks", Key: fmt.Append(nil, i), Value: row}},
	})
	if err != nil {
		t.Fatal(err)
	}
	queued, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- db.funnel.submit(ctx, r, func() { close(queued) }) }()
	<-queued
	return done
}

func count(t *testing.T, db *DB, i int) int {
	t.Helper()
	es, err := db.Entries(context.Background(), topic(i))
	if err != nil {
		t.Fatal(err)
	}
	return len(es)
}

func TestWritersThatWaitShareOneSync(t *testing.T) {
	db, g, _ := openGated(t)
	waiting := []<-chan error{queue(t.Context(), t, db, 0, 0, nil)}
	<-g.entered
	for i := 1; i <= maxShared+9; i++ {
		expect := 0
		if i == 5 {
			expect = 3 // a conflict among those who share
		}
		waiting = append(waiting, queue(t.Context(), t, db, i, expect, nil))
	}
	g.let <- nil
	commits := 0
	for left := maxShared + 9 - 1; left > 0; commits++ {
		n := <-g.entered
		if left -= n; n > maxShared {
			t.Errorf("a commit of %d entries, at most %d", n, maxShared)
		}
		g.let <- nil
	}
	if commits > 3 { // what was decided when the first landed, then as many as fit, then the rest
		t.Errorf("%d commits", commits)
	}
	for i, done := range waiting {
		if err := <-done; (i == 5) != errors.Is(err, record.ErrConflict) || i != 5 && err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
}

func TestRefusedWriteLeavesTheSharedOneAlone(t *testing.T) {
	db, g, _ := openGated(t)
	add := func(as ...Append) <-chan error {
		r, err := prepare(Batch{Appends: as})
		if err != nil {
			t.Fatal(err)
		}
		queued, done := make(chan struct{}), make(chan error, 1)
		go func() { done <- db.funnel.submit(t.Context(), r, func() { close(queued) }) }()
		<-queued
		for !r.taken.Load() { // so that it shares the next commit
			runtime.Gosched()
		}
		return done
	}
	stored := add(Append{topic(1), 0, note("stored")})
	<-g.entered
	shares := add(Append{topic(2), 0, note("shares")})
	refused := add(Append{topic(1), 1, note("x")}, Append{topic(2), 1, note("x")}, Append{topic(3), 0, note("x")}, Append{topic(4), 7, note("x")})
	after := add(Append{topic(1), 1, note("after")}, Append{topic(2), 1, note("after")}, Append{topic(3), 0, note("after")})
	g.let <- nil
	if n := <-g.entered; n != 4 {
		t.Errorf("a commit of %d entries, want 4", n)
	}
	g.let <- nil
	if err := <-refused; !errors.Is(err, record.ErrConflict) {
		t.Errorf("the one that expects too much: %v", err)
	}
	for _, done := range []<-chan error{stored, shares, after} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for i, want := range []int{0, 2, 2, 1, 0} {
		if n := count(t, db, i); n != want {
			t.Errorf("subject %d has %d entries, want %d", i, n, want)
		}
	}
	if es, err := db.Feed(t.Context(), 0, 0); err != nil || len(es) != 5 {
		t.Errorf("%d events, %v; want 5", len(es), err)
	}
}

func TestSharedTransactionStaysUnderItsLimit(t *testing.T) {
	db, g, _ := openGated(t)
	waiting := []<-chan error{queue(t.Context(), t, db, 0, 0, nil)}
	<-g.entered
	large := make([]byte, MaxBatch*2/5)
	for i := 1; i <= 5; i++ {
		waiting = append(waiting, queue(t.Context(), t, db, i, 0, large))
	}
	g.let <- nil
	for left := 5; left > 0; {
		n := <-g.entered
		if left -= n; n > 2 {
			t.Errorf("a commit of %d writers, of which two fit", n)
		}
		g.let <- nil
	}
	for i, done := range waiting {
		if err := <-done; err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
}

func TestContextEndedInTheQueueWritesNothing(t *testing.T) {
	db, g, _ := openGated(t)
	taken, cancelTaken := context.WithCancel(t.Context())
	waits, cancelWaits := context.WithCancel(t.Context())
	first := queue(taken, t, db, 1, 0, nil)
	<-g.entered
	next := queue(t.Context(), t, db, 3, 0, make([]byte, MaxBatch-10_000)) // fills what is decided meanwhile
	second := queue(waits, t, db, 2, 0, make([]byte, MaxBatch/2))
	cancelTaken()
	cancelWaits()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("a write that still waited: %v, want Canceled", err)
	}
	g.let <- nil
	if err := <-first; err != nil {
		t.Errorf("a write that was taken: %v, want its result", err)
	}
	<-g.entered
	g.let <- nil
	if err := <-next; err != nil {
		t.Error(err)
	}
	if a, b := count(t, db, 1), count(t, db, 2); a != 1 || b != 0 {
		t.Errorf("%d and %d entries, want 1 and none", a, b)
	}
}

func TestFailedWriteMakesTheStoreReadOnly(t *testing.T) {
	db, g, said := openGated(t)
	before := queue(t.Context(), t, db, 1, 0, nil)
	<-g.entered
	g.let <- nil
	if err := <-before; err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no space left")
	failing := queue(t.Context(), t, db, 2, 0, nil)
	<-g.entered
	queued := queue(t.Context(), t, db, 3, 0, nil)
	g.let <- broken
	for name, err := range map[string]error{
		"the write that failed": <-failing, "one queued behind it": <-queued, "a later one": db.Put(t.Context(), "marks", []byte("k"), nil),
	} {
		if !errors.Is(err, ErrReadOnly) || !errors.Is(err, broken) {
			t.Errorf("%s: %v, want ErrReadOnly and the cause", name, err)
		}
	}
	if a, b, c := count(t, db, 1), count(t, db, 2), count(t, db, 3); a != 1 || b != 0 || c != 0 {
		t.Errorf("%d, %d, %d entries; want what was acknowledged alone", a, b, c)
	}
	if n := strings.Count(said.String(), "read-only"); n != 1 {
		t.Errorf("said %d times that it's read-only, want once: %s", n, said)
	}
}

// What is decided over a write that isn't durable yet is answered after it, and fails with it.
func TestARefusalOverAWriteThatFailsFailsToo(t *testing.T) {
	for _, broken := range []error{nil, errors.New("no space left")} {
		db, g, _ := openGated(t)
		first := queue(t.Context(), t, db, 1, 0, nil)
		<-g.entered
		refused := queue(t.Context(), t, db, 1, 0, nil) // it is there by then, or never was
		select {
		case err := <-refused:
			t.Fatalf("answered before what it was decided over: %v", err)
		default:
		}
		g.let <- broken
		if err := <-first; !errors.Is(err, broken) {
			t.Errorf("the first: %v, want %v", err, broken)
		}
		want := record.ErrConflict
		if broken != nil {
			want = ErrReadOnly
		}
		if err := <-refused; !errors.Is(err, want) {
			t.Errorf("after %v: %v, want %v", broken, err, want)
		}
	}
}

// A place in a chain is looked for in what is under way, too: it is waited for.
func TestAPlaceIsLookedForInTheFlightBefore(t *testing.T) {
	w := newTalk(t, 6)
	db, g, _ := openGated(t)
	say := func(e record.Entry) <-chan error {
		done := make(chan error, 1)
		go func() { done <- db.Append(t.Context(), topic(1), -1, []record.Entry{e}) }()
		return done
	}
	first := w.sayings[0]
	other := uttered(t, w.alice, w.bakery, record.Link{N: 1}, 99)
	other.Mine = true
	a := say(first)
	<-g.entered
	b := say(other)
	g.let <- nil
	<-g.entered
	g.let <- nil
	if err := errors.Join(<-a, <-b); err != nil {
		t.Fatal(err)
	}
	faults, _, err := db.Faults(t.Context(), w.alice.Key(), w.bakery.Key(), nil, 0)
	if err != nil || len(faults) != 1 || faults[0].Kind != Fork {
		t.Errorf("%v, %v; want the fork", faults, err)
	}
}

func TestCloseWaitsForWhatIsQueued(t *testing.T) {
	db, g, _ := openGated(t)
	first := queue(t.Context(), t, db, 1, 0, nil)
	<-g.entered
	second := queue(t.Context(), t, db, 2, 0, nil)
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	g.let <- nil
	<-g.entered
	select {
	case err := <-closed:
		t.Fatalf("closed with a write under way: %v", err)
	default:
	}
	g.let <- nil
	for _, done := range []<-chan error{first, second, closed} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := db.Put(t.Context(), "marks", []byte("k"), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("write after close: %v, want ErrClosed", err)
	}
}

// watching keeps an eye on the batches that it commits.
type watching struct {
	sink
	seen []weak.Pointer[batch]
}

func (w *watching) commit(b *batch) error {
	w.seen = append(w.seen, weak.Make(b))
	return w.sink.commit(b)
}

// What has landed is given free, or a store that is written to for long would grow.
func TestAFlightThatLandedIsGivenFree(t *testing.T) {
	db := openWorld(t, t.TempDir())
	w := &watching{sink: db.funnel.sink}
	db.funnel.sink = w
	lived(t, db, 0, 20)
	runtime.GC()
	held := 0
	for _, b := range w.seen {
		if b.Value() != nil {
			held++
		}
	}
	if held > 2 { // the last one, and the one before it
		t.Errorf("%d of %d batches are still held", held, len(w.seen))
	}
	shutWorld(t, db)
}
