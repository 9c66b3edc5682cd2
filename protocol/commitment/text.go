package commitment

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxText is the longest text of an opening, in bytes: a value whose every byte is escaped, and room to spare.
const MaxText = 32 << 10

// Text returns o as SPEC.md writes it: one JSON object (RFC 8259), indented, with a line
// feed after it. Errors: ErrMalformed.
func (o Opening) Text() ([]byte, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		Category string `json:"category"`
		Value    string `json:"value"`
		Opening  string `json:"opening"`
	}{o.Category, o.Value, hex.EncodeToString(o.Secret[:])})
	return b.Bytes(), err
}

// ParseText reads what Text wrote, or another program. Members that this version doesn't
// know are skipped. Errors: ErrMalformed, which says nothing of the value.
func ParseText(b []byte) (Opening, error) {
	if len(b) > MaxText {
		return Opening{}, fmt.Errorf("%w: more than %d bytes", ErrMalformed, MaxText)
	}
	if !utf8.Valid(b) {
		return Opening{}, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	var o Opening
	var secret string
	into := map[string]*string{"category": &o.Category, "value": &o.Value, "opening": &secret}
	if err := members(b, into); err != nil {
		return Opening{}, err
	}
	if n, err := hex.Decode(o.Secret[:], limit(secret)); err != nil || n != Size || secret != hex.EncodeToString(o.Secret[:]) {
		return Opening{}, fmt.Errorf("%w: its opening isn't %d digits of lower-case hex", ErrMalformed, 2*Size)
	}
	if err := o.Validate(); err != nil {
		return Opening{}, err
	}
	return o, nil
}

// limit returns as much of a secret's digits as fit into one.
func limit(s string) []byte { return []byte(s)[:min(len(s), 2*Size)] }

// members reads the members of the one object in b by their exact names, each once.
func members(b []byte, into map[string]*string) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%w: no JSON object", ErrMalformed)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || seen[name] {
			return fmt.Errorf("%w: a member twice, or without a name", ErrMalformed)
		}
		seen[name] = true
		var skipped json.RawMessage
		if s, known := into[name]; !known {
			err = d.Decode(&skipped)
		} else if t, err = d.Token(); err == nil {
			*s, ok = t.(string)
		}
		if err != nil || !ok {
			return fmt.Errorf("%w: a member that isn't a text, or isn't JSON", ErrMalformed)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: the object doesn't end", ErrMalformed)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something after the object", ErrMalformed)
	}
	for name := range into {
		if !seen[name] {
			return fmt.Errorf("%w: it lacks %q", ErrMalformed, name)
		}
	}
	return nil
}
