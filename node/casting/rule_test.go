package casting

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
)

// waits reports whether an intention was journaled for the human.
func (p *party) waits(id record.ID) bool {
	p.w.t.Helper()
	es, err := p.store.Entries(p.w.t.Context(), id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return len(es) > 0 && es[0].Rec.ID() == id && !es[0].Mine
}

func TestTheRuleOffersWhatItCanPriceAndLeavesTheRestToAHuman(t *testing.T) {
	for name, c := range map[string]struct {
		mode   Mode
		change func(*Wish)
		price  int64 // of the offer; 0 for none
		waits  bool
	}{
		"by hand":                      {Human, func(*Wish) {}, 0, true},
		"two pieces":                   {Auto, func(*Wish) {}, 3700, false},
		"two bags":                     {Auto, func(w *Wish) { w.Unit = "bags" }, 3700, false},
		"one kilogram":                 {Auto, func(w *Wish) { w.Quantity, w.Unit = 1, "kg" }, 1850, false},
		"500 grams":                    {Auto, func(w *Wish) { w.Quantity, w.Unit = 500, "g" }, 0, true},
		"an attribute that it has":     {Auto, func(w *Wish) { w.Attributes = []intention.Attribute{{Name: "size", Value: "1 KG"}} }, 3700, false},
		"an attribute that it hasn't":  {Auto, func(w *Wish) { w.Attributes = []intention.Attribute{{Name: "label", Value: "organic"}} }, 0, true},
		"something else":               {Auto, func(w *Wish) { w.Text = "a racing bicycle frame" }, 0, false},
		"another currency":             {Auto, func(w *Wish) { w.Currency = "USD" }, 0, false},
		"used":                         {Auto, func(w *Wish) { w.Condition = intention.ConditionUsed }, 0, false},
		"more than can be told apart":  {Auto, func(w *Wish) { w.Quantity = 4_000_000_000 }, 0, false},
		"as many as a price can carry": {Auto, func(w *Wish) { w.Quantity = 1_000_000 }, 1_850_000_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				alice, roaster := w.party("alice"), w.party("roaster")
				roaster.asVendor()
				roaster.imports(roasts, c.mode)
				alice.asPerson()
				wish := w.beans()
				c.change(&wish)
				i := alice.cast(wish)
				synctest.Wait()
				os := alice.offers(i.ID)
				if c.price == 0 && len(os) != 0 || c.price > 0 && (len(os) != 1 || os[0].Price.Minor != c.price) {
					t.Errorf("offers: %+v", os)
				}
				if roaster.waits(i.ID) != c.waits {
					t.Errorf("waits for a human: %t, want %t", !c.waits, c.waits)
				}
			})
		})
	}
}

func TestWhoDealsInNothingIsLeftNothing(t *testing.T) {
	for name, c := range map[string]struct {
		deals []string
		waits bool
	}{
		"nothing":                {nil, false},
		"the category":           {[]string{"food/coffee/beans"}, true},
		"a category above":       {[]string{"food"}, true},
		"a category below":       {[]string{"food/coffee/beans/green"}, true},
		"a category beside":      {[]string{"food/coffee/grinders"}, false},
		"several, one of them":   {[]string{"tools", "food/coffee"}, true},
		"several, none of them ": {[]string{"tools", "food/bread"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				alice, roaster := w.party("alice"), w.party("roaster")
				roaster.deals = nil
				for _, d := range c.deals {
					roaster.deals = append(roaster.deals, path(t, d))
				}
				roaster.asVendor()
				alice.asPerson()
				i := alice.cast(w.beans())
				synctest.Wait()
				if roaster.waits(i.ID) != c.waits {
					t.Errorf("waits for a human: %t, want %t", !c.waits, c.waits)
				}
				if got, err := roaster.vendor.Get(t.Context(), i.ID); err != nil || got.ID != i.ID {
					t.Errorf("it isn't listed: %v", err)
				}
			})
		})
	}
}

func TestWhatIsLiveIsLookedAtAgainWhenTheListOrTheModeChanges(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		if !roaster.waits(i.ID) {
			t.Error("it doesn't wait for the human")
		}
		roaster.imports(roasts, Auto)
		synctest.Wait()
		roaster.imports(roasts, Auto)
		synctest.Wait()
		if n := len(alice.offers(i.ID)); n != 1 {
			t.Errorf("%d offers, want 1", n)
		}
	})
}

func TestTheListAndTheModeOutliveARestart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.party("roaster")
		v := p.asVendor()
		p.imports(roasts, Auto)
		again, err := OpenVendor(t.Context(), v.VendorConfig)
		if err != nil || again.Catalog().Len() != 2 || again.Mode() != Auto {
			t.Errorf("%d items, %s, %v", again.Catalog().Len(), again.Mode(), err)
		}
	})
}

func TestABadPriceListChangesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		p := w.party("roaster")
		v := p.asVendor()
		p.imports(roasts, Auto)
		before, err := os.ReadFile(v.CatalogFile)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			list string
			o    catalog.Options
		}{
			"no list":           {"\x00\x01", catalog.Options{}},
			"nothing to sell":   {"sku,name,category,price,currency\n", catalog.Options{}},
			"one bad, strictly": {roasts + "X,Bad,food,not a price,EUR,\n", catalog.Options{Strict: true}},
		} {
			if _, err := v.Import(t.Context(), strings.NewReader(c.list), c.o); err == nil {
				t.Errorf("%s: imported", name)
			}
			after, err := os.ReadFile(v.CatalogFile)
			if err != nil || string(after) != string(before) || v.Catalog().Len() != 2 {
				t.Errorf("%s: the list changed: %v", name, err)
			}
		}
		if err := v.SetMode(t.Context(), "perhaps"); !errors.Is(err, ErrQuote) || v.Mode() != Auto {
			t.Errorf("mode %s, %v", v.Mode(), err)
		}
		if err := os.WriteFile(v.CatalogFile, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := OpenVendor(t.Context(), v.VendorConfig)
		if err != nil || again.Catalog().Len() != 0 {
			t.Errorf("a damaged list: %d items, %v", again.Catalog().Len(), err)
		}
	})
}

func TestQuotesThatCantBeAreRefusedAndLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Human)
		alice.asPerson()
		wish := w.beans()
		wish.Currency = "EUR"
		i := alice.cast(wish)
		synctest.Wait()
		euros := money.Amount{Minor: 5, Currency: "EUR"}
		for name, c := range map[string]struct {
			id   record.ID
			q    Quote
			want error
		}{
			"no such intention": {record.SumID(nil), *cake(), ErrUnknown},
			"nothing":           {i.ID, Quote{}, ErrQuote},
			"no price":          {i.ID, Quote{Item: "beans"}, ErrQuote},
			"another currency":  {i.ID, Quote{Item: "beans", Price: money.Amount{Minor: 5, Currency: "USD"}}, ErrQuote},
			"no such item":      {i.ID, Quote{SKU: "Z-9"}, ErrQuote},
			"unknown terms":     {i.ID, Quote{Item: "beans", Price: euros, Terms: []string{"NO-SUCH"}}, ErrQuote},
			"terms twice":       {i.ID, Quote{Item: "beans", Price: euros, Terms: []string{"SD-BASE", "SD-BASE"}}, ErrQuote},
			"for ever":          {i.ID, Quote{Item: "beans", Price: euros, GoodFor: 1 << 62}, ErrQuote},
			"a control":         {i.ID, Quote{Item: "be\x1bans", Price: euros}, ErrQuote},
			"a negative price":  {i.ID, Quote{Item: "beans", Price: money.Amount{Minor: -5, Currency: "EUR"}}, ErrQuote},
			"too long a note":   {i.ID, Quote{Item: "beans", Price: euros, Note: strings.Repeat("x", 513)}, ErrQuote},
		} {
			if _, err := roaster.vendor.Offer(t.Context(), c.id, c.q); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if len(roaster.sent()) != 0 {
				t.Errorf("%s: something was offered", name)
			}
		}
		if rows, err := roaster.store.Scan(t.Context(), tableQuotes, nil, nil, 1); err != nil || len(rows) != 0 {
			t.Errorf("%d offers planned, %v", len(rows), err)
		}
		if h, err := roaster.store.Head(t.Context(), roaster.key(), i.Key); err != nil || h.N != 0 {
			t.Errorf("%d statements to her key, %v", h.N, err)
		}
	})
}
