package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bywaynet/byway/protocol/catalog/sheet"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// judge turns rows into items, or says why not.
type judge struct {
	options Options
	loose   bool           // categories are labels of the shop's own, to be made into paths
	lines   map[string]int // of the SKUs so far
}

// fault is why a row is left out and what to do.
type fault struct{ reason, try string }

// item judges one row. left is set if it can't be sold; changed says what an item that can be was kept without.
func (j *judge) item(row sheet.Row) (it Item, left *Problem, changed []Problem) {
	it = Item{SKU: tidy(row.SKU), Name: tidy(row.Name), Line: row.Line}
	problem := func(f fault) Problem { return Problem{row.Line, cut(it.SKU, MaxSKUBytes), f.reason, f.try} }
	for _, step := range []func(*Item, sheet.Row) *fault{j.names, j.price, j.category, j.state, j.unit} {
		if f := step(&it, row); f != nil {
			p := problem(*f)
			return Item{}, &p, nil
		}
	}
	// Only what is kept uses up its SKU: a second row may stand in for one that was left out.
	j.lines[it.SKU] = row.Line
	for _, f := range extras(&it, row) {
		changed = append(changed, problem(f))
	}
	return it, nil, changed
}

func (j *judge) names(it *Item, _ sheet.Row) *fault {
	switch first := j.lines[it.SKU]; {
	case it.SKU == "":
		return &fault{"no sku", "give it a number of its own"}
	case len(it.SKU) > MaxSKUBytes:
		return &fault{fmt.Sprintf("sku has %d bytes, at most %d", len(it.SKU), MaxSKUBytes), "shorten it"}
	case first != 0:
		return &fault{fmt.Sprintf("duplicate sku, first on line %d", first), "give each item its own"}
	case it.Name == "":
		return &fault{"no name", "say what it is"}
	case len(it.Name) > MaxNameBytes:
		return &fault{fmt.Sprintf("name has %d bytes, at most %d", len(it.Name), MaxNameBytes), "move the details to the description"}
	}
	return nil
}

func (j *judge) price(it *Item, row sheet.Row) *fault {
	if row.Price == "" {
		return &fault{"no price", "give it one, or take it out of the list"}
	}
	if row.Currency == "" {
		row.Currency = string(j.options.Currency)
	}
	if row.Currency == "" {
		return &fault{"no currency", "add the ISO 4217 code, such as EUR"}
	}
	price, err := money.Parse(row.Price, strings.ToUpper(row.Currency))
	switch {
	case errors.Is(err, money.ErrCurrency):
		return &fault{fmt.Sprintf("currency %.10q isn't one of ISO 4217", row.Currency), "write its code, such as EUR"}
	case errors.Is(err, money.ErrNegative):
		return &fault{fmt.Sprintf("negative price %.40q", row.Price), "write what the buyer pays"}
	case errors.Is(err, money.ErrDecimals):
		return &fault{fmt.Sprintf("price %.40q has more decimals than %s", row.Price, strings.ToUpper(row.Currency)), "round it"}
	case errors.Is(err, money.ErrTooLarge):
		return &fault{fmt.Sprintf("price %.40q is too large", row.Price), "write what the buyer pays"}
	case err != nil:
		return &fault{fmt.Sprintf("price %.40q isn't a plain decimal", row.Price), "write it like 1234.50"}
	case price.Minor == 0:
		// Shops write 0 for "ask us". An answer at that price would bind them to give the thing away.
		return &fault{"a price of nothing", "give it a price, or take it out of the list"}
	}
	it.Price = price
	return nil
}

func (j *judge) category(it *Item, row sheet.Row) *fault {
	p, err := category.Parse(row.Category)
	if j.loose {
		p, err = category.FromLabels(strings.Split(row.Category, ">"))
		if err == nil && strings.Trim(p.String(), "0123456789/") == "" {
			err = fmt.Errorf("%w: a number alone", category.ErrPath)
		}
	}
	usable := err == nil
	switch fallback := j.options.Category; {
	case usable:
		it.Category = p
	case (j.loose || row.Category == "") && !fallback.IsZero():
		it.Category = fallback
	case row.Category == "":
		return &fault{"no category", "give it one, such as food/coffee/beans, or name one for the whole import"}
	default:
		hint := "words like food/coffee/beans"
		if p, err := category.FromLabels(strings.FieldsFunc(row.Category, func(r rune) bool { return r == '>' || r == '/' })); err == nil {
			hint = p.String()
		}
		return &fault{fmt.Sprintf("bad category %.80q", row.Category), hint}
	}
	return nil
}

func (j *judge) state(it *Item, row sheet.Row) (f *fault) {
	var err error
	if it.Condition, err = ParseCondition(row.Condition); err != nil {
		return &fault{fmt.Sprintf("condition %.40q is unknown", row.Condition), "write new or used"}
	}
	if it.Availability, err = ParseAvailability(row.Availability); err != nil {
		return &fault{fmt.Sprintf("not for sale: its availability is %.40q", row.Availability), "import again when it can be sold"}
	}
	return nil
}

// Codes of UN/ECE Recommendation 20 that shops give for units, in plain words; a piece is "".
var unitCodes = map[string]string{
	"C62": "", "H87": "", "EA": "", "PCE": "", "KGM": "kg", "GRM": "g", "LTR": "l", "MLT": "ml", "MTR": "m", "CMT": "cm",
	"MTK": "m²", "MTQ": "m³", "PR": "pair", "NPR": "pair", "SET": "set", "HUR": "hour", "DAY": "day", "LBR": "lb", "ONZ": "oz",
}

func (j *judge) unit(it *Item, row sheet.Row) *fault {
	it.Unit = tidy(row.Unit)
	if plain, ok := unitCodes[it.Unit]; ok && j.loose {
		it.Unit = plain
	}
	// Without its unit a price means something else, so a unit is never just dropped.
	if len(it.Unit) > MaxUnitBytes {
		return &fault{fmt.Sprintf("unit has %d bytes, at most %d", len(it.Unit), MaxUnitBytes), "write it like kg or pair"}
	}
	return nil
}

// extras takes over what an item can be sold without, and says what couldn't be used.
func extras(it *Item, row sheet.Row) (dropped []fault) {
	if it.Description = tidy(row.Description); len(it.Description) > MaxDescriptionBytes {
		dropped = append(dropped, fault{fmt.Sprintf("description of %d bytes was cut at %d", len(it.Description), MaxDescriptionBytes), "shorten it"})
		it.Description = tidy(cut(it.Description, MaxDescriptionBytes))
	}
	if validGTIN(row.GTIN) {
		it.GTIN = row.GTIN
	} else if row.GTIN != "" {
		dropped = append(dropped, fault{fmt.Sprintf("gtin %.40q isn't one and was dropped", row.GTIN), "copy the digits under the bar code; in a spreadsheet, as text"})
	}
	if validURL(row.URL) {
		it.URL = row.URL
	} else if row.URL != "" {
		dropped = append(dropped, fault{fmt.Sprintf("url %.80q isn't an http address and was dropped", row.URL), "write it whole, from https://"})
	}
	return dropped
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
