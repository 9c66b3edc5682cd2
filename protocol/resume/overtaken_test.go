package resume_test

import (
	"errors"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// again is p on another machine, from what it kept at one time.
func (p *party) again(kept *store.Memory, them *party) *party {
	p.t.Helper()
	n := newParty(p.t, "alice")
	meet(n, them)
	n.restore(kept, them)
	return n
}

func relationship(t *testing.T, p, them *party) resume.Relationship {
	t.Helper()
	r, err := p.service.Relationship(t.Context(), p.key(), them.key())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The first restore went on, and died: whoever restores the same backup once more gets all of it.
func TestASecondRestoreGoesOnAboveTheFirstOne(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	backup := alice.copy()
	alice.say(bakery, "cake")
	first := alice.again(backup.Clone(), bakery)
	fetch(t, first, bakery)
	first.say(bakery, "buns")
	bakery.say(first, "rolls")

	second := alice.again(backup.Clone(), bakery)
	bakery.say(first, "more")
	if err := second.service.Fetch(t.Context(), second.key(), bakery.key()); !errors.Is(err, resume.ErrClone) {
		t.Fatalf("%v, want ErrClone", err)
	}
	r := relationship(t, second, bakery)
	if epoch, before, ok := r.Overtaken(); epoch != 1 || !before || !ok {
		t.Fatalf("it was shown epoch %d, before: %v, %v; want 1, before", epoch, before, ok)
	}
	second.restore(second.store, bakery) // above what it was shown
	fetch(t, second, bakery)
	for _, name := range []string{"bread", "cake", "buns", "rolls", "more"} {
		checkTexts(t, second, name, name)
	}
	there := relationship(t, bakery, second)
	if twice, over := there.Twice(); !twice || !over {
		t.Errorf("the bakery holds it for twice: %v, over: %v; want both", twice, over)
	}
	if !there.Settled(false, record.Place(1, 1)) || there.Settled(false, record.Place(1, 3)) || there.Settled(false, record.Place(2, 1)) {
		t.Error("what the second resume explains isn't what is settled")
	}
	// The first one turns up all the same.
	meet(first, bakery)
	late := first.say(bakery, "pie", true)
	if err := there.Refuses(late.Statement().Link().N); !errors.Is(err, resume.ErrEpoch) {
		t.Errorf("what the first one says now: %v, want ErrEpoch", err)
	}
	if !there.Late().IsZero() {
		t.Error("it was late before it said anything")
	}
	if err := bakery.service.Keep(t.Context(), bakery.key(), first.key(), late); err != nil {
		t.Fatal(err)
	}
	bakery.serve()
	if at := relationship(t, bakery, first).Late(); !at.Equal(noon) {
		t.Errorf("late at %v, want %v", at, noon)
	}
}

// What an earlier resume asked for isn't forgotten where damage begins an epoch before it is answered.
func TestAResumeCoversThoseThatWerentAnswered(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	backup := alice.copy()
	alice.say(bakery, "cake")
	bakery.say(alice, "buns")
	alice.restore(backup, bakery)
	bakery.say(alice, "rolls")
	alice.restore(alice.store, bakery)
	alice.restore(alice.store, bakery)
	fetch(t, alice, bakery)
	for _, name := range []string{"bread", "cake", "buns", "rolls"} {
		checkTexts(t, alice, name, name)
	}
}
