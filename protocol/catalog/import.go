package catalog

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bywaynet/byway/protocol/catalog/sheet"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// Errors of Import beside those of package sheet (ErrTooLarge, ErrFormat). Whichever comes back, no list does.
var (
	ErrStrict  = errors.New("price list refused")
	ErrNothing = errors.New("price list has no item that can be sold")
)

// Format is how a file is written.
type Format = sheet.Format

// The formats that Import reads. Sniff picks one of the others by how the file begins.
const (
	Sniff  = sheet.Sniff
	CSV    = sheet.CSV
	JSONLD = sheet.JSONLD
	HTML   = sheet.HTML
)

// Options say how to read a file. The zero Options sniff its format and leave out what can't be sold.
type Options struct {
	Format   Format         // Sniff goes by how the file begins
	Category category.Path  // for items that name none that can be used; zero leaves them out
	Currency money.Currency // for prices that name none; "" leaves those items out
	Strict   bool           // refuse the file if any item is left out or changed
}

// Report says what became of a file's rows.
type Report struct {
	Format  Format    `json:"format"`
	Rows    int       `json:"rows"`     // read
	Kept    int       `json:"kept"`     // in the list
	LeftOut []Problem `json:"left_out"` // not in the list
	Changed []Problem `json:"changed"`  // in the list, without the part that couldn't be used
	Ignored []string  `json:"ignored"`  // columns that have no meaning here
}

// Problem is one row that isn't in the list as the file has it.
type Problem struct {
	Line   int    `json:"line"` // of the file, from 1
	SKU    string `json:"sku"`  // as far as the row has one
	Reason string `json:"reason"`
	Try    string `json:"try"` // what its owner can do
}

// String is one line for people.
func (p Problem) String() string {
	sku := ""
	if p.SKU != "" {
		sku = fmt.Sprintf(" (sku %.70q)", p.SKU)
	}
	return fmt.Sprintf("line %d%s: %s; try: %s", p.Line, sku, p.Reason, p.Try)
}

// Import reads a price list from r, which it reads to the end or to MaxFileBytes. It is all or nothing: on an error there is no
// list, and the report names every problem found up to there. What can't be sold is left out and in the report.
func Import(r io.Reader, o Options) (List, Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return List{}, Report{}, fmt.Errorf("reading the price list: %w", err)
	}
	s, err := sheet.Read(data, o.Format)
	if err != nil {
		return List{}, Report{}, err
	}
	report := Report{Format: s.Format, Rows: len(s.Rows), Ignored: s.Ignored}
	j := judge{options: o, loose: s.Format != CSV, lines: make(map[string]int)}
	var items []Item
	for _, row := range s.Rows {
		it, left, changed := j.item(row)
		report.Changed = append(report.Changed, changed...)
		if left != nil {
			report.LeftOut = append(report.LeftOut, *left)
			continue
		}
		items = append(items, it)
	}
	if o.Strict && len(report.LeftOut)+len(report.Changed) > 0 {
		return List{}, report, report.refusal(ErrStrict)
	}
	if len(items) == 0 {
		return List{}, report, report.refusal(ErrNothing)
	}
	list, err := NewList(items)
	if err != nil {
		return List{}, report, err
	}
	report.Kept = list.Len()
	return list, report, nil
}

// refusal names the problems in the error itself, up to what a screen holds; the report has them all.
func (r Report) refusal(why error) error {
	const shown = 20
	problems := append(r.LeftOut[:len(r.LeftOut):len(r.LeftOut)], r.Changed...)
	var b strings.Builder
	for i, p := range problems {
		if i == shown {
			fmt.Fprintf(&b, "\n  and %d more", len(problems)-shown)
			break
		}
		b.WriteString("\n  " + p.String())
	}
	return fmt.Errorf("%w: %d of %d rows have problems:%s", why, len(problems), r.Rows, b.String())
}
