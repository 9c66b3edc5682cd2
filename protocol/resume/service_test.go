package resume_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

func checkTexts(t *testing.T, p *party, name, want string) {
	t.Helper()
	if got := p.texts(name); got != want {
		t.Errorf("%s: %q, want %q", name, got, want)
	}
}

func fetch(t *testing.T, p, from *party) {
	t.Helper()
	if err := p.service.Fetch(t.Context(), p.key(), from.key()); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasLostComesBackWhole(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	ask := alice.say(bakery, "bread?")
	bakery.say(alice, "cake")
	old := alice.copy()
	bakery.countersign(alice, ask) // takes no place of its own
	alice.say(bakery, "cake thanks")
	buns := bakery.say(alice, "buns?")
	alice.countersign(bakery, buns)
	alice.say(bakery, "rolls")
	alice.restore(old, bakery)
	checkTexts(t, alice, "bread?", "bread?")
	fetch(t, alice, bakery)
	for name, want := range map[string]string{"bread?": "bread?, bread?+", "cake": "cake, cake thanks", "buns?": "buns?, buns?+", "rolls": "rolls"} {
		checkTexts(t, alice, name, want)
	}
	next := alice.say(bakery, "more")
	if l := next.Statement().Link(); l.N != record.Place(1, 2) {
		t.Errorf("the next is at place %d of epoch %d, want 2 of 1", l.Count(), l.Epoch())
	}
	for _, p := range []*party{alice, bakery} {
		if fs, _, err := p.store.Faults(t.Context(), record.Key{}, record.Key{}, nil, 0); err != nil || len(fs) > 0 {
			t.Errorf("faults %v, %v", fs, err)
		}
	}
	if r, err := alice.service.Relationship(t.Context(), alice.key(), bakery.key()); err != nil {
		t.Error(err)
	} else if _, pending := r.Pending(); pending {
		t.Error("the resume still counts as unanswered")
	}
}

func TestBothSidesMayHaveLostSomething(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	oldAlice, oldBakery := alice.copy(), bakery.copy()
	alice.say(bakery, "cake")
	bakery.say(alice, "buns")
	both := newParty(t, "alice")
	both.store = alice.store
	alice.restore(oldAlice, bakery)
	fetch(t, alice, bakery)
	bakery.restore(oldBakery, alice)
	fetch(t, bakery, alice)
	for _, name := range []string{"bread", "cake", "buns"} {
		checkTexts(t, bakery, name, name)
		checkTexts(t, alice, name, name)
	}
}

// long is what a page has room for a few of.
func long() string { return strings.Repeat("x", 40<<10) }

// restoredOfMuch is alice, who was put back to before the bakery said what fills many pages.
func restoredOfMuch(t *testing.T) (alice, bakery *party) {
	t.Helper()
	alice, bakery = newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	old := alice.copy()
	for i := range 20 {
		bakery.say(alice, fmt.Sprint("cake", i))
		bakery.say(alice, fmt.Sprint("cake", i, " ", long()))
	}
	alice.restore(old, bakery)
	return alice, bakery
}

func TestPagesGoOnWhereTheyStopped(t *testing.T) {
	alice, bakery := restoredOfMuch(t)
	reach, calls := alice.road, 0
	alice.road = func(req []byte) ([]byte, error) {
		if calls++; calls == 3 {
			return nil, errors.New("the line is cut")
		}
		resp, err := reach(req)
		if len(resp) > resume.MaxResponse {
			t.Errorf("a page of %d bytes, at most %d", len(resp), resume.MaxResponse)
		}
		return resp, err
	}
	var failed *resume.Unanswered
	if err := alice.service.Fetch(t.Context(), alice.key(), bakery.key()); !errors.As(err, &failed) || failed.Outcome.Final() {
		t.Fatalf("%v, want what may be tried again", err)
	}
	before := calls
	alice.serve()
	fetch(t, alice, bakery)
	for i := range 20 {
		if got := alice.texts(fmt.Sprint("cake", i)); !strings.Contains(got, long()) {
			t.Errorf("cake %d: %d bytes came back", i, len(got))
		}
	}
	if again := calls - before; again != 2 {
		t.Errorf("%d calls after the line was cut, want 2 of 4 pages: the others were taken before", again)
	}
}

func TestAnOldEpochIsRefusedAfterAResume(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	old := alice.copy()
	alice.say(bakery, "cake")
	clone := newParty(t, "alice")
	clone.store = alice.copy()
	clone.serve()
	alice.restore(old, bakery)
	fetch(t, alice, bakery)
	r, err := bakery.service.Relationship(t.Context(), bakery.key(), alice.key())
	if err != nil {
		t.Fatal(err)
	}
	late := clone.say(bakery, "pie", true)
	if err := r.Refuses(late.Statement().Link().N); !errors.Is(err, resume.ErrEpoch) {
		t.Errorf("what the older copy said: %v, want ErrEpoch", err)
	}
	for _, n := range []uint64{1, record.Place(1, 2)} {
		if err := r.Refuses(n); err != nil {
			t.Errorf("place %d: %v", n, err)
		}
	}
	// Its asks are refused, too.
	meet(clone, bakery)
	if err := clone.service.Ask(t.Context(), clone.key(), bakery.key(), resume.Claim{LostHeld: []resume.Span{{First: 1, Last: 1}}}); err != nil {
		t.Fatal(err)
	}
	if err := clone.service.Fetch(t.Context(), clone.key(), bakery.key()); !errors.Is(err, resume.ErrClone) {
		t.Errorf("an ask of the older copy: %v, want ErrClone", err)
	}
	clone.serve() // what it was shown stays with it
	r, err = clone.service.Relationship(t.Context(), clone.key(), bakery.key())
	if err != nil {
		t.Fatal(err)
	}
	if epoch, before, ok := r.Overtaken(); epoch != 1 || before || !ok || len(r.Others()) != 1 {
		t.Errorf("it was shown %d resumes up to epoch %d, before: %v, %v; want one of epoch 1, after", len(r.Others()), epoch, before, ok)
	}
	if _, pending := r.Pending(); pending {
		t.Error("it goes on asking")
	}
}

func TestTwoRestoresOfOneBackupAreShownToBoth(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	clone := newParty(t, "alice")
	old, other := alice.copy(), alice.copy()
	alice.say(bakery, "cake")
	alice.restore(old, bakery)
	fetch(t, alice, bakery)
	meet(clone, bakery)
	bakery.say(alice, "buns") // so that the second resume isn't the first
	clone.restore(other, bakery)
	first, err := alice.service.Relationship(t.Context(), alice.key(), bakery.key())
	if err != nil {
		t.Fatal(err)
	}
	if mine, _ := first.Clones(); len(mine) > 0 {
		t.Fatal("a clone before there was one")
	}
	// A restore at another time makes another resume: here, one that knows less.
	clone = newParty(t, "alice")
	clone.store = store.NewMemory()
	meet(clone, bakery)
	clone.restore(clone.store, bakery)
	if err := clone.service.Fetch(t.Context(), clone.key(), bakery.key()); !errors.Is(err, resume.ErrClone) {
		t.Fatalf("the second resume: %v, want ErrClone", err)
	}
	checkTexts(t, clone, "cake", "")
	r, err := clone.service.Relationship(t.Context(), clone.key(), bakery.key())
	if mine, _ := r.Clones(); err != nil || len(mine) != 2 {
		t.Errorf("the second owner is shown %d resumes, %v; want both", len(mine), err)
	}
	there, err := bakery.service.Relationship(t.Context(), bakery.key(), alice.key())
	if _, theirs := there.Clones(); err != nil || len(theirs) != 2 {
		t.Errorf("the bakery is shown %d resumes, %v; want both", len(theirs), err)
	}
	fs, _, err := bakery.store.Faults(t.Context(), bakery.key(), alice.key(), nil, 0)
	if err != nil || len(fs) != 1 || fs[0].Kind != store.Fork {
		t.Errorf("the bakery's faults: %v, %v; want the fork", fs, err)
	}
}

func TestAReplayedResumeBringsNobodyAnything(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	old := alice.copy()
	bakery.say(alice, "cake")
	alice.restore(old, bakery)
	var sent []byte
	reach := alice.road
	alice.road = func(req []byte) ([]byte, error) { sent = req; return reach(req) }
	fetch(t, alice, bakery)
	alice.road = reach
	before, err := bakery.store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp, err := bakery.service.Handle(t.Context(), sent)
	if err != nil || strings.Contains(string(resp), "cake") {
		t.Errorf("replayed: %v, or in the clear", err)
	}
	if after, err := bakery.store.Size(t.Context()); err != nil || after != before {
		t.Errorf("a replay changed what is kept: %v, then %v, %v", before, after, err)
	}
	alice.restore(alice.copy(), bakery)
	fetch(t, alice, bakery)
	if before, err = bakery.store.Size(t.Context()); err != nil {
		t.Fatal(err)
	}
	resp, err = bakery.service.Handle(t.Context(), sent)
	if err != nil || strings.Contains(string(resp), "relationship.resume") {
		t.Errorf("the resume of epoch 1 in epoch 2: %v, or in the clear", err)
	}
	if after, err := bakery.store.Size(t.Context()); err != nil || after != before {
		t.Errorf("a replay of an epoch that ended changed what is kept: %v, then %v, %v", before, after, err)
	}
}

func TestAnAskBringsBackWhatItNames(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	bakery.say(alice, "one")
	bakery.say(alice, "two", true)
	bakery.say(alice, "three", true)
	bakery.say(alice, "four")
	want := alice.known(bakery)
	want.Sent, want.Held = 0, 0
	for range 2 { // the second asks for the same: nothing is signed
		if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), want); err != nil {
			t.Fatal(err)
		}
	}
	fetch(t, alice, bakery)
	checkTexts(t, alice, "two", "two")
	checkTexts(t, alice, "three", "three")
	checkTexts(t, alice, "one", "one")
	if h, err := alice.store.Head(t.Context(), alice.key(), bakery.key()); err != nil || h.N != 1 {
		t.Errorf("%d asks signed, %v; want 1", h.N, err)
	}
	if p, err := alice.store.Pair(t.Context(), alice.key(), bakery.key()); err != nil || len(p.Gaps[store.Held]) > 0 {
		t.Errorf("gaps %v, %v; want none", p.Gaps, err)
	}
}

func TestWhatNobodyKeepsIsKeptAsProof(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	old := alice.copy()
	bakery.say(alice, "cake")
	alice.refuse["cake"] = true
	alice.restore(old, bakery)
	for range 2 {
		fetch(t, alice, bakery)
	}
	r, err := alice.service.Relationship(t.Context(), alice.key(), bakery.key())
	if err != nil || len(r.Kept()) != 1 {
		t.Fatalf("%d kept, %v; want 1", len(r.Kept()), err)
	}
	for i := range 2 * resume.MaxKept {
		v := bakery.say(alice, fmt.Sprint("more", i), true)
		if err := alice.service.Keep(t.Context(), alice.key(), bakery.key(), v); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = alice.service.Relationship(t.Context(), alice.key(), bakery.key()); err != nil || len(r.Kept()) != resume.MaxKept {
		t.Errorf("%d kept, %v; want %d", len(r.Kept()), err, resume.MaxKept)
	}
}
