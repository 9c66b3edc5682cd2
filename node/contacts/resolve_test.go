package contacts

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

func TestANameNeverTakesAnothersKeyAway(t *testing.T) {
	bakery, impostor := recordtest.Signer("the bakery").Key(), recordtest.Signer("the impostor").Key()
	for name, c := range map[string]struct {
		claim, petname string // the impostor's; the petname was given before the bakery was known
		who            string
		want           []record.Key // one: it is meant; several: none is
	}{
		"a claim of the first letters":          {claim: bakery.Short(), who: bakery.Short(), want: []record.Key{bakery, impostor}},
		"a claim in capitals":                   {claim: strings.ToUpper(bakery.Short()), who: bakery.Short(), want: []record.Key{bakery, impostor}},
		"a claim of more letters":               {claim: bakery.String()[:20], who: bakery.String()[:20], want: []record.Key{bakery, impostor}},
		"a claim of more than was asked for":    {claim: bakery.String()[:20], who: bakery.Short(), want: []record.Key{bakery}},
		"a claim of too few letters for a key":  {claim: bakery.String()[:7], who: bakery.String()[:7], want: []record.Key{impostor}},
		"a claim of the whole key":              {claim: bakery.String(), who: bakery.String(), want: []record.Key{bakery}},
		"a claim of its own first letters":      {claim: impostor.Short(), who: impostor.Short(), want: []record.Key{impostor}},
		"an older petname of the first letters": {claim: "Bread", petname: bakery.Short(), who: bakery.Short(), want: []record.Key{bakery, impostor}},
		"an older petname, the key in full":     {claim: "Bread", petname: bakery.Short(), who: strings.ToUpper(bakery.String()), want: []record.Key{bakery}},
		"a petname of no key":                   {claim: "Bread", petname: "cornershop", who: "CORNERSHOP", want: []record.Key{impostor}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, store.NewMemory())
			see(t, b, card(t, "the impostor", c.claim, 1))
			if c.petname != "" {
				if _, err := b.Name(t.Context(), impostor, c.petname); err != nil {
					t.Fatal(err)
				}
			}
			see(t, b, card(t, "the bakery", "Bread & Co", 1))
			got, err := b.Resolve(c.who)
			if len(c.want) == 1 {
				if err != nil || got.Key != c.want[0] {
					t.Errorf("Resolve(%q) = %s, %v", c.who, got.Label(), err)
				}
				return
			}
			var several *AmbiguousError
			if !errors.As(err, &several) || len(several.Matches) != len(c.want) {
				t.Fatalf("Resolve(%q) = %s, %v", c.who, got.Label(), err)
			}
			for _, k := range c.want {
				if !slices.ContainsFunc(several.Matches, func(m Contact) bool { return m.Key == k }) {
					t.Errorf("%s isn't shown: %v", k.Short(), err)
				}
			}
		})
	}
}

func TestAKeyInFullThatNobodyHasIsNoName(t *testing.T) {
	b := open(t, store.NewMemory())
	stranger := recordtest.Signer("bob").Key().String()
	see(t, b, card(t, "the impostor", stranger, 1))
	if c, err := b.Resolve(stranger); !errors.Is(err, ErrUnknown) {
		t.Errorf("a stranger's key means %s, %v", c.Label(), err)
	}
}

func TestPetnamesThatReadAsAnothersKeyAreRefused(t *testing.T) {
	b := open(t, store.NewMemory())
	bakery := see(t, b, card(t, "the bakery", "Bread", 1)).Key
	roaster := see(t, b, card(t, "the roaster", "Coffee", 1)).Key
	for _, petname := range []string{
		bakery.Short(), strings.ToUpper(bakery.Short()), bakery.String()[:20], bakery.String(), recordtest.Signer("bob").Key().String(),
	} {
		if _, err := b.Name(t.Context(), roaster, petname); !errors.Is(err, ErrPetname) {
			t.Errorf("%q: %v", petname, err)
		}
		if c, _ := b.Get(roaster); c.Petname != "" {
			t.Errorf("%q was refused, and is the petname", petname)
		}
	}
	for _, petname := range []string{bakery.String()[:7], roaster.Short()} {
		if _, err := b.Name(t.Context(), roaster, petname); err != nil {
			t.Errorf("%q: %v", petname, err)
		}
	}
}

func TestByMineFindsEachContactByItsOwnKeyAlone(t *testing.T) {
	s := store.NewMemory()
	b := open(t, s)
	for _, other := range []string{"the bakery", "the roaster"} {
		k := see(t, b, card(t, other, other, 1)).Key
		if _, err := b.Mine(t.Context(), k, makes("alice for "+other)); err != nil {
			t.Fatal(err)
		}
	}
	see(t, b, card(t, "bob", "Bob's", 1)) // met under no key
	for _, b := range []*Book{b, open(t, s)} {
		for _, other := range []string{"the bakery", "the roaster"} {
			if c, ok := b.ByMine(recordtest.Signer("alice for " + other).Key()); !ok || c.Card.Name != other {
				t.Errorf("%s: %s, %v", other, c.Label(), ok)
			}
		}
		for _, k := range []record.Key{{}, recordtest.Signer("alice").Key()} {
			if c, ok := b.ByMine(k); ok {
				t.Errorf("%s is met under a key that nobody is met under", c.Label())
			}
		}
	}
}
