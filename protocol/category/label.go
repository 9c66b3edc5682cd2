package category

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FromLabels makes a path from labels as shops write them, the most general first: {"Home & Garden", "Hose"}
// gives home-garden/hose. Capitals become small, whatever is neither letter, mark nor digit joins words with a hyphen,
// empty labels are dropped, and levels past MaxLevels are cut off: the shorter path still contains the thing.
// It fails with ErrPath where nothing is left, or a word is too long.
func FromLabels(labels []string) (Path, error) {
	var words []string
	for _, label := range labels {
		if word := slug(label); word != "" && len(words) < MaxLevels {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return Path{}, fmt.Errorf("%w: no letter or digit in %.80q", ErrPath, labels)
	}
	return Parse(strings.Join(words, "/"))
}

func slug(label string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ToLower(label)) {
		mark := unicode.IsMark(r) && b.Len() > 0 && !gap
		switch {
		case invisible(r) || r == '\'' || r == '’':
		case unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || mark:
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return norm.NFC.String(b.String())
}
