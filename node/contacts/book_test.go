package contacts

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, s *store.Memory) *Book {
	t.Helper()
	b, err := Open(t.Context(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// card returns the verified card that actor signs with the given name and sequence.
func card(t *testing.T, actor, name string, sequence uint64) record.Verified {
	t.Helper()
	r, err := profile.New(t.Context(), profile.Card{Name: name, Sequence: sequence, Issued: now, Expires: now.Add(time.Hour)}, recordtest.Signer(actor))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: now, Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func see(t *testing.T, b *Book, v record.Verified) Contact {
	t.Helper()
	c, err := b.SeeCard(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestResolveTakesAPetnameThenAUniqueNameThenAKey(t *testing.T) {
	b := open(t, store.NewMemory())
	bakery := see(t, b, card(t, "the bakery", "Bread & Co", 1))
	see(t, b, card(t, "the roaster", "Coffee", 1))
	see(t, b, card(t, "the copycat", "Coffee", 1))
	if _, err := b.Name(t.Context(), recordtest.Signer("the roaster").Key(), "Bread & Co"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  string
		want record.Key
	}{
		{"bread & co", recordtest.Signer("the roaster").Key()}, // the petname goes before the claim
		{bakery.Key.String(), bakery.Key},
		{strings.ToUpper(bakery.Key.Short()), bakery.Key},
	} {
		if got, err := b.Resolve(c.who); err != nil || got.Key != c.want {
			t.Errorf("Resolve(%q) = %s, %v", c.who, got.Key.Short(), err)
		}
	}
	var several *AmbiguousError
	if _, err := b.Resolve("coffee"); !errors.As(err, &several) || len(several.Matches) != 2 {
		t.Errorf("two of one name: %v", err)
	}
	for _, who := range []string{"", "nobody", bakery.Key.String()[:7]} {
		if _, err := b.Resolve(who); !errors.Is(err, ErrUnknown) {
			t.Errorf("Resolve(%q): %v", who, err)
		}
	}
}

func TestTheNewestCardWinsAndSurvives(t *testing.T) {
	s := store.NewMemory()
	b := open(t, s)
	see(t, b, card(t, "the bakery", "New", 2))
	if c := see(t, b, card(t, "the bakery", "Old", 1)); c.Card.Name != "New" {
		t.Errorf("an older card took the place of a newer one: %q", c.Card.Name)
	}
	if c, ok := open(t, s).Get(recordtest.Signer("the bakery").Key()); !ok || c.Card.Name != "New" {
		t.Errorf("after a restart: %q, %v", c.Card.Name, ok)
	}
}

func TestAContactIsMetUnderOneKeyForEver(t *testing.T) {
	s := store.NewMemory()
	b := open(t, s)
	bakery := see(t, b, card(t, "the bakery", "Bread", 1)).Key
	made := 0
	create := func(context.Context) (record.Key, error) {
		made++
		return recordtest.Signer("alice").Key(), nil
	}
	for range 3 {
		if k, err := b.Mine(t.Context(), bakery, create); err != nil || k != recordtest.Signer("alice").Key() {
			t.Fatalf("%s, %v", k.Short(), err)
		}
	}
	b = open(t, s)
	if _, err := b.Mine(t.Context(), bakery, create); err != nil || made != 1 {
		t.Errorf("%d keys made, %v", made, err)
	}
	if c, ok := b.ByMine(recordtest.Signer("alice").Key()); !ok || c.Key != bakery {
		t.Errorf("ByMine = %v, %v", c.Key.Short(), ok)
	}
}

// makes returns what makes the key of an actor.
func makes(actor string) func(context.Context) (record.Key, error) {
	return func(context.Context) (record.Key, error) { return recordtest.Signer(actor).Key(), nil }
}

// full is a store whose disk is full.
type full struct{ *store.Memory }

func (full) Put(context.Context, store.Table, []byte, []byte) error { return store.ErrReadOnly }

func TestWhatIsntKeptIsntHandedOut(t *testing.T) {
	b, err := Open(t.Context(), full{store.NewMemory()}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	k := recordtest.Signer("the bakery").Key()
	_, err = b.Mine(t.Context(), k, makes("alice"))
	if !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a key that wasn't kept: %v", err)
	}
	if _, err := b.SeeCard(t.Context(), card(t, "the bakery", "Bread", 1)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a card that wasn't kept: %v", err)
	}
	if len(b.List()) != 0 {
		t.Errorf("%d contacts in memory", len(b.List()))
	}
}

func TestPetnamesAreRefusedWithoutAChange(t *testing.T) {
	b := open(t, store.NewMemory())
	bakery, roaster := see(t, b, card(t, "the bakery", "Bread", 1)), see(t, b, card(t, "the roaster", "Coffee", 1))
	if _, err := b.Name(t.Context(), bakery.Key, "corner"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"": ErrPetname, " corner": ErrPetname, strings.Repeat("x", MaxPetname+1): ErrPetname, "CORNER": ErrPetname,
	} {
		if _, err := b.Name(t.Context(), roaster.Key, name); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := b.Name(t.Context(), recordtest.Signer("bob").Key(), "bob"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a stranger: %v", err)
	}
	if c, _ := b.Get(roaster.Key); c.Petname != "" {
		t.Errorf("petname is %q", c.Petname)
	}
}
