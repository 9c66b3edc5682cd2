package sheet

import (
	"errors"
	"strings"
	"testing"
)

// teapot is a product with the properties given, as JSON.
func teapot(properties string) string {
	return `{"@type":"Product","sku":"1","name":"Teapot"` + properties + `}`
}

func TestJSONLDPricesAreFoundInEveryShape(t *testing.T) {
	const offer = `"@type":"Offer","priceCurrency":"EUR"`
	for name, c := range map[string]struct{ text, price string }{
		"offer, price as text":       {teapot(`,"offers":{` + offer + `,"price":"12.50"}`), "12.5"},
		"offer, price as number":     {teapot(`,"offers":{` + offer + `,"price":12.50}`), "12.5"},
		"exact beyond a float":       {teapot(`,"offers":{` + offer + `,"price":9007199254740993.01}`), "9007199254740993.01"},
		"offers as array":            {teapot(`,"offers":[{` + offer + `,"price":"12.50"}]`), "12.5"},
		"aggregate":                  {teapot(`,"offers":{"@type":"AggregateOffer","priceCurrency":"EUR","lowPrice":"12.50","highPrice":"20"}`), "12.5"},
		"aggregate with its offers":  {teapot(`,"offers":{"@type":"AggregateOffer","lowPrice":"1","offers":[{` + offer + `,"price":"12.50"}]}`), "12.5"},
		"price specification":        {teapot(`,"offers":{"@type":"Offer","priceSpecification":{"price":"12.50","priceCurrency":"EUR"}}`), "12.5"},
		"specifications, one struck": {teapot(`,"offers":{"@type":"Offer","priceSpecification":[{"priceType":"https://schema.org/ListPrice","price":"20","priceCurrency":"EUR"},{"price":"12.50","priceCurrency":"EUR"}]}`), "12.5"},
		"value object":               {teapot(`,"offers":{` + offer + `,"price":{"@value":"12.50"}}`), "12.5"},
		"zeros that yen don't have":  {teapot(`,"offers":{` + offer + `,"price":"1200.00"}`), "1200"},
		"no offers":                  {teapot(``), ""},
		"offers empty":               {teapot(`,"offers":[]`), ""},
		"not a number, kept as text": {teapot(`,"offers":{` + offer + `,"price":"12,50 €"}`), "12,50 €"},
		"exponent, kept as text":     {teapot(`,"offers":{` + offer + `,"price":1.25e1}`), "1.25e1"},
		"referenced":                 {`{"@graph":[` + teapot(`,"offers":{"@id":"#o"}`) + `,{"@id":"#o",` + offer + `,"price":"12.50"}]}`, "12.5"},
		"the other way round":        {`{` + offer + `,"price":"12.50","itemOffered":` + teapot(``) + `}`, "12.5"},
	} {
		s, err := Read([]byte(c.text), Sniff)
		if err != nil || s.Format != JSONLD || len(s.Rows) != 1 || s.Rows[0].Price != c.price || s.Rows[0].SKU != "1" || s.Rows[0].Name != "Teapot" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestJSONLDProductsAreFoundWhereverPagesPutThem(t *testing.T) {
	product := teapot(`,"offers":{"price":1,"priceCurrency":"EUR"}`)
	for name, text := range map[string]string{
		"alone":               product,
		"array":               `[` + product + `]`,
		"graph":               `{"@context":"https://schema.org","@graph":[{"@type":"WebSite"},` + product + `]}`,
		"graph in array":      `[{"@graph":[` + product + `]}]`,
		"item list":           `{"@type":"ItemList","itemListElement":[{"@type":"ListItem","position":1,"item":` + product + `}]}`,
		"list of products":    `{"@type":"ItemList","itemListElement":[` + product + `]}`,
		"page":                `{"@type":"WebPage","mainEntity":` + product + `}`,
		"catalog of a shop":   `{"@type":"Store","hasOfferCatalog":{"@type":"OfferCatalog","itemListElement":[{"@type":"Offer","price":1,"priceCurrency":"EUR","itemOffered":` + product + `}]}}`,
		"types":               strings.Replace(product, `"Product"`, `["Product","Thing"]`, 1),
		"type as address":     strings.Replace(product, `"Product"`, `"http://schema.org/Product"`, 1),
		"prefixed":            `{"@type":"schema:Product","schema:sku":"1","schema:name":"Teapot","schema:offers":{"schema:price":1,"schema:priceCurrency":"EUR"}}`,
		"addresses as names":  `{"@type":"https://schema.org/Product","https://schema.org/sku":"1","https://schema.org/name":"Teapot","https://schema.org/offers":{"https://schema.org/price":1,"https://schema.org/priceCurrency":"EUR"}}`,
		"variant of a group":  `{"@type":"ProductGroup","name":"Teapot","hasVariant":[{"@type":"Product","sku":"1","offers":{"price":1,"priceCurrency":"EUR"}}]}`,
		"twice, by reference": `{"@graph":[{"@type":"ItemList","itemListElement":[{"item":{"@id":"#p"}}]},` + strings.Replace(product, `{`, `{"@id":"#p",`, 1) + `]}`,
	} {
		s, err := Read([]byte(text), JSONLD)
		if err != nil || len(s.Rows) != 1 {
			t.Errorf("%s: %+v, %v", name, s.Rows, err)
			continue
		}
		if r := s.Rows[0]; r.SKU != "1" || r.Name != "Teapot" || r.Price != "1" || r.Currency != "EUR" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestJSONLDPropertiesAreReadAsPlainText(t *testing.T) {
	text := "[\n" + teapot(`,"description":"<p>Holds 1&nbsp;l.</p><p>For tea &amp; more</p>","category":"Kitchen &gt; Tea &#233;","gtin13":"9520000000016",
		"url":"https://shop.example/?a=1&amp;b=2"`) + ",\n" + strings.Replace(teapot(`,"category":{"name":"Küche / Tee"},"offers":{"price":"3","priceCurrency":"EUR",
		"itemCondition":{"@id":"schema:UsedCondition"},"availability":["http://schema.org/InStock"],"sku":"2","priceSpecification":{"unitCode":"PR"}}`),
		`"Teapot"`, `[{"@language":"de","@value":"Teekanne &quot;L&#246;we&quot;"}]`, 1) + `]`
	s, err := Read([]byte(text), JSONLD)
	if err != nil || len(s.Rows) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	a := Row{Line: 2, SKU: "1", Name: "Teapot", Category: "Kitchen > Tea é", Description: "Holds 1\u00a0l.  For tea & more", GTIN: "9520000000016", URL: "https://shop.example/?a=1&b=2"}
	b := Row{Line: 4, SKU: "2", Name: `Teekanne "Löwe"`, Category: "Küche > Tee", Price: "3", Currency: "EUR", Unit: "PR", Condition: "UsedCondition", Availability: "InStock"}
	if s.Rows[0] != a || s.Rows[1] != b {
		t.Errorf("got\n%+v\n%+v, want\n%+v\n%+v", s.Rows[0], s.Rows[1], a, b)
	}
}

func TestJSONLDSKUFallsBackToWhatNamesTheProduct(t *testing.T) {
	for properties, want := range map[string]string{
		`"sku":5,"mpn":"m"`: "5", `"productID":"p","mpn":"m"`: "p", `"mpn":"m","gtin":"g"`: "m", `"gtin8":"g","@id":"#i"`: "g", `"@id":"#i"`: "#i", `"x":1`: "",
	} {
		s, err := Read([]byte(`{"@type":"Product",`+properties+`}`), JSONLD)
		if err != nil || s.Rows[0].SKU != want {
			t.Errorf("%s: %+v, %v", properties, s.Rows, err)
		}
	}
}

func TestPageIsReadByItsJSONLDScripts(t *testing.T) {
	page := "<!DOCTYPE html>\n<html><head><title>a < b</title>\n<script>var x = \"<p>\";</script>\n" +
		"<script type=\"application/ld+json\">\n{\"@type\":\"WebSite\"}\n</script>\n" +
		"<script type='Application/LD+JSON; charset=utf-8'\nid=x>\n" + teapot(`,"offers":{"price":1}`) + "\n</script></head>\n" +
		"<body><script type=\"application/json\">{</script><script type=\"application/ld+json\">" + strings.Replace(teapot(""), `"1"`, `"2"`, 1) + "</script></body></html>"
	s, err := Read([]byte("\n"+page), Sniff)
	if err != nil || s.Format != HTML || len(s.Rows) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if a, b := s.Rows[0], s.Rows[1]; a.SKU != "1" || a.Line != 10 || b.SKU != "2" || b.Line != 12 {
		t.Errorf("%+v", s.Rows)
	}
}

func TestBadJSONLDIsRefusedWithItsLine(t *testing.T) {
	good := teapot("") + ","
	for name, c := range map[string]struct {
		text   string
		format Format
		want   string
	}{
		"empty":              {"", JSONLD, "line 1 (byte 0 of the JSON): the JSON ends too early"},
		"cut":                {"[\n" + good + "\n{\"@type\":", JSONLD, "line 3 (byte"},
		"comma too many":     {"[\n" + good + "\n]", JSONLD, "line 3 (byte"},
		"comma missing":      {"[\n" + teapot("") + "\n" + teapot("") + "]", JSONLD, "line 3 (byte"},
		"single quotes":      {"\n{'a':1}", JSONLD, "line 2 (byte"},
		"raw newline":        {"{\"name\":\"a\nb\"}", JSONLD, "(byte"},
		"two values":         {teapot("") + "\n{}", JSONLD, "line 2 (byte"},
		"nothing to sell":    {`{"@type":"WebSite","name":"x"}`, JSONLD, "no schema.org Product"},
		"a number":           {"12", JSONLD, "no schema.org Product"},
		"nested too deep":    {strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2), JSONLD, "nest deeper than 64"},
		"not UTF-8":          {"[\n\"\xff\"]", JSONLD, "line 2 is not UTF-8"},
		"page without any":   {"<html><p>hello</p></html>", HTML, "no <script"},
		"page, second bad":   {"<script type=\"application/ld+json\">" + teapot("") + "</script>\n<script type=\"application/ld+json\">\n{\n</script>", HTML, "line 4 (byte"},
		"too many items":     {"[" + strings.Repeat(good, MaxRows) + teapot("") + "]", JSONLD, "more than 100000 items"},
		"too large":          {"[" + strings.Repeat(" ", MaxFileBytes), JSONLD, "too large"},
		"offers in a circle": {`{"@id":"#a","@type":"ItemList","itemListElement":{"@id":"#a"}}`, JSONLD, "no schema.org Product"},
	} {
		s, err := Read([]byte(c.text), c.format)
		if err == nil || !strings.Contains(err.Error(), c.want) || s.Rows != nil {
			t.Errorf("%s: %d rows, %v; want %q", name, len(s.Rows), err, c.want)
		}
		if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v is neither of our errors", name, err)
		}
	}
}

func TestJSONOfMoreValuesThanTheBoundIsRefused(t *testing.T) {
	text := script{text: []byte(`[{"a":1},2,3]`), line: 1}
	if _, err := newParser(text, 5).whole(); err != nil {
		t.Errorf("five values: %v", err)
	}
	if _, err := newParser(text, 4).whole(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one too many: %v", err)
	}
}

func FuzzJSONLD(f *testing.F) {
	for _, s := range []string{
		teapot(`,"offers":{"price":"12.50","priceCurrency":"EUR"}`), `[` + teapot("") + `]`,
		`{"@graph":[` + teapot(`,"offers":{"@id":"#o"}`) + `,{"@id":"#o","@type":"Offer","price":1.00}]}`,
		teapot(`,"offers":{"@type":"AggregateOffer","lowPrice":1,"offers":[{"price":2}]}`),
		`{"@type":"ProductGroup","hasVariant":[` + teapot("") + `,{"@id":"#x"}]}`, `{"@id":"#a","@type":"Product","hasVariant":{"@id":"#a"},"offers":{"@id":"#a"}}`,
		`{"@type":"ItemList","itemListElement":[{"item":` + teapot("") + `}]}`, "{\"a\":\n[", "\ufeff{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkSheet(t, data, JSONLD) })
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<script type=\"application/ld+json\">" + teapot(`,"description":"<b>&amp;"`) + "</script>",
		"<html>\n<script type='application/ld+json;x'\n>[\n]</script><script type=application/ld+json>", "<script type=\"application/ld+json\"/>", "<!-- <script",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkSheet(t, data, HTML) })
}
