package catalog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bywaynet/byway/protocol/catalog/sheet"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

const columns = "sku,name,category,price,currency,unit,condition,availability,description,gtin,url\n"

// path parses a category that the test itself wrote.
func path(t testing.TB, s string) category.Path {
	t.Helper()
	p, err := category.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestImportTakesEachColumnOver(t *testing.T) {
	l, r, err := Import(strings.NewReader(columns+"1, Green\ttea\u202e ,food/tea,4.50,eur,tin,used,Limited,\" two\nlines \",9520000000011,https://shop.example/1\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Item{
		SKU: "1", Name: "Green tea", Description: "two lines", Category: path(t, "food/tea"), Price: money.Amount{Minor: 450, Currency: "EUR"},
		Unit: "tin", Condition: Used, Availability: Limited, GTIN: "9520000000011", URL: "https://shop.example/1", Line: 2,
	}
	if got, ok := l.BySKU("1"); !ok || got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if r.Format != CSV || r.Rows != 1 || r.Kept != 1 || r.LeftOut != nil || r.Changed != nil {
		t.Errorf("report %+v", r)
	}
}

func TestItemThatCannotBeSoldIsLeftOutByLineAndTheRestKept(t *testing.T) {
	const good = "0,Good,food,1,EUR,,,,,,\n"
	for name, c := range map[string]struct{ row, reason string }{
		"no sku":            {",a,food,1,EUR,,,,,,", "no sku"},
		"long sku":          {strings.Repeat("x", 65) + ",a,food,1,EUR,,,,,,", "sku has 65 bytes, at most 64"},
		"duplicate sku":     {"0,a,food,1,EUR,,,,,,", "duplicate sku, first on line 2"},
		"no name":           {"1,,food,1,EUR,,,,,,", "no name"},
		"invisible name":    {"1,\u202e\u2066,food,1,EUR,,,,,,", "no name"},
		"long name":         {"1," + strings.Repeat("é", 129) + ",food,1,EUR,,,,,,", "name has 258 bytes, at most 256"},
		"no price":          {"1,a,food,,EUR,,,,,,", "no price"},
		"price of nothing":  {"1,a,food,0.00,EUR,,,,,,", "a price of nothing"},
		"negative price":    {"1,a,food,-1,EUR,,,,,,", "negative price"},
		"decimal comma":     {`1,a,food,"1,50",EUR,,,,,,`, "isn't a plain decimal"},
		"too many decimals": {"1,a,food,1.505,EUR,,,,,,", "more decimals than EUR"},
		"decimals of yen":   {"1,a,food,1.5,JPY,,,,,,", "more decimals than JPY"},
		"price too large":   {"1,a,food,99999999999999999999,EUR,,,,,,", "is too large"},
		"no currency":       {"1,a,food,1,,,,,,,", "no currency"},
		"unknown currency":  {"1,a,food,1,XYZ,,,,,,", `currency "XYZ" isn't one`},
		"no category":       {"1,a,,1,EUR,,,,,,", "no category"},
		"bad category":      {"1,a,Food & Drink > Tea,1,EUR,,,,,,", "bad category"},
		"deep category":     {"1,a,a/b/c/d/e,1,EUR,,,,,,", "bad category"},
		"unknown condition": {"1,a,food,1,EUR,,shiny,,,,", "condition \"shiny\" is unknown"},
		"out of stock":      {"1,a,food,1,EUR,,,out of stock,,,", "not for sale"},
		"discontinued":      {"1,a,food,1,EUR,,,https://schema.org/Discontinued,,,", "not for sale"},
		"unknown stock":     {"1,a,food,1,EUR,,,perhaps,,,", "not for sale"},
		"long unit":         {"1,a,food,1,EUR," + strings.Repeat("x", 33) + ",,,,,", "unit has 33 bytes"},
	} {
		text := columns + good + c.row + "\n"
		l, r, err := Import(strings.NewReader(text), Options{})
		if err != nil || l.Len() != 1 || r.Kept != 1 || r.Rows != 2 {
			t.Errorf("%s: %d items, %+v, %v", name, l.Len(), r, err)
			continue
		}
		if len(r.LeftOut) != 1 || r.LeftOut[0].Line != 3 || !strings.Contains(r.LeftOut[0].Reason, c.reason) || r.LeftOut[0].Try == "" {
			t.Errorf("%s: left out %+v, want %q", name, r.LeftOut, c.reason)
		}
		if it, ok := l.BySKU("0"); !ok || it.Name != "Good" {
			t.Errorf("%s: the good item is gone", name)
		}
		l, _, err = Import(strings.NewReader(text), Options{Strict: true})
		if !errors.Is(err, ErrStrict) || l.Len() != 0 || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%s, strict: %d items, %v", name, l.Len(), err)
		}
	}
}

func TestItemIsKeptWithoutWhatItCanBeSoldWithout(t *testing.T) {
	for name, c := range map[string]struct {
		row, reason string
		left        func(Item) bool
	}{
		"mangled gtin":     {"1,a,food,1,EUR,,,,,9.52E+12,", "gtin", func(it Item) bool { return it.GTIN == "" }},
		"wrong check":      {"1,a,food,1,EUR,,,,,9520000000012,", "gtin", func(it Item) bool { return it.GTIN == "" }},
		"script address":   {"1,a,food,1,EUR,,,,,,javascript:alert(1)", "url", func(it Item) bool { return it.URL == "" }},
		"relative address": {"1,a,food,1,EUR,,,,,,/tea", "url", func(it Item) bool { return it.URL == "" }},
		"long description": {"1,a,food,1,EUR,,,," + strings.Repeat("ä", 1500) + ",,", "description of 3000 bytes", func(it Item) bool { return len(it.Description) == 2048 }},
	} {
		text := columns + c.row + "\n"
		l, r, err := Import(strings.NewReader(text), Options{})
		if err != nil || l.Len() != 1 || len(r.LeftOut) != 0 {
			t.Errorf("%s: %d items, %+v, %v", name, l.Len(), r, err)
			continue
		}
		if it, _ := l.BySKU("1"); !c.left(it) || len(r.Changed) != 1 || r.Changed[0].Line != 2 || !strings.Contains(r.Changed[0].Reason, c.reason) {
			t.Errorf("%s: %+v, report %+v", name, it, r)
		}
		if _, _, err := Import(strings.NewReader(text), Options{Strict: true}); !errors.Is(err, ErrStrict) {
			t.Errorf("%s, strict: %v", name, err)
		}
	}
}

func TestFileThatCannotBeParsedGivesNoList(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"cut JSON":        {strings.NewReader(`[{"@type":"Product"`), sheet.ErrFormat},
		"ragged CSV":      {strings.NewReader(columns + "1,a\n"), sheet.ErrFormat},
		"nothing to sell": {strings.NewReader(columns + "1,a,food,,EUR,,,,,,\n"), ErrNothing},
		"read error":      {iotest.ErrReader(broken), broken},
		"too large":       {io.LimitReader(endless{}, MaxFileBytes+100), sheet.ErrTooLarge},
	} {
		l, _, err := Import(c.r, Options{})
		if !errors.Is(err, c.want) || l.Len() != 0 {
			t.Errorf("%s: %d items, %v; want %v", name, l.Len(), err, c.want)
		}
	}
}

// endless is a file without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestStrictRefusalNamesEachLineUpToAScreenful(t *testing.T) {
	_, r, err := Import(strings.NewReader(columns+strings.Repeat("1,a,food,,EUR,,,,,,\n", 25)), Options{Strict: true})
	if len(r.LeftOut) != 25 || !strings.Contains(fmt.Sprint(err), "25 of 25 rows") || !strings.Contains(err.Error(), "line 21 (sku \"1\"): no price") || !strings.Contains(err.Error(), "and 5 more") {
		t.Errorf("%d left out: %v", len(r.LeftOut), err)
	}
}

func TestSecondRowStandsInForOneThatWasLeftOut(t *testing.T) {
	l, r, err := Import(strings.NewReader(columns+"1,a,food,,EUR,,,,,,\n1,b,food,1,EUR,,,,,,\n"), Options{})
	if it, _ := l.BySKU("1"); err != nil || it.Name != "b" || len(r.LeftOut) != 1 {
		t.Errorf("%+v, %+v, %v", it, r, err)
	}
}

func TestShopCategoriesBecomePathsOrTheDefault(t *testing.T) {
	for given, want := range map[string]string{
		`"category":"Home &amp; Garden > Tea Pots",`: "home-garden/tea-pots",
		`"category":"A/B/C/D/E",`:                    "a/b/c/d",
		`"category":"",`:                             "kitchen",
		`"category":"499954",`:                       "kitchen",
		`"category":"---",`:                          "kitchen",
		``:                                           "kitchen",
	} {
		text := `{"@type":"Product",` + given + `"sku":"1","name":"Teapot","offers":{"price":"9.90","priceCurrency":"EUR","priceSpecification":{"unitCode":"C62"}}}`
		l, _, err := Import(strings.NewReader(text), Options{Category: path(t, "kitchen"), Strict: true})
		if it, _ := l.BySKU("1"); err != nil || it.Category.String() != want || it.Unit != "" || it.Price.Minor != 990 {
			t.Errorf("%s gave %+v, %v; want %s", given, it, err, want)
		}
		if _, r, err := Import(strings.NewReader(text), Options{}); want == "kitchen" && (!errors.Is(err, ErrNothing) || len(r.LeftOut) != 1) {
			t.Errorf("%s without a default: %+v, %v", given, r, err)
		}
	}
}

func TestPriceWithoutCurrencyIsInTheDefault(t *testing.T) {
	const text = columns + "1,a,food,1.50,,,,,,,\n2,b,food,1.50,CHF,,,,,,\n"
	l, _, err := Import(strings.NewReader(text), Options{Currency: "EUR", Strict: true})
	first, _ := l.BySKU("1")
	second, _ := l.BySKU("2")
	if err != nil || first.Price.String() != "1.50 EUR" || second.Price.String() != "1.50 CHF" {
		t.Errorf("%v and %v, %v; want the default, and the item's own", first.Price, second.Price, err)
	}
	if l, r, err := Import(strings.NewReader(text), Options{}); err != nil || l.Len() != 1 || r.LeftOut[0].SKU != "1" {
		t.Errorf("without a default: %d items, %+v, %v", l.Len(), r.LeftOut, err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(columns+"1,a,food,1,EUR,kg,new,limited,d,9520000000011,https://shop.example/\n2,b,,x,,,,,,,\n"), false)
	f.Add([]byte(`[{"@type":"Product","sku":"1","name":"a","category":"B > c","offers":{"price":1.50,"priceCurrency":"EUR"}}]`), true)
	f.Add([]byte(`<script type="application/ld+json">{"@type":"Product","sku":"1","name":"&amp;"}</script>`), false)
	for _, data := range vectorFiles(f) {
		f.Add(data, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, strict bool) {
		l, r, err := Import(strings.NewReader(string(data)), Options{Category: path(t, "other"), Strict: strict})
		if err != nil {
			if l.Len() != 0 {
				t.Fatalf("%d items with %v", l.Len(), err)
			}
			return
		}
		if l.Len() == 0 || r.Kept != l.Len() || r.Kept+len(r.LeftOut) != r.Rows || strict && len(r.LeftOut)+len(r.Changed) > 0 {
			t.Fatalf("%d items, report %+v", l.Len(), r)
		}
		checkEncoding(t, l)
	})
}
