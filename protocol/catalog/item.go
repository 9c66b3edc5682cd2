package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// Bounds of one item, in bytes of UTF-8.
const (
	MaxSKUBytes         = 64
	MaxNameBytes        = 256
	MaxUnitBytes        = 32
	MaxURLBytes         = 1024
	MaxDescriptionBytes = 2048 // an offer names the item by SKU and name; the rest is for people
)

// Item is one line of a price list: something that the organisation sells. The names are schema.org's
// (Product, Offer, PriceSpecification). Items compare with ==.
type Item struct {
	SKU          string // the shop's own number; unique in a list
	Name         string
	Description  string // "" if none
	Category     category.Path
	Price        money.Amount // for one Unit, all that the buyer pays
	Unit         string       // what the price is for: "kg", "pair"; "" is a piece
	Condition    Condition    // New or Used, never AnyCondition
	Availability Availability
	GTIN         string // 8, 12, 13 or 14 digits with a right check digit (GS1); "" if none
	URL          string // absolute http or https; "" if none
	Line         int    // of the imported file, from 1; 0 if it came from none
}

// Errors that say why an item can't be in a list; each wraps into what Import reports.
var (
	ErrText = errors.New("text can't be used")
	ErrGTIN = errors.New("not a GTIN: 8, 12, 13 or 14 digits whose last checks the others")
	ErrURL  = errors.New("not an absolute http or https address")
)

// Validate reports why the item can't be in a list, or nil.
func (it Item) Validate() error {
	for _, f := range []struct {
		name, text string
		max        int
		required   bool
	}{
		{"sku", it.SKU, MaxSKUBytes, true},
		{"name", it.Name, MaxNameBytes, true},
		{"unit", it.Unit, MaxUnitBytes, false},
		{"description", it.Description, MaxDescriptionBytes, false},
	} {
		if f.text == "" && f.required {
			return fmt.Errorf("%w: no %s", ErrText, f.name)
		}
		if len(f.text) > f.max {
			return fmt.Errorf("%w: %s has %d bytes, at most %d", ErrText, f.name, len(f.text), f.max)
		}
		if tidy(f.text) != f.text {
			return fmt.Errorf("%w: %s has control characters, stray spaces or isn't in normal form C", ErrText, f.name)
		}
	}
	switch {
	case it.Category.IsZero():
		return fmt.Errorf("%w: no category", category.ErrPath)
	case it.Condition != New && it.Condition != Used:
		return fmt.Errorf("%w: neither new nor used", ErrCondition)
	case !it.Availability.known():
		return ErrAvailability
	case it.GTIN != "" && !validGTIN(it.GTIN):
		return ErrGTIN
	case it.URL != "" && !validURL(it.URL):
		return ErrURL
	case it.Line < 0:
		return fmt.Errorf("line %d: lines count from 1", it.Line)
	}
	return it.Price.Validate()
}

// tidy puts text in normal form C with single spaces, and takes out what could disturb a terminal or
// turn the reading direction of what stands around it. Joiners stay: scripts need them.
func tidy(s string) string {
	if plainASCII(s) {
		return s
	}
	out := make([]rune, 0, len(s))
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r):
			r = ' '
			if len(out) == 0 || out[len(out)-1] == ' ' {
				continue
			}
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			continue
		}
		out = append(out, r)
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	// What was taken out may have kept a letter and its mark apart.
	return norm.NFC.String(string(out))
}

// plainASCII spares the usual text the rest: printable ASCII, single spaces inside.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || (s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ')) {
			return false
		}
	}
	return true
}

// validGTIN checks the length and the check digit (GS1 General Specifications §7.9).
func validGTIN(s string) bool {
	if n := len(s); n != 8 && n != 12 && n != 13 && n != 14 {
		return false
	}
	sum, weight := 0, 1
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * weight
		weight = 4 - weight
	}
	return sum%10 == 0
}

func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= MaxURLBytes && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && tidy(s) == s
}
