package sheet

import "strings"

// product adds a row for each offer of a product, or one without a price so that catalog can name it. What the product
// doesn't say is taken from base: the group that it is a variant of.
func (f *finder) product(o *object, base Row) {
	row := describe(o, base)
	variants := f.objects(o.fields["hasVariant"])
	for _, v := range variants {
		if !f.seen[v] {
			f.seen[v] = true
			group := row
			group.SKU, group.GTIN = "", "" // a group's own number names none of its variants
			f.product(v, group)
		}
	}
	before := len(f.rows)
	for _, offer := range f.objects(o.fields["offers"]) {
		f.offer(offer, row)
	}
	if len(f.rows) == before && len(variants) == 0 {
		f.add(row)
	}
}

// loneOffer adds rows for an offer that names its product, instead of the other way round.
func (f *finder) loneOffer(o *object) {
	items := f.objects(o.fields["itemOffered"])
	if len(items) == 0 {
		f.offer(o, describe(o, Row{}))
		return
	}
	for _, item := range items {
		f.seen[item] = true
		row := describe(item, Row{})
		row.Line = o.line
		f.offer(o, row)
	}
}

func describe(o *object, base Row) Row {
	row := base
	row.Line = o.line
	set(&row.SKU, o.text("sku", "productID", "mpn"))
	set(&row.GTIN, o.text("gtin", "gtin13", "gtin12", "gtin14", "gtin8"))
	set(&row.Name, o.text("name"))
	set(&row.Description, o.text("description"))
	set(&row.Category, categoryOf(o))
	set(&row.URL, o.text("url"))
	set(&row.Condition, o.term("itemCondition"))
	if row.SKU == "" {
		row.SKU = row.GTIN
	}
	if row.SKU == "" {
		row.SKU = o.text("@id")
	}
	return row
}

// offer adds a row for one offer, or for each offer that an AggregateOffer lists.
func (f *finder) offer(o *object, base Row) {
	f.seen[o] = true
	if o.is("AggregateOffer") {
		before := len(f.rows)
		for _, each := range f.objects(o.fields["offers"]) {
			if !each.is("AggregateOffer") {
				f.offer(each, base)
			}
		}
		if len(f.rows) > before {
			return
		}
	}
	row := base
	set(&row.SKU, o.text("sku", "mpn"))
	set(&row.GTIN, o.text("gtin", "gtin13", "gtin12", "gtin14", "gtin8"))
	set(&row.Name, o.text("name"))
	set(&row.URL, o.text("url"))
	set(&row.Condition, o.term("itemCondition"))
	set(&row.Availability, o.term("availability"))
	set(&row.Price, o.text("price", "lowPrice"))
	set(&row.Currency, o.text("priceCurrency"))
	for _, spec := range f.objects(o.fields["priceSpecification"]) {
		f.specify(spec, &row)
	}
	row.Price = trimZeros(row.Price)
	f.add(row)
}

// specify fills in what the offer itself left open. Prices struck through or recommended aren't asked for by anyone.
func (f *finder) specify(spec *object, row *Row) {
	kind := spec.term("priceType")
	if strings.HasSuffix(kind, "ListPrice") || strings.HasSuffix(kind, "StrikethroughPrice") || strings.HasSuffix(kind, "SRP") {
		return
	}
	fill(&row.Price, spec.text("price", "minPrice"))
	fill(&row.Currency, spec.text("priceCurrency"))
	fill(&row.Unit, spec.text("unitText", "unitCode"))
}

func (f *finder) add(row Row) {
	// One over the bound is enough to refuse the file by.
	if len(f.rows) <= MaxRows {
		f.rows = append(f.rows, row)
	}
}

// categoryOf reads a path from one text with levels between ">" or "/", or from a thing with a name. Of a list, the
// first counts: shops put the most specific path first or have one only.
func categoryOf(o *object) string {
	levels := strings.FieldsFunc(o.text("category"), func(r rune) bool { return r == '>' || r == '/' || r == '›' || r == '»' })
	for i := range levels {
		levels[i] = strings.TrimSpace(levels[i])
	}
	return strings.Join(levels, " > ")
}

// trimZeros drops zeros at the end of a decimal: shop programs write 1200.00 for yen, and the zeros say nothing.
// What isn't a plain decimal stays as it is, for package money to refuse.
func trimZeros(price string) string {
	whole, frac, _ := strings.Cut(price, ".")
	if whole == "" || frac == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return price
	}
	return strings.TrimSuffix(whole+"."+strings.TrimRight(frac, "0"), ".")
}

func set(to *string, text string) {
	if text != "" {
		*to = text
	}
}

func fill(to *string, text string) {
	if *to == "" {
		*to = text
	}
}
