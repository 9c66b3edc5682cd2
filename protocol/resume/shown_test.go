package resume

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// A counterparty has epochs begun with nothing but resumes that the party's own key signed.
func TestWhoShowsNoOtherResumeShowsNothing(t *testing.T) {
	x := record.SumID([]byte("x"))
	at := func(epoch uint32) record.Link { return record.Link{N: record.Place(epoch, 1), Sent: x} }
	mine := claimed(t, Claim{Epoch: 2, Sent: 5}, at(2))
	other := claimed(t, Claim{Epoch: 2, Sent: 4}, at(2))
	later := claimed(t, Claim{Epoch: 9, Sent: 4}, at(9))
	older := claimed(t, Claim{Epoch: 1, Sent: 4}, at(1))
	ask := claimed(t, Claim{LostHeld: []Span{{1, 2}}}, record.Link{N: record.Place(2, 2), Sent: x})
	theirs, err := New(context.Background(), Claim{Epoch: 2, Sent: 5}, alice.Key(), at(2), bakery)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := New(context.Background(), Claim{Epoch: 2, Sent: 5}, recordtest.Signer("carol").Key(), at(2), alice)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(mine)
	if err != nil {
		t.Fatal(err)
	}
	f := fetch{s: NewService(Config{Now: func() time.Time { return time.UnixMilli(1) }}), p: Pending{Claim: c, Rec: mine}}
	for name, shown := range map[string][][]byte{
		"none": nil, "two": {other.Bytes(), later.Bytes()}, "the claim itself": {mine.Bytes()}, "an ask": {ask.Bytes()}, "rubbish": {{1, 2, 3}},
		"one of an earlier epoch": {older.Bytes()}, "one of its own": {theirs.Bytes()}, "one to somebody else": {elsewhere.Bytes()},
	} {
		if _, err := f.shown(page{clone: true, records: shown}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	for name, shown := range map[string]record.Verified{"of the same epoch": other, "of a later one": later} {
		if v, err := f.shown(page{clone: true, records: [][]byte{shown.Bytes()}}); err != nil || v.ID() != shown.ID() {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An ask is answered so where its epoch has ended, and there alone.
	if c, err = Read(ask); err != nil {
		t.Fatal(err)
	}
	f.p = Pending{Claim: c, Rec: ask}
	for name, shown := range map[string]record.Verified{"its own epoch's": mine, "another of its epoch": other, "an earlier one": older} {
		if _, err := f.shown(page{clone: true, records: [][]byte{shown.Bytes()}}); !errors.Is(err, ErrMalformed) {
			t.Errorf("to an ask %s: %v, want ErrMalformed", name, err)
		}
	}
	if v, err := f.shown(page{clone: true, records: [][]byte{later.Bytes()}}); err != nil || v.ID() != later.ID() {
		t.Errorf("to an ask a later one: %v", err)
	}
}

// Of the resumes of one epoch the first that was kept is answered, the others are shown that one.
func TestTheFirstResumeOfAnEpochIsAnswered(t *testing.T) {
	r := Of(bakery.Key(), alice.Key())
	var vs []record.Verified
	for i := range byte(3) {
		v := claimed(t, Claim{Epoch: 1, Nonce: [NonceSize]byte{i + 1}}, record.Link{N: record.Place(1, 1)})
		vs = append(vs, v)
	}
	slices.SortFunc(vs, func(a, b record.Verified) int { x, y := a.ID(), b.ID(); return slices.Compare(y[:], x[:]) }) // the first isn't the lowest
	var cs []Claim
	for i, v := range vs {
		c, err := Read(v)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, c)
		if r, err = r.Apply(record.Entry{Rec: v, At: time.UnixMilli(int64(i + 1))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := r.Admit(cs[0]); err != nil {
		t.Errorf("the first: %v", err)
	}
	for i, c := range cs[1:] {
		if _, other, err := r.Admit(c); !errors.Is(err, ErrClone) || other.ID() != cs[0].ID {
			t.Errorf("resume %d: %v, shown %s, want the first", i+2, err, other.ID().Short())
		}
	}
	ask, err := Read(claimed(t, Claim{LostHeld: []Span{{1, 2}}}, record.Link{N: record.Place(1, 2), Sent: cs[1].ID}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Admit(ask); err != nil {
		t.Errorf("an ask of that epoch: %v", err)
	}
	old := ask
	old.Link.N = record.Place(0, 3)
	if _, other, err := r.Admit(old); !errors.Is(err, ErrEpoch) || other.ID() != cs[0].ID {
		t.Errorf("an ask of an earlier epoch: %v, shown %s, want the first", err, other.ID().Short())
	}
}

func TestAPageHasATimeForEachRecordOrNone(t *testing.T) {
	at := time.UnixMilli(7).UTC()
	for name, c := range map[string]struct {
		kept []time.Time
		want error
	}{"none": {nil, nil}, "each": {[]time.Time{at, at}, nil}, "too few": {[]time.Time{at}, ErrMalformed}, "too many": {[]time.Time{at, at, at}, ErrMalformed}} {
		b, err := page{records: [][]byte{{1}, {2}}, kept: c.kept}.marshal()
		if err != nil {
			t.Fatal(err)
		}
		p, err := unmarshalPage(b)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if c.want == nil && p.at(1).Equal(at) != (c.kept != nil) {
			t.Errorf("%s: the second was kept at %v", name, p.at(1))
		}
	}
}

func TestAKeptTimeIsOneOrIsntSaid(t *testing.T) {
	for ms, want := range map[int64]error{-1: ErrMalformed, 0: nil, 1: nil, 253_402_300_799_999: nil, 253_402_300_800_000: ErrMalformed} {
		b, err := proto.Marshal(&bywayv1.ResumePage{Records: [][]byte{{1}}, KeptMs: []int64{ms}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := unmarshalPage(b)
		if !errors.Is(err, want) {
			t.Errorf("%d ms: %v, want %v", ms, err, want)
		}
		if err == nil && p.at(0).IsZero() != (ms == 0) {
			t.Errorf("%d ms is %v", ms, p.at(0))
		}
	}
	for _, at := range []time.Time{{}, time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(99_999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		b, err := page{records: [][]byte{{1}}, kept: []time.Time{at}}.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if p, err := unmarshalPage(b); err != nil || !p.at(0).IsZero() {
			t.Errorf("kept by a clock that says %v: %v", at, err)
		}
	}
}

// Spans are in order, apart, within the bounds, and leave nothing out.
func TestMergedSpansCoverWhatTheyWere(t *testing.T) {
	var many []Span
	for i := range uint64(2 * MaxSpans) {
		many = append(many, Span{4*i + 1, 4*i + 2})
	}
	for name, c := range map[string]struct {
		in   []Span
		top  uint64
		want int
	}{
		"none":             {nil, 9, 0},
		"above the top":    {[]Span{{7, 9}}, 6, 0},
		"across the top":   {[]Span{{7, 9}}, 8, 1},
		"backwards":        {[]Span{{5, 4}}, 9, 0},
		"out of order":     {[]Span{{7, 9}, {1, 2}}, 9, 2},
		"adjoining":        {[]Span{{1, 2}, {3, 4}}, 9, 1},
		"inside another":   {[]Span{{1, 8}, {3, 4}, {9, 9}}, 9, 1},
		"more than may be": {many, 1 << 20, MaxSpans},
	} {
		got := merged(c.in, c.top)
		if len(got) != c.want || (Claim{Epoch: 1}).validSpans(got, c.top) != nil {
			t.Errorf("%s: %v", name, got)
		}
		for _, s := range c.in {
			for n := s.First; n <= min(s.Last, c.top); n++ {
				if !inSpans(got, n) {
					t.Errorf("%s: place %d is left out", name, n)
				}
			}
		}
	}
}

// However many asks of an epoch are held, one more of it is told that the epoch is over, and the next epoch has room.
func TestAsksAreCountedByTheEpoch(t *testing.T) {
	r := Of(bakery.Key(), alice.Key())
	x := record.SumID([]byte("x"))
	ask := func(l record.Link) Claim {
		t.Helper()
		v := claimed(t, Claim{Records: []record.ID{x}}, l)
		c, err := Read(v)
		if err != nil {
			t.Fatal(err)
		}
		if l.N <= MaxAsks {
			if r, err = r.Apply(record.Entry{Rec: v}); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	first := ask(record.Link{N: 1})
	for n := range uint64(MaxAsks - 1) {
		ask(record.Link{N: n + 2, Sent: x})
	}
	more := ask(record.Link{N: MaxAsks + 1, Sent: x})
	if _, _, err := r.Admit(more); !errors.Is(err, ErrMany) {
		t.Errorf("one more: %v, want ErrMany", err)
	}
	if fresh, _, err := r.Admit(first); fresh || err != nil {
		t.Errorf("one of them again is new: %v, %v", fresh, err)
	}
	resumed := claimed(t, Claim{Epoch: 1, Sent: 5}, record.Link{N: record.Place(1, 1), Sent: x})
	var err error
	if r, err = r.Apply(record.Entry{Rec: resumed}); err != nil {
		t.Fatal(err)
	}
	if _, other, err := r.Admit(more); !errors.Is(err, ErrEpoch) || other.ID() != resumed.ID() {
		t.Errorf("one more of an epoch that is over: %v, want ErrEpoch", err)
	}
	if fresh, _, err := r.Admit(ask(record.Link{N: record.Place(1, 2), Sent: x})); !fresh || err != nil {
		t.Errorf("one of the next epoch: %v, %v", fresh, err)
	}
}

// The largest resume that a node makes can be kept by another node of its party.
func TestEachResumeThatIsMadeFitsIntoANote(t *testing.T) {
	c := Claim{Epoch: 1 << 12, Sent: record.Place(1<<12-1, 1<<31), Held: record.Place(1<<12-1, 1<<31), Nonce: [NonceSize]byte{1}}
	for i := range uint64(2 * MaxSpans) {
		n := record.Place(1<<11, 1<<31) + 4*i
		c.LostSent, c.LostHeld = append(c.LostSent, Span{n, n + 1}), append(c.LostHeld, Span{n, n + 1})
	}
	r := Of(alice.Key(), bakery.Key())
	for i := range byte(3) {
		var ids []record.ID
		for j := range byte(MaxRecords) {
			ids = append(ids, record.SumID([]byte{i, j}))
		}
		var err error
		if r, err = r.Apply(record.Entry{Mine: true, Rec: claimed(t, Claim{Records: ids}, record.Link{N: uint64(i) + 1, Sent: sentBefore(i)})}); err != nil {
			t.Fatal(err)
		}
	}
	x := record.SumID([]byte("x"))
	v := claimed(t, r.cover(c), record.Link{N: record.Place(c.Epoch, 1), Sent: x, Held: x})
	if got, err := Read(v); err != nil || len(got.Records) != maxCovered || len(got.LostSent) != MaxSpans {
		t.Fatalf("%d spans and %d records, %v; want as many as may be", len(got.LostSent), len(got.Records), err)
	}
	if len(v.Bytes()) > maxShown {
		t.Errorf("it has %d bytes, at most %d", len(v.Bytes()), maxShown)
	}
}

// sentBefore is what a statement at place i+1 of epoch 0 names as sent.
func sentBefore(i byte) (id record.ID) {
	if i > 0 {
		id = record.SumID([]byte("x"))
	}
	return id
}
