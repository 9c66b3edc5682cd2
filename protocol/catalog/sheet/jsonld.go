package sheet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The schema.org types that can be sold. A subtype that isn't here is still read if it names one of these too.
var productTypes = []string{
	"Product", "IndividualProduct", "SomeProducts", "ProductModel", "ProductGroup", "ProductCollection",
	"Vehicle", "Car", "Motorcycle", "MotorizedBicycle", "Book",
}

// finder walks JSON-LD and gathers a row for each offer of each product. It goes by schema.org's names and doesn't
// process contexts: pages that rename schema.org's terms aren't read.
type finder struct {
	byID map[string]*object
	seen map[*object]bool
	rows []Row
}

func readJSONLD(scripts []script) ([]Row, error) {
	f := &finder{byID: make(map[string]*object), seen: make(map[*object]bool)}
	var trees []any
	left := maxValues
	for _, s := range scripts {
		p := newParser(s, left)
		tree, err := p.whole()
		if err != nil {
			return nil, err
		}
		left = p.left
		f.index(p.named)
		trees = append(trees, tree)
	}
	for _, tree := range trees {
		f.walk(tree)
	}
	if len(f.rows) > MaxRows {
		return nil, fmt.Errorf("%w: more than %d items", ErrTooLarge, MaxRows)
	}
	if len(f.rows) == 0 {
		return nil, fmt.Errorf("%w: no schema.org Product or Offer in it", ErrFormat)
	}
	return f.rows, nil
}

// index notes each object that has an @id and says something more, for references to it from anywhere in the file.
// Of two under one @id the first counts; they aren't merged.
func (f *finder) index(named []*object) {
	for _, o := range named {
		if id, ok := o.fields["@id"].(string); ok && !o.onlyRefers() && f.byID[id] == nil {
			f.byID[id] = o
		}
	}
}

// onlyRefers reports whether the object has nothing but an @id, with or without a type.
func (o *object) onlyRefers() bool {
	for name := range o.fields {
		if name != "@id" && name != "@type" {
			return false
		}
	}
	return true
}

// walk looks for products where pages put them, in the order of the file.
func (f *finder) walk(v any) {
	for _, o := range f.objects(v) {
		if f.seen[o] || len(f.rows) > MaxRows {
			continue
		}
		f.seen[o] = true
		switch {
		case o.is(productTypes...):
			f.product(o, Row{})
		case o.is("Offer", "AggregateOffer"):
			f.loneOffer(o)
		default:
			for _, name := range []string{"@graph", "itemListElement", "item", "mainEntity", "hasOfferCatalog", "makesOffer", "offers", "itemOffered"} {
				f.walk(o.fields[name])
			}
		}
	}
}

// objects returns the objects that a value stands for: itself, those in a list, those that a reference names.
func (f *finder) objects(v any) []*object {
	switch v := v.(type) {
	case []any:
		var all []*object
		for _, e := range v {
			if o, ok := e.(*object); ok {
				all = append(all, f.follow(o))
			}
		}
		return all
	case *object:
		return []*object{f.follow(v)}
	}
	return nil
}

func (f *finder) follow(o *object) *object {
	if id, ok := o.fields["@id"].(string); ok && f.byID[id] != nil && o.onlyRefers() {
		return f.byID[id]
	}
	return o
}

// is reports whether the object's @type, one or many, is among names.
func (o *object) is(names ...string) bool {
	switch t := o.fields["@type"].(type) {
	case string:
		return slices.Contains(names, local(t))
	case []any:
		return slices.ContainsFunc(t, func(e any) bool {
			s, ok := e.(string)
			return ok && slices.Contains(names, local(s))
		})
	}
	return false
}

// text returns the first of the named properties that says something, as plain text.
func (o *object) text(names ...string) string {
	for _, name := range names {
		if s := plain(o.fields[name]); s != "" {
			return s
		}
	}
	return ""
}

// plain reduces a property to text: of a list its first, of a value object its @value, of a thing its name.
func plain(v any) string {
	for range maxDepth {
		switch t := v.(type) {
		case string:
			return textOf(t)
		case json.Number:
			return t.String()
		case []any:
			if len(t) == 0 {
				return ""
			}
			v = t[0]
		case *object:
			if v = t.fields["@value"]; v == nil {
				v = t.fields["name"]
			}
		default:
			return ""
		}
	}
	return ""
}

// term reads a property that names a member of a schema.org enumeration, by its URL, its short name, or an object's @id.
func (o *object) term(name string) string {
	v := o.fields[name]
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if e, ok := v.(*object); ok && e.fields["@id"] != nil {
		v = e.fields["@id"]
	}
	return strings.TrimSuffix(local(plain(v)), "/")
}
