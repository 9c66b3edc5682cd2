package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// object is a JSON object that knows where it stands. Its values are string, json.Number, bool, nil,
// []any and *object, under names without the vocabulary's prefix; of two values under one name the last counts.
type object struct {
	line   int
	fields map[string]any
}

// parser builds values of one script. Numbers keep their digits: a price never becomes floating point.
type parser struct {
	dec    *json.Decoder
	src    script
	left   int       // values that may still come
	named  []*object // those with an @id, in the order in which they end
	offset int       // up to where lines were counted
	line   int       // the line at offset
}

func newParser(s script, left int) *parser {
	p := &parser{dec: json.NewDecoder(bytes.NewReader(s.text)), src: s, left: left, line: s.line}
	p.dec.UseNumber()
	return p
}

// whole reads the one value that the script has to hold.
func (p *parser) whole() (any, error) {
	v, err := p.value(0)
	if err == nil {
		if _, err = p.dec.Token(); errors.Is(err, io.EOF) {
			return v, nil
		}
		if err == nil {
			err = errors.New("more text after the end of the JSON")
		}
	}
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	return nil, p.fail(err)
}

func (p *parser) value(depth int) (any, error) {
	if p.left--; p.left < 0 {
		return nil, fmt.Errorf("%w: more than %d JSON values", ErrTooLarge, maxValues)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("arrays and objects nest deeper than %d", maxDepth)
	}
	t, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return p.object(depth)
	case json.Delim('['):
		var list []any
		for p.dec.More() {
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := p.dec.Token()
		return list, err
	}
	return t, nil
}

func (p *parser) object(depth int) (*object, error) {
	o := &object{line: p.lineNow(), fields: make(map[string]any)}
	for p.dec.More() {
		t, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("%v where a name should stand", t)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.fields[local(name)] = v
	}
	if o.fields["@id"] != nil {
		p.named = append(p.named, o)
	}
	_, err := p.dec.Token()
	return o, err
}

// lineNow counts on from where it last stood, so that a file of many lines is counted once.
func (p *parser) lineNow() int {
	at := min(int(p.dec.InputOffset()), len(p.src.text))
	p.line += bytes.Count(p.src.text[p.offset:at], []byte("\n"))
	p.offset = at
	return p.line
}

func (p *parser) fail(err error) error {
	at := int(p.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = max(at, int(syntax.Offset)-1)
	}
	// The decoder stops before the white space that the culprit stands behind.
	for at < len(p.src.text) && strings.IndexByte(" \t\r\n", p.src.text[at]) >= 0 {
		at++
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at, err = len(p.src.text), errors.New("the JSON ends too early")
	}
	line := p.src.line - 1 + lineAt(p.src.text, at)
	return fmt.Errorf("%w: line %d (byte %d of the JSON): %w", ErrFormat, line, at, err)
}

// local drops the ways in which schema.org is written before a name: "schema:", "http(s)://schema.org/".
func local(name string) string {
	for _, prefix := range []string{"schema:", "https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}
