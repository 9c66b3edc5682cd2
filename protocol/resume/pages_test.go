package resume_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
)

// What comes in between two pages moves nothing that was there before it.
func TestNothingIsLeftOutOfPagesWhileMoreIsKept(t *testing.T) {
	alice, bakery := restoredOfMuch(t)
	reach, calls := alice.road, 0
	alice.road = func(req []byte) ([]byte, error) {
		if calls++; calls == 2 {
			for i := range 20 {
				alice.say(bakery, fmt.Sprint("cake", i, " thanks")) // at a place that the walk has passed
			}
		}
		return reach(req)
	}
	fetch(t, alice, bakery)
	if calls < 3 {
		t.Fatalf("%d pages, want some more", calls)
	}
	for i := range 20 {
		if got := alice.texts(fmt.Sprint("cake", i)); !strings.Contains(got, long()) {
			t.Errorf("cake %d: %d bytes came back", i, len(got))
		}
	}
}

// A receipt about two threads is kept in both, and is at its place for one of them.
func TestAThreadComesBackWhoseReceiptIsInAnotherToo(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	old := alice.copy()
	bakery.say(alice, "buns")
	bakery.say(alice, "rolls")
	both := alice.say(bakery, "buns receipt")
	if err := bakery.store.Append(t.Context(), thread("rolls"), -1, []record.Entry{{At: noon, Rec: both}}); err != nil {
		t.Fatal(err)
	}
	alice.restore(old, bakery)
	fetch(t, alice, bakery)
	checkTexts(t, alice, "buns", "buns, buns receipt")
	checkTexts(t, alice, "rolls", "rolls")
}
