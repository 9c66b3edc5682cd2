package category

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a path, and of what a community lists.
const (
	MaxLevels    = 4   // words in a path: each is a DHT record for a vendor to provide
	MaxWordBytes = 63  // bytes of UTF-8 in one word
	MaxPathBytes = 255 // bytes of a path: MaxLevels words and the slashes between, so a length fits one byte
	MaxTops      = 64  // top categories of one community: each is a topic that its stewards subscribe to
)

// ErrPath says that a text is no category path; what wraps it names the word and the rule. Show it to
// whoever wrote the text.
var ErrPath = errors.New("not a category path")

// Path is a category such as food/coffee/beans. Parse alone makes one, so a Path that isn't zero is valid.
// Paths compare with == and serve as map keys. The zero Path is no category: it contains nothing.
type Path struct{ text string }

// Parse reads a path: 1 to MaxLevels words joined by "/", each of lower-case letters, marks and decimal digits of
// any script (NFC), with single hyphens inside. It never mends: any other text is refused with ErrPath.
func Parse(s string) (Path, error) {
	if len(s) > MaxPathBytes {
		return Path{}, fmt.Errorf("%w: %d bytes, at most %d", ErrPath, len(s), MaxPathBytes)
	}
	if n := strings.Count(s, "/") + 1; n > MaxLevels {
		return Path{}, fmt.Errorf("%w: %d levels, at most %d", ErrPath, n, MaxLevels)
	}
	if !utf8.ValidString(s) {
		return Path{}, fmt.Errorf("%w: not UTF-8", ErrPath)
	}
	if !norm.NFC.IsNormalString(s) {
		return Path{}, fmt.Errorf("%w: not in Unicode normal form C", ErrPath)
	}
	for word := range strings.SplitSeq(s, "/") {
		if why := fault(word); why != "" {
			return Path{}, fmt.Errorf("%w: %s in %q; try words like food/coffee/beans", ErrPath, why, s)
		}
	}
	return Path{s}, nil
}

// fault says what is wrong with one word, or nothing.
func fault(word string) string {
	if word == "" {
		return "an empty word"
	}
	if len(word) > MaxWordBytes {
		return fmt.Sprintf("a word of %d bytes (at most %d)", len(word), MaxWordBytes)
	}
	// A hyphen counts as the end of what stands before it, so no word begins, ends or doubles with one.
	start := true
	for _, r := range word {
		switch {
		case r == '-':
			if start {
				return "a hyphen that joins nothing"
			}
			start = true
			continue
		case invisible(r):
			return fmt.Sprintf("the invisible character %U", r)
		case unicode.IsMark(r):
			if start {
				return fmt.Sprintf("the mark %U on no letter", r)
			}
		case unicode.IsLetter(r):
			if unicode.ToLower(r) != r || unicode.IsTitle(r) {
				return fmt.Sprintf("the capital %q", r)
			}
		case !unicode.Is(unicode.Nd, r):
			return fmt.Sprintf("the character %q", r)
		}
		start = false
	}
	if start {
		return "a hyphen that joins nothing"
	}
	return ""
}

// invisible finds the letters and marks that show nothing: two paths that look alike would differ by them.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// String returns the path as Parse reads it, or "" for the zero Path.
func (p Path) String() string { return p.text }

// IsZero reports whether p is no category.
func (p Path) IsZero() bool { return p.text == "" }

// Compare orders paths by their bytes: -1, 0 or 1.
func (p Path) Compare(q Path) int { return strings.Compare(p.text, q.text) }

// Levels returns how many words the path has: 1 to MaxLevels, or 0 for the zero Path.
func (p Path) Levels() int {
	if p.IsZero() {
		return 0
	}
	return strings.Count(p.text, "/") + 1
}

// Top returns the path's first word as a path of its own; the zero Path's is zero.
func (p Path) Top() Path {
	top, _, _ := strings.Cut(p.text, "/")
	return Path{top}
}

// Words returns the path's words from the top down, in a slice that the caller owns.
func (p Path) Words() []string {
	if p.IsZero() {
		return nil
	}
	return strings.Split(p.text, "/")
}

// Prefixes returns each path that contains p, the top first and p itself last, in a slice that the caller owns.
func (p Path) Prefixes() []Path {
	if p.IsZero() {
		return nil
	}
	out := make([]Path, 0, MaxLevels)
	for i := range len(p.text) {
		if p.text[i] == '/' {
			out = append(out, Path{p.text[:i]})
		}
	}
	return append(out, p)
}

// Contains reports whether q is p or lies under it, by whole words: food contains food/tea, not footwear.
// The zero Path contains nothing and lies under nothing.
func (p Path) Contains(q Path) bool {
	rest, ok := strings.CutPrefix(q.text, p.text)
	return ok && !p.IsZero() && (rest == "" || rest[0] == '/')
}

// IsUnder reports whether p is q or lies under it.
func (p Path) IsUnder(q Path) bool { return q.Contains(p) }

// MarshalText writes the path; the zero Path is the empty text. It never fails.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads a path as Parse does, or the zero Path from the empty text. On ErrPath p keeps its value.
func (p *Path) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*p = Path{}
		return nil
	}
	q, err := Parse(string(b))
	if err != nil {
		return err
	}
	*p = q
	return nil
}
