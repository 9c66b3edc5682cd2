package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// script is one piece of JSON-LD.
type script struct {
	text []byte
	line int // of the file, that text begins on
}

// readHTML takes the JSON-LD out of a page, by the elements <script type="application/ld+json">
// (JSON-LD 1.1 §7.3). Nothing else of the page is looked at, and nothing is fetched.
func readHTML(data []byte) ([]Row, error) {
	scripts, err := scriptsIn(data)
	if err != nil {
		return nil, err
	}
	if len(scripts) == 0 {
		return nil, fmt.Errorf(`%w: the page has no <script type="application/ld+json">; try a CSV file`, ErrFormat)
	}
	return readJSONLD(scripts)
}

func scriptsIn(data []byte) ([]script, error) {
	var scripts []script
	z := html.NewTokenizer(bytes.NewReader(data))
	inside, line := false, 1
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%w: line %d: %w", ErrFormat, line, err)
			}
			return scripts, nil
		case html.StartTagToken:
			// Counted before Token, which reuses what raw points at.
			next := line + bytes.Count(raw, []byte("\n"))
			inside = isJSONLD(z.Token())
			line = next
			continue
		case html.TextToken:
			if inside {
				scripts = append(scripts, script{text: bytes.Clone(raw), line: line})
			}
		}
		inside = false
		line += bytes.Count(raw, []byte("\n"))
	}
}

func isJSONLD(t html.Token) bool {
	if t.Data != "script" {
		return false
	}
	for _, a := range t.Attr {
		if a.Key == "type" {
			media, _, _ := strings.Cut(a.Val, ";")
			return strings.EqualFold(strings.TrimSpace(media), "application/ld+json")
		}
	}
	return false
}

// textOf undoes the entities that shops' templates leave in JSON, once, and drops tags.
func textOf(s string) string {
	if !strings.Contains(s, "<") {
		return strings.TrimSpace(html.UnescapeString(s))
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.WriteString(html.UnescapeString(string(z.Raw())))
		default:
			b.WriteByte(' ') // <p>one</p><p>two</p> are two words
		}
	}
}
