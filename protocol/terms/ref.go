package terms

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Bounds of the parts of a Ref, in bytes of ASCII.
const (
	MaxRosterName = 32 // a–z, 0–9, '-' and '.'
	MaxID         = 32 // A–Z, 0–9 and '-'
	MaxVersion    = 16 // a–z, 0–9, '-' and '.'
)

// ErrRef says that a text or message names no terms; what wraps it says which part
// is wrong. Show it to whoever wrote the text, and don't act on the message.
var ErrRef = errors.New("not a reference to terms")

// Ref names one row of one roster exactly. Comparable: two refs are the same terms
// only if they are equal. The zero Ref names none.
type Ref struct {
	// Roster is the roster's own name, such as "byway-2026-1".
	Roster string
	// ID is the row's, such as "SD-BASE".
	ID string
	// Version is of the row, such as "1".
	Version string
	// Text is the sha256 of the legal text; zero where the roster gives none.
	Text [32]byte
}

// IsZero reports whether r names no terms.
func (r Ref) IsZero() bool { return r == Ref{} }

// String writes r as "roster/ID@version", with "#" and the text's hash in hex where
// there is one. ParseRef reads it. The zero Ref is "".
func (r Ref) String() string {
	if r.IsZero() {
		return ""
	}
	s := r.Roster + "/" + r.ID + "@" + r.Version
	if r.Text != [32]byte{} {
		s += "#" + hex.EncodeToString(r.Text[:])
	}
	return s
}

// ParseRef reads what String wrote of a Ref that isn't zero, and nothing else. Errors: ErrRef.
func ParseRef(s string) (Ref, error) {
	if len(s) > MaxRosterName+MaxID+MaxVersion+3+2*len(Ref{}.Text) {
		return Ref{}, fmt.Errorf("%w: %d bytes is too long", ErrRef, len(s))
	}
	head, text, hashed := strings.Cut(s, "#")
	roster, rest, slash := strings.Cut(head, "/")
	id, version, at := strings.Cut(rest, "@")
	if !slash || !at {
		return Ref{}, fmt.Errorf("%w: %q; try one like byway-2026-1/SD-BASE@1", ErrRef, s)
	}
	r := Ref{Roster: roster, ID: id, Version: version}
	if hashed {
		if n, err := hex.Decode(r.Text[:], []byte(text[:min(len(text), 2*len(r.Text))])); err != nil || n != len(r.Text) {
			return Ref{}, fmt.Errorf("%w: %q isn't a sha256 in hex", ErrRef, text)
		}
	}
	if err := r.Validate(); err != nil {
		return Ref{}, err
	}
	if r.String() != s {
		return Ref{}, fmt.Errorf("%w: %q isn't how it is written, which is %q", ErrRef, s, r)
	}
	return r, nil
}

// Validate returns ErrRef where a part of r is missing, too long, or has a character
// that it may not have. A text without a hash is valid.
func (r Ref) Validate() error {
	for _, part := range []struct {
		what, s string
		max     int
		of      func(byte) bool
	}{
		{"roster", r.Roster, MaxRosterName, lowerWord},
		{"id", r.ID, MaxID, upperWord},
		{"version", r.Version, MaxVersion, lowerWord},
	} {
		if n := len(part.s); n < 1 || n > part.max {
			return fmt.Errorf("%w: a %s of %d bytes, want 1 to %d", ErrRef, part.what, n, part.max)
		}
		for i := range len(part.s) {
			if !part.of(part.s[i]) {
				return fmt.Errorf("%w: the %s %q has a character that it may not have", ErrRef, part.what, part.s)
			}
		}
	}
	return nil
}

func lowerWord(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.'
}

func upperWord(c byte) bool {
	return 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}
