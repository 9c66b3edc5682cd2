package catalog

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// shelf makes a list of items from "sku|category|minor|name|description".
func shelf(t testing.TB, lines ...string) List {
	t.Helper()
	var items []Item
	for _, line := range lines {
		f := strings.Split(line, "|")
		price, err := money.Parse(f[2], "EUR")
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, Item{SKU: f[0], Category: path(t, f[1]), Price: price, Name: f[3], Description: f[4], Condition: New})
	}
	l, err := NewList(items)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// skus lists what a wish finds, in order.
func skus(t testing.TB, l List, w Wish) string {
	t.Helper()
	got, err := l.Match(w)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range got {
		out = append(out, m.Item.SKU)
	}
	return strings.Join(out, " ")
}

func TestCategoryMatchesUnderAndAboveTheWishedOne(t *testing.T) {
	l := shelf(t, "beans|food/coffee/beans|9|x|", "coffee|food/coffee|8|x|", "food|food|1|x|", "tea|food/tea|2|x|", "cup|kitchen|3|x|")
	for wish, want := range map[string]string{
		"food": "food tea coffee beans", "food/coffee": "coffee beans food", "food/coffee/beans": "beans coffee food",
		"food/coffee/beans/whole": "beans coffee food", "food/cake": "food", "drink": "",
	} {
		if got := skus(t, l, Wish{Category: path(t, wish)}); got != want {
			t.Errorf("%s: %q, want %q", wish, got, want)
		}
		if got := skus(t, l, Wish{Category: path(t, wish), Words: "x"}); got != want {
			t.Errorf("%s with a word: %q, want %q", wish, got, want)
		}
	}
}

func TestWordsAreFoundHoweverTheyAreWritten(t *testing.T) {
	for _, c := range []struct{ name, wish string }{
		{"Café crème", "CAFE creme"}, {"Cafe", "Cafe\u0301"}, {"Straßenrad", "STRASSENRAD"}, {"Smørrebrød", "smorrebrod"},
		{"Touring bicycle", "bicycles"}, {"Batteries", "battery"}, {"Box", "boxes"}, {"Brushes", "brush"}, {"Glass", "glasses"},
		{"250 g beans", "250g"}, {"Bolt M8 x 40", "m8x40"}, {"Bolt M8×40", "M8 x 40"}, {"Child's seat", "childs seat"},
		{"Ёлка", "елка"}, {"Καφές", "ΚΑΦΕΣ"}, {"قَهْوَة", "قهوة"}, {"ｶﾒﾗ", "カメラ"}, {"珈琲豆", "珈琲"}, {"珈琲豆", "豆"}, {"コーヒー豆", "コーヒー"},
		{"กาแฟสด", "กาแฟ"}, {"हिन्दी किताब", "किताब"}, {"커피 원두", "원두"},
	} {
		l := shelf(t, "1|food|1|"+c.name+"|")
		if got := skus(t, l, Wish{Words: c.wish}); got != "1" {
			t.Errorf("%q doesn't find %q", c.wish, c.name)
		}
	}
	for _, c := range []struct{ name, wish string }{{"Bus", "bu"}, {"Glass", "glas"}, {"Tea", "coffee"}, {"Teapot", "tea"}, {"हिन्दी", "हन"}, {"250 g", "25"}} {
		if got := skus(t, shelf(t, "1|food|1|"+c.name+"|"), Wish{Words: c.wish}); got != "" {
			t.Errorf("%q finds %q", c.wish, c.name)
		}
	}
}

func TestBetterMatchesComeFirst(t *testing.T) {
	l := shelf(t,
		"all|a/b|9|red steel pot|", "two|a/b|1|red steel|", "one|a/b|1|red|", "desc|a/b|1|thing|a red steel pot",
		"near|a|2|red steel pot|", "cheap|a/b|3|red steel pot|", "same|a/b|3|red steel pot|")
	if got, want := skus(t, l, Wish{Category: path(t, "a/b"), Words: "red steel pot"}), "cheap same all near two desc"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	matches, err := l.Match(Wish{Words: "red steel pot", Quantity: 3})
	if err != nil || matches[0].Score != 100 || matches[0].Item.SKU != "near" || matches[0].Total != (money.Amount{Minor: 600, Currency: "EUR"}) {
		t.Errorf("%+v, %v", matches, err)
	}
	if last := matches[len(matches)-1]; last.Item.SKU != "desc" || last.Score != 33 {
		t.Errorf("last is %+v", last)
	}
}

func TestConditionsExcludeWhateverTheWordsSay(t *testing.T) {
	l := shelf(t, "new|a|10|pot|", "dear|a|20|pot|", "max|a|10000000000000|pot|")
	items := slices.Collect(l.Items())
	used := items[0]
	used.SKU, used.Condition = "used", Used
	yen := items[0]
	yen.SKU, yen.Price = "yen", money.Amount{Minor: 5, Currency: "JPY"}
	l, err := NewList(append(items, used, yen))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		wish Wish
		want string
	}{
		{Wish{Words: "pot"}, "new used dear max yen"},
		{Wish{Words: "pot", Condition: Used}, "used"},
		{Wish{Words: "pot", Condition: New, Currency: "EUR"}, "new dear max"},
		{Wish{Words: "pot", Currency: "JPY"}, "yen"},
		{Wish{Words: "pot", Currency: "CHF"}, ""},
		{Wish{Words: "pot", MaxPrice: money.Amount{Minor: 1000, Currency: "EUR"}}, "new used"},
		{Wish{Words: "pot", MaxPrice: money.Amount{Minor: 999, Currency: "EUR"}}, ""},
		{Wish{Words: "pot", MaxPrice: money.Amount{Minor: 999, Currency: "JPY"}}, "yen"},
		{Wish{Words: "pot", Quantity: 2}, "new used dear yen"}, // two of max are more than an amount can hold
	} {
		if got := skus(t, l, c.wish); got != c.want {
			t.Errorf("%+v: %q, want %q", c.wish, got, c.want)
		}
	}
}

func TestBadWishIsRefused(t *testing.T) {
	l := shelf(t, "1|food|1|tea|")
	for name, w := range map[string]Wish{
		"empty":             {},
		"no word":           {Words: " -- !"},
		"too long":          {Words: strings.Repeat("x", MaxWishBytes+1)},
		"negative quantity": {Words: "tea", Quantity: -1},
		"huge quantity":     {Words: "tea", Quantity: MaxQuantity + 1},
		"condition":         {Words: "tea", Condition: 7},
		"currency":          {Words: "tea", Currency: "eur"},
		"highest price":     {Words: "tea", MaxPrice: money.Amount{Minor: -1, Currency: "EUR"}},
		"price of nothing":  {Words: "tea", MaxPrice: money.Amount{Minor: 1}},
	} {
		if got, err := l.Match(w); !errors.Is(err, ErrWish) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// scan is the rule of Match without an index: every item is looked at.
func scan(l List, w Wish) []string {
	type scored struct {
		it            Item
		weight, close int
	}
	var all []scored
	terms := w.terms()
	for it := range l.Items() {
		named, described := map[string]bool{}, map[string]bool{}
		for _, text := range []string{it.Name, it.Category.String(), it.SKU, it.GTIN} {
			words(text, true, func(s string) { named[s] = true })
		}
		words(it.Description, true, func(s string) { described[s] = true })
		found, weight := 0, 0
		for _, term := range terms {
			switch {
			case named[term]:
				found, weight = found+1, weight+3
			case described[term]:
				found, weight = found+1, weight+1
			}
		}
		f := fact{minor: it.Price.Minor, currency: it.Price.Currency, condition: it.Condition}
		if near := w.closeness(it.Category); near > 0 && (len(terms) == 0 || 2*found > len(terms)) && w.admits(&f) {
			all = append(all, scored{it, weight, near})
		}
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(b.close, a.close),
			cmp.Compare(a.it.Availability, b.it.Availability), cmp.Compare(a.it.Price.Currency, b.it.Price.Currency),
			cmp.Compare(a.it.Price.Minor, b.it.Price.Minor), cmp.Compare(a.it.SKU, b.it.SKU))
	})
	var out []string
	for _, s := range all[:min(len(all), MaxMatches)] {
		out = append(out, s.it.SKU)
	}
	return out
}

func TestIndexFindsWhatALookAtEveryItemFinds(t *testing.T) {
	paths := []string{"a", "a/b", "a/b/c", "a/d", "e", "e/f"}
	vocabulary := strings.Fields("red blue steel tea pot pots cup big 10 250g 珈琲豆 café x")
	text := func(t *rapid.T, label string, n int) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, n).Draw(t, label), " ")
	}
	rapid.Check(t, func(rt *rapid.T) {
		items := make([]Item, rapid.IntRange(0, 60).Draw(rt, "items"))
		for i := range items {
			currency := money.Currency(rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(rt, "currency"))
			items[i] = Item{
				SKU: "s" + strings.Repeat("i", i), Name: strings.TrimSpace("n " + text(rt, "name", 4)), Description: text(rt, "description", 4),
				Category:  path(t, rapid.SampledFrom(paths).Draw(rt, "category")),
				Price:     money.Amount{Minor: rapid.Int64Range(1, 4).Draw(rt, "price"), Currency: currency},
				Condition: Condition(rapid.IntRange(1, 2).Draw(rt, "condition")), Availability: Availability(rapid.IntRange(0, 2).Draw(rt, "availability")),
			}
			if i >= MaxSKUBytes-1 {
				items[i].SKU = "t" + strings.Repeat("i", i-MaxSKUBytes+1)
			}
		}
		l, err := NewList(items)
		if err != nil {
			rt.Fatal(err)
		}
		w := Wish{Words: text(rt, "words", 6), Condition: Condition(rapid.IntRange(0, 2).Draw(rt, "wished condition"))}
		if rapid.Bool().Draw(rt, "by category") {
			w.Category = path(t, rapid.SampledFrom(append(paths, "a/b/c/x", "z")).Draw(rt, "wished category"))
		}
		if rapid.Bool().Draw(rt, "capped") {
			w.MaxPrice = money.Amount{Minor: rapid.Int64Range(1, 4).Draw(rt, "highest"), Currency: "EUR"}
		}
		got, err := l.Match(w)
		if errors.Is(err, ErrWish) {
			return
		}
		var have []string
		for _, m := range got {
			have = append(have, m.Item.SKU)
		}
		if want := scan(l, w); err != nil || !slices.Equal(have, want) {
			rt.Fatalf("%+v: %v, %v; want %v", w, have, err, want)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Café 250g M8x40", "珈琲豆 コーヒー", "a\u0301\u0301", "x1", "'s", "قَهْوَة"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// A name must be found by itself: what a wish looks for is among what the index has.
		indexed := map[string]bool{}
		words(s, true, func(w string) { indexed[w] = true })
		words(s, false, func(w string) {
			if w == "" || !indexed[w] {
				t.Fatalf("%q yields %q for a wish alone", s, w)
			}
		})
		if once := tidy(s); tidy(once) != once {
			t.Fatalf("%q tidied twice differs: %q, %q", s, once, tidy(once))
		}
		if _, err := category.FromLabels([]string{s}); err != nil && !errors.Is(err, category.ErrPath) {
			t.Fatal(err)
		}
	})
}
