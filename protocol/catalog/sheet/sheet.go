package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Bounds of one file.
const (
	MaxFileBytes = 16 << 20  // bytes; a list of MaxRows items at 160 bytes each
	MaxRows      = 100_000   // items
	maxDepth     = 64        // arrays and objects inside each other in JSON; shops' own nest about 8
	maxValues    = 4_000_000 // values in one JSON file: 40 for each of MaxRows items
	maxColumns   = 64        // columns of a CSV file; eleven have a meaning
)

// Errors of Read. Nothing of the file was taken; what wraps them names the line where there is one.
var (
	ErrTooLarge = errors.New("price list too large: split it, or leave out what isn't sold")
	ErrFormat   = errors.New("price list can't be read")
)

// Format is how a file is written.
type Format string

// The formats that Read knows. Sniff picks one of the others by the file's beginning.
const (
	Sniff  Format = ""
	CSV    Format = "csv"     // our plain header, see SPEC.md of package catalog
	JSONLD Format = "json-ld" // schema.org, as JSON
	HTML   Format = "html"    // a page with JSON-LD in script elements
)

// Row is one item as the file has it: plain text, trimmed, "" where it says nothing.
// A JSON-LD Category has its levels joined by " > ".
type Row struct {
	Line         int // of the file, from 1, where the row or the JSON object begins
	SKU          string
	Name         string
	Category     string
	Price        string
	Currency     string
	Unit         string
	Condition    string
	Availability string
	Description  string
	GTIN         string
	URL          string
}

// Sheet is a file that was read whole.
type Sheet struct {
	Format  Format
	Rows    []Row    // in the order of the file
	Ignored []string // columns of a CSV header that have no meaning here, as written
}

// Read takes a whole file apart. It fails with ErrTooLarge or ErrFormat; data isn't kept.
func Read(data []byte, f Format) (Sheet, error) {
	if len(data) > MaxFileBytes {
		return Sheet{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), MaxFileBytes)
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return Sheet{}, fmt.Errorf("%w: it is UTF-16; save it as UTF-8", ErrFormat)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := firstInvalid(data); at >= 0 {
		return Sheet{}, fmt.Errorf("%w: line %d is not UTF-8; save the file as UTF-8", ErrFormat, lineAt(data, at))
	}
	if f == Sniff {
		f = sniff(data)
	}
	var s Sheet
	var err error
	switch f {
	case CSV:
		s.Rows, s.Ignored, err = readCSV(data)
	case JSONLD:
		s.Rows, err = readJSONLD([]script{{text: data, line: 1}})
	case HTML:
		s.Rows, err = readHTML(data)
	default:
		err = fmt.Errorf("%w: unknown format %.20q; try csv, json-ld or html", ErrFormat, string(f))
	}
	if err != nil {
		return Sheet{}, err
	}
	s.Format = f
	return s, nil
}

// sniff goes by the first character that isn't white space; a CSV header can't begin with any of these.
func sniff(data []byte) Format {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.HasPrefix(data, []byte("{")), bytes.HasPrefix(data, []byte("[")):
		return JSONLD
	case bytes.HasPrefix(data, []byte("<")):
		return HTML
	}
	return CSV
}

func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// lineAt returns the line, from 1, that the byte at offset stands on.
func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n"))
}
