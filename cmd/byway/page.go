package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// A page is text for a person, written in one go.
type page struct{ strings.Builder }

// line adds one line.
func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.Builder, format+"\n", args...) }

// fields adds "name  value" lines in two columns; one without a value is left out.
func (p *page) fields(pairs ...string) {
	var rows [][]string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			rows = append(rows, pairs[i:i+2])
		}
	}
	p.table(nil, rows)
}

// table adds rows in columns under a header, or says that there is nothing.
func (p *page) table(header []string, rows [][]string) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if header != nil {
		rows = append([][]string{header}, rows...)
	}
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = plain(c)
		}
		_, _ = w.Write([]byte(strings.Join(cells, "\t") + "\n")) // a strings.Builder takes all
	}
	_ = w.Flush()
	for l := range strings.Lines(text.String()) {
		p.line("%s", strings.TrimRight(l, " \n"))
	}
}

// plain makes a text that others wrote fit for a terminal: one line, and nothing that
// moves its cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// when writes a time as the reader's clock shows it, and how far off it is; "" for the
// zero time.
func (a *app) when(t time.Time) string {
	if t.IsZero() || t.Unix() == 0 {
		return ""
	}
	now := a.now()
	t = t.In(now.Location())
	form := "2006-01-02 15:04"
	switch {
	case sameDay(t, now):
		form = "15:04"
	case t.Year() == now.Year():
		form = "2 Jan 15:04"
	}
	return t.Format(form) + " (" + relative(t.Sub(now)) + ")"
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// relative writes a span from now in words: "3 min ago", "in 2 days".
func relative(d time.Duration) string {
	past := d < 0
	text := span(d.Abs())
	switch {
	case text == "":
		return "now"
	case past:
		return text + " ago"
	}
	return "in " + text
}

// span writes a length of time in its largest unit; "" for less than a second.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return ""
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/day)
}

// shortKey returns the 8 letters by which listings show a key.
func shortKey(k string) string { return k[:min(len(k), 8)] }

// idHead is what all record ids begin with: it tells none from another.
const idHead = "bafkrei"

// shortID returns the 8 letters by which listings show a record's id.
func shortID(id string) string { return shortKey(strings.TrimPrefix(id, idHead)) }

// yes writes a mark for true and nothing for false, for a column.
func yes(b bool, mark string) string {
	if b {
		return mark
	}
	return ""
}
