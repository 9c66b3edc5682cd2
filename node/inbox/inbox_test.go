package inbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func TestProfferThatWaitsComesWithTheCommandsThatAnswerIt(t *testing.T) {
	m := newMarket(t)
	id := m.proffer(t)
	got := m.bakery.waiting(t)
	if len(got) != 1 {
		t.Fatalf("%d items wait, want 1", len(got))
	}
	it, short := got[0], id.Short()
	if it.Kind != "proffer" || it.ID != id || !it.Waiting || !it.At.Equal(epoch) {
		t.Errorf("got %+v", it)
	}
	want := []string{"byway decide " + short + " accept", "byway decide " + short + " decline", "byway decide " + short + " alternative TERMS"}
	if !slices.Equal(it.Commands, want) {
		t.Errorf("commands %q, want %q", it.Commands, want)
	}
	for _, part := range []string{"SD-BASE", `"weekly bread"`, "2026-03-01 13:00 UTC"} {
		if !strings.Contains(it.Text, part) {
			t.Errorf("%q doesn't say %s", it.Text, part)
		}
	}
	if own := m.alice.waiting(t); len(own) != 0 {
		t.Errorf("alice's own proffer waits for her: %+v", own)
	}
}

func TestWhatWasDecidedWaitsNoLonger(t *testing.T) {
	m := newMarket(t)
	first, second := m.proffer(t), m.proffer(t)
	if n := len(m.bakery.waiting(t)); n != 2 {
		t.Fatalf("%d items wait, want 2", n)
	}
	m.bakery.decide(t, first, agreement.Decision{Kind: agreement.Accept})
	third := m.proffer(t)
	var ids []record.ID
	for _, it := range m.bakery.waiting(t) {
		ids = append(ids, it.ID)
	}
	if !slices.Equal(ids, []record.ID{second, third}) {
		t.Errorf("%v wait, want the second and the third, in that order", ids)
	}
}

func TestExpiredProfferWaitsNoLonger(t *testing.T) {
	m := newMarket(t)
	m.proffer(t)
	if n := len(m.bakery.waiting(t)); n != 1 {
		t.Fatalf("%d items wait, want 1", n)
	}
	m.clock = m.clock.Add(2 * time.Hour)
	if got := m.bakery.waiting(t); len(got) != 0 {
		t.Errorf("after its time it still waits: %+v", got)
	}
}

func TestAlternativeWaitsForThePersonWithoutAnotherAlternative(t *testing.T) {
	m := newMarket(t)
	m.bakery.says.set(agreement.Decision{Kind: agreement.Alternative, Terms: other}, nil)
	id := m.proffer(t)
	got := m.alice.waiting(t)
	if len(got) != 1 || got[0].Kind != "alternative" || !strings.Contains(got[0].Text, "SD-BASE-DP") {
		t.Fatalf("got %+v, want the alternative", got)
	}
	if want := []string{"byway decide " + id.Short() + " accept", "byway decide " + id.Short() + " decline"}; !slices.Equal(got[0].Commands, want) {
		t.Errorf("commands %q, want %q", got[0].Commands, want)
	}
	m.alice.decide(t, id, agreement.Decision{Kind: agreement.Accept})
	if got := m.alice.waiting(t); len(got) != 0 {
		t.Errorf("after the decision it waits: %+v", got)
	}
}

// What the preferences couldn't decide is asked about later, with no new record.
func TestAlternativeThatBecomesAQuestionLaterWaitsThen(t *testing.T) {
	m := newMarket(t)
	m.bakery.says.set(agreement.Decision{Kind: agreement.Alternative, Terms: other}, nil)
	m.alice.says.set(agreement.Decision{}, errors.New("the disk is busy"))
	m.proffer(t)
	if got := m.alice.waiting(t); len(got) != 0 {
		t.Fatalf("nobody was asked yet: %+v", got)
	}
	m.alice.says.set(agreement.Decision{Kind: agreement.Ask}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	m.alice.threads()
	seq, err := m.alice.store.Wait(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	go func() { ran <- m.alice.service.Run(ctx) }()
	for len(m.alice.waiting(t)) == 0 {
		if seq, err = m.alice.store.Wait(ctx, seq); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	<-ran
}

func TestListSaysWhatHappenedInOrder(t *testing.T) {
	m := newMarket(t)
	m.bakery.says.set(agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms, Text: "sold \"out\""}, nil)
	declined := m.proffer(t)
	m.bakery.says.set(agreement.Decision{Kind: agreement.Accept}, nil)
	agreed := m.proffer(t)
	if _, err := m.alice.service.End(t.Context(), agreed, agreement.ReasonEnded, ""); err != nil {
		t.Fatal(err)
	}
	items, _ := m.alice.list(t, 0, 10)
	type line struct {
		kind string
		id   record.ID
	}
	var got []line
	for i, it := range items {
		got = append(got, line{it.Kind, it.ID})
		if i > 0 && it.Cursor <= items[i-1].Cursor {
			t.Errorf("cursor %d after %d", it.Cursor, items[i-1].Cursor)
		}
		if it.Waiting || !slices.Equal(it.Commands, []string{"byway agreements show " + it.ID.Short()}) {
			t.Errorf("%s: waiting %v, commands %q", it.Kind, it.Waiting, it.Commands)
		}
	}
	if want := []line{{"declined", declined}, {"agreement", agreed}, {"ended", agreed}}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if !strings.Contains(items[0].Text, `"sold \"out\""`) {
		t.Errorf("%q doesn't quote what the bakery said", items[0].Text)
	}
	if !strings.HasPrefix(items[2].Text, "this node ended SD-BASE") {
		t.Errorf("%q doesn't say who ended it", items[2].Text)
	}
}

func TestCursorGoesOnWithoutGapOrRepeat(t *testing.T) {
	m := newMarket(t)
	m.bakery.says.set(agreement.Decision{Kind: agreement.Accept}, nil)
	var want, got []record.ID
	for range 3 {
		want = append(want, m.proffer(t))
	}
	var after uint64
	for {
		items, next := m.alice.list(t, after, 1)
		if len(items) == 0 {
			break
		}
		got, after = append(got, items[0].ID), next
	}
	if !slices.Equal(got, want) {
		t.Errorf("one at a time: %v, want %v", got, want)
	}
	_, end := m.alice.list(t, after, 1)
	if items, again := m.alice.list(t, end, 1); len(items) != 0 || again != end {
		t.Errorf("at the end: %d items, cursor %d, want none and %d", len(items), again, end)
	}
	id := m.proffer(t)
	if items, _ := m.alice.list(t, end, 1); len(items) != 1 || items[0].ID != id {
		t.Errorf("after the end comes %+v, want the new agreement", items)
	}
}

// describer keeps what it was given, and says that it waits.
type describer struct {
	got []store.Event
	err error
}

func (d *describer) Describe(_ context.Context, e store.Event) (Item, bool, error) {
	d.got = append(d.got, e)
	return Item{Kind: "offer", ID: e.Entry.Rec.ID(), Waiting: true}, true, d.err
}

// foreign appends a record of no protocol that the inbox knows.
func (s *side) foreign(t *testing.T, by record.Signer) record.ID {
	t.Helper()
	st, err := record.New(record.Draft{Type: "test.loaf", Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}}})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.SignBy(t.Context(), st, by)
	if err != nil {
		t.Fatal(err)
	}
	v, err := rec.Verify(record.Want{At: epoch})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Append(t.Context(), v.ID(), 0, []record.Entry{{At: epoch, Rec: v}}); err != nil {
		t.Fatal(err)
	}
	return v.ID()
}

func TestEntriesOfOtherProtocolsGoToTheDescriber(t *testing.T) {
	m := newMarket(t)
	d := &describer{}
	m.bakery.inbox.Others = d
	id := m.bakery.foreign(t, signer(t, "carol"))
	m.proffer(t)
	got := m.bakery.waiting(t)
	if len(d.got) == 0 || len(got) != 2 || got[0].ID != id || got[0].Cursor != d.got[0].Seq || !got[0].At.Equal(epoch) {
		t.Errorf("described %d, listed %+v", len(d.got), got)
	}
}

func TestFailureLosesNothingThatWaits(t *testing.T) {
	m := newMarket(t)
	d := &describer{err: errors.New("the disk is busy")}
	m.bakery.inbox.Others = d
	m.proffer(t)
	m.bakery.foreign(t, signer(t, "carol"))
	if _, err := m.bakery.inbox.Waiting(t.Context()); !errors.Is(err, d.err) {
		t.Fatalf("got %v, want the describer's error", err)
	}
	if _, next, err := m.bakery.inbox.List(t.Context(), 0, 10); !errors.Is(err, d.err) || next >= 3 {
		t.Errorf("List: cursor %d (%v), want one before what failed", next, err)
	}
	d.err = nil
	if got := m.bakery.waiting(t); len(got) != 2 {
		t.Errorf("afterwards %d items wait, want 2", len(got))
	}
}
