package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Scripts written without spaces between words: there a word is looked for by its pairs of characters.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Letters that no normal form takes apart, as those who can't type them write them.
var plainLetters = strings.NewReplacer("ß", "ss", "ς", "σ", "ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i", "þ", "th", "ð", "d")

// words cuts text into what is compared: folded, an English plural's ending taken off, numbers apart from
// units behind them. single adds the characters of spaceless scripts one by one, which an index needs
// to be found by a wish for one character. What it yields shares memory with one folded copy of text.
func words(text string, single bool, yield func(string)) {
	text = fold(text)
	start, was := 0, breaks
	end := func(at int) {
		if run := text[start:at]; run != "" && was == packed {
			pairs(run, single, yield)
		} else if run != "" && was != breaks {
			yield(singular(run))
		}
		start = at
	}
	for i, r := range text {
		next := kindOf(r, was)
		switch {
		case was == letters && next == digits:
			// 8x40 and 8 x 40 are the same size.
			if text[start:i] == "x" {
				start = i
			}
		case next != was:
			end(i)
		}
		was = next
	}
	end(len(text))
}

type kind uint8

const (
	breaks  kind = iota // whatever stands between words
	letters             // a word; digits may follow, as in m8
	digits              // a number, which ends where letters begin: 250g is 250 and g
	packed              // letters of a spaceless script
)

func kindOf(r rune, before kind) kind {
	switch {
	case r < unicode.MaxASCII && !('a' <= r && r <= 'z') && !('0' <= r && r <= '9'):
		return breaks
	case unicode.IsDigit(r):
		return digits
	case unicode.IsMark(r), r == 'ー':
		return before
	case r >= 0x0e00 && unicode.In(r, spaceless...):
		return packed
	case unicode.IsLetter(r):
		return letters
	}
	return breaks
}

// pairs yields each two neighbours; a run of one is itself. Marks stay with what they stand on.
func pairs(run string, single bool, yield func(string)) {
	before, last := -1, 0 // where the last two characters begin
	for i, r := range run + "\x00" {
		if i == 0 || unicode.IsMark(r) {
			continue
		}
		if single || (last == 0 && i == len(run)) {
			yield(run[last:i])
		}
		if before >= 0 {
			yield(run[before:i])
		}
		before, last = last, i
	}
}

// fold makes text equal that people take for equal: case, accents, width, vowel points that are
// written or left out at will. Marks that make another letter, as in Indic scripts, stay.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	s = norm.NFKD.String(strings.ToLower(s))
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x0300 && r <= 0x036f, // accents on Latin, Greek and Cyrillic letters
			r >= 0x0591 && r <= 0x05c7 && unicode.Is(unicode.Mn, r), // Hebrew points
			r >= 0x064b && r <= 0x065f, r == 0x0670,                 // Arabic vowel signs
			r == '\'', r == '’':
			return -1
		}
		return r
	}, s)
	return plainLetters.Replace(norm.NFC.String(strings.ToLower(s)))
}

// singular takes an English plural's ending off. It need not be right, only the same for both: lens loses its s too.
func singular(w string) string {
	if len(w) < 4 || !isASCII(w) {
		return w
	}
	switch stem := w[:len(w)-1]; {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "xes"):
		return w[:len(w)-2]
	case w[len(w)-1] == 's' && !strings.HasSuffix(stem, "s") && !strings.HasSuffix(stem, "u"):
		return stem
	}
	return w
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
