package catalog

import (
	"os"
	"testing"

	"github.com/bywaynet/byway/protocol/category"
)

// example imports one of the lists that ship with the examples.
func example(t testing.TB, name string) (List, Report) {
	t.Helper()
	f, err := os.Open("../../examples/lists/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, report, err := Import(f, Options{Strict: true})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return l, report
}

func TestExampleListsImportWithoutAnItemLeftOut(t *testing.T) {
	tops := make(map[category.Path]bool)
	for _, d := range category.Defaults() {
		tops[d.Path] = true
	}
	for name, format := range map[string]Format{"roaster.csv": CSV, "bicycles.jsonld": JSONLD, "hardware.csv": CSV} {
		l, r := example(t, name)
		if l.Len() < 36 || r.Kept != r.Rows || len(r.LeftOut)+len(r.Changed)+len(r.Ignored) != 0 || r.Format != format {
			t.Errorf("%s: %d items, report %+v", name, l.Len(), r)
		}
		for it := range l.Items() {
			if !tops[it.Category.Top()] {
				t.Errorf("%s: %s is in %s, which is under no default category", name, it.SKU, it.Category)
			}
		}
	}
}

func TestExampleListsAnswerPlainWishes(t *testing.T) {
	parse := func(s string) category.Path {
		p, err := category.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		list     string
		wish     Wish
		sku      string
		name     string
		price    int64
		currency string
	}{
		{"roaster.csv", Wish{Category: parse("food/coffee"), Words: "Ethiopia Yirgacheffe beans 250g"}, "B-YIR-250", "Ethiopia Yirgacheffe, washed, 250 g whole beans", 1190, "EUR"},
		{"roaster.csv", Wish{Words: "tarrazu honey"}, "B-TAR-250", "Costa Rica Tarrazú, honey, 250 g whole beans", 1290, "EUR"},
		{"roaster.csv", Wish{Category: parse("kitchen"), Words: "electric grinder", Condition: Used}, "K-GRU", "Electric grinder, 64 mm burrs, trade-in", 21900, "EUR"},
		{"bicycles.jsonld", Wish{Category: parse("bicycles/city"), Words: "cafe step-through"}, "B-CITY-50", `City bicycle "Café", 7 gears, step-through`, 74900, "EUR"},
		{"bicycles.jsonld", Wish{Words: "touring bicycle 54 cm"}, "B-TOUR-54", `Touring bicycle "Elbe", 27 gears, frame 54 cm`, 134900, "EUR"},
		{"bicycles.jsonld", Wish{Category: parse("bicycles/e-bikes/cargo")}, "B-CARGO", "Cargo e-bike, long john, rain cover", 549000, "EUR"},
		{"bicycles.jsonld", Wish{Words: "spokes"}, "P-SPOK", "Spoke, stainless, 2 mm", 80, "EUR"},
		{"hardware.csv", Wish{Category: parse("tools"), Words: "M8x40 hex bolts"}, "10-M8-40", "Hex bolt M8 x 40, steel 8.8, zinc-plated", 39, "EUR"},
		{"hardware.csv", Wish{Words: "cordless drill 18v", Condition: New}, "30-D18", "Cordless drill 18 V, two batteries, case", 16900, "EUR"},
		{"hardware.csv", Wish{Words: "padlocks"}, "51-PAD", "Padlock 50 mm, brass", 1750, "EUR"},
	} {
		l, _ := example(t, c.list)
		got, err := l.Match(c.wish)
		if err != nil || len(got) == 0 {
			t.Errorf("%s, %+v: %v, %v", c.list, c.wish, got, err)
			continue
		}
		if it := got[0].Item; it.SKU != c.sku || it.Name != c.name || it.Price.Minor != c.price || string(it.Price.Currency) != c.currency {
			t.Errorf("%s, %+v: best is %+v", c.list, c.wish, it)
		}
	}
}
