package sumfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrDamaged says that bytes aren't as Seal returned them. Take the file from elsewhere, or
// make it anew.
var ErrDamaged = errors.New("damaged")

// The last field of a sealed object is "sum": sha256 (FIPS 180-4) in lower-case hex, over the object
// in JSON without spaces (RFC 8259, what json.Compact makes) as it is without that field.
const (
	sumOpens  = `"sum":"`
	sumCloses = `"}`
	sumLength = len(sumOpens) + 2*sha256.Size + len(sumCloses)
)

// Seal returns an object with its sum and a line's end. It fails where content isn't one
// object in JSON, or has the field already.
func Seal(content []byte) ([]byte, error) {
	flat, err := object(content)
	if err != nil {
		return nil, err
	}
	fields, err := fieldsOf(flat)
	if err != nil {
		return nil, err
	}
	if _, has := fields["sum"]; has {
		return nil, errors.New("the content has a field \"sum\" of its own")
	}
	return fmt.Appendf(open(flat), `%s%x%s%s`, sumOpens, sha256.Sum256(flat), sumCloses, "\n"), nil
}

// Unseal returns the object in b, without spaces and without its sum. One of before sums were written
// has none: summed is false then, and it is taken where it has no fields but those of old, so that a
// damaged sum isn't taken for none. Errors: ErrDamaged.
func Unseal(b []byte, old ...string) (content []byte, summed bool, err error) {
	flat, err := object(b)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if content, sum, ok := cut(flat); ok {
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			return nil, false, fmt.Errorf("%w: its checksum doesn't fit the rest", ErrDamaged)
		}
		return content, true, nil
	}
	fields, err := fieldsOf(flat)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for name := range fields {
		if !slices.Contains(old, name) {
			return nil, false, fmt.Errorf("%w: it has no checksum, and a field %q", ErrDamaged, name)
		}
	}
	return flat, false, nil
}

// object returns b without spaces; it fails where that isn't one JSON object.
func object(b []byte) ([]byte, error) {
	var flat bytes.Buffer
	if err := json.Compact(&flat, b); err != nil {
		return nil, err
	}
	if flat.Bytes()[0] != '{' {
		return nil, errors.New("it isn't a JSON object")
	}
	return flat.Bytes(), nil
}

func fieldsOf(flat []byte) (fields map[string]json.RawMessage, err error) {
	err = json.Unmarshal(flat, &fields)
	return fields, err
}

// open returns a copy of an object up to where its next field goes.
func open(flat []byte) []byte {
	out := slices.Clone(flat[:len(flat)-1])
	if len(out) > 1 {
		out = append(out, ',')
	}
	return out
}

// cut splits an object into what it is without its sum, and the sum; ok is false where none stands at its end.
func cut(flat []byte) (content []byte, sum string, ok bool) {
	at := len(flat) - sumLength
	if at < 1 || !bytes.HasPrefix(flat[at:], []byte(sumOpens)) || !bytes.HasSuffix(flat, []byte(sumCloses)) {
		return nil, "", false
	}
	content = append(bytes.TrimSuffix(slices.Clone(flat[:at]), []byte(",")), '}')
	return content, string(flat[at+len(sumOpens) : len(flat)-len(sumCloses)]), true
}
