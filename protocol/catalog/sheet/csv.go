package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// column says where in a Row a column of our header goes.
type column struct {
	name     string
	required bool
	field    func(*Row) *string
}

var columns = []column{
	{"sku", true, func(r *Row) *string { return &r.SKU }},
	{"name", true, func(r *Row) *string { return &r.Name }},
	{"category", true, func(r *Row) *string { return &r.Category }},
	{"price", true, func(r *Row) *string { return &r.Price }},
	{"currency", true, func(r *Row) *string { return &r.Currency }},
	{"unit", false, func(r *Row) *string { return &r.Unit }},
	{"condition", false, func(r *Row) *string { return &r.Condition }},
	{"availability", false, func(r *Row) *string { return &r.Availability }},
	{"description", false, func(r *Row) *string { return &r.Description }},
	{"gtin", false, func(r *Row) *string { return &r.GTIN }},
	{"url", false, func(r *Row) *string { return &r.URL }},
}

func readCSV(data []byte) (rows []Row, ignored []string, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.ReuseRecord = true // FieldsPerRecord 0: each record must have as many fields as the header
	header, err := r.Read()
	if err != nil {
		return nil, nil, csvError(err)
	}
	fields, ignored, err := readHeader(header)
	if err != nil {
		line, _ := r.FieldPos(0)
		return nil, nil, fmt.Errorf("%w: line %d: %w", ErrFormat, line, err)
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) && len(rows) > 0 {
			return rows, ignored, nil
		}
		if err != nil {
			return nil, nil, csvError(err)
		}
		if len(rows) == MaxRows {
			return nil, nil, fmt.Errorf("%w: more than %d items", ErrTooLarge, MaxRows)
		}
		if row, blank := readRecord(record, fields); !blank {
			row.Line, _ = r.FieldPos(0)
			rows = append(rows, row)
		}
	}
}

// readHeader returns for each column where its text goes, nil for one without meaning.
func readHeader(header []string) (fields []func(*Row) *string, ignored []string, err error) {
	if len(header) > maxColumns {
		return nil, nil, fmt.Errorf("%d columns, at most %d", len(header), maxColumns)
	}
	seen := make(map[string]bool)
	for _, h := range header {
		name := strings.ToLower(strings.TrimSpace(h))
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if i < 0 {
			if name != "" {
				ignored = append(ignored, strings.Clone(strings.TrimSpace(h)))
			}
			fields = append(fields, nil)
			continue
		}
		if seen[name] {
			return nil, nil, fmt.Errorf("two columns named %q: remove one", name)
		}
		seen[name] = true
		fields = append(fields, columns[i].field)
	}
	var missing []string
	for _, c := range columns {
		if c.required && !seen[c.name] {
			missing = append(missing, c.name)
		}
	}
	if missing != nil {
		return nil, nil, fmt.Errorf("no column named %s: the first line must name sku,name,category,price,currency in any order, with , ; or tab between",
			strings.Join(missing, ", "))
	}
	return fields, ignored, nil
}

// readRecord cuts a record into a row. Spreadsheets leave lines of empty cells behind: those are blank.
func readRecord(record []string, fields []func(*Row) *string) (row Row, blank bool) {
	blank = true
	for i, text := range record {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		blank = false
		if fields[i] != nil {
			*fields[i](&row) = text
		}
	}
	return row, blank
}

// separator picks the one by which the first line falls into the most columns that we know.
func separator(data []byte) rune {
	line, _, _ := strings.Cut(strings.TrimLeft(string(data[:min(len(data), 8<<10)]), "\r\n"), "\n")
	best, most := ',', 0
	for _, sep := range []rune{',', ';', '\t'} {
		known := 0
		for cell := range strings.SplitSeq(line, string(sep)) {
			cell = strings.ToLower(strings.Trim(strings.TrimSpace(cell), `"`))
			if slices.ContainsFunc(columns, func(c column) bool { return c.name == cell }) {
				known++
			}
		}
		if known > most {
			best, most = sep, known
		}
	}
	return best
}

// csvError names the line and what to do, in our own words.
func csvError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: no items in it", ErrFormat)
	}
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	why := at.Err.Error()
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		why = "not as many fields as the first line has; put a text that holds the separator in double quotes"
	case errors.Is(err, csv.ErrBareQuote), errors.Is(err, csv.ErrQuote):
		why = fmt.Sprintf(`a stray double quote at column %d; double it ("") and put the whole text in double quotes`, at.Column)
	}
	return fmt.Errorf("%w: line %d: %s", ErrFormat, at.Line, why)
}
