package resume

import (
	"context"
	"errors"
	"testing"
	"time"

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
