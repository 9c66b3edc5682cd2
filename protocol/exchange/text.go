package exchange

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bywaynet/byway/protocol/answer"
)

// cleanText makes a refusal's text safe to print: UTF-8 without control characters,
// whole characters, at most answer.MaxText bytes. It applies to what is sent and to
// what came, since a terminal obeys what a stranger wrote.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= answer.MaxText {
		return s
	}
	cut := answer.MaxText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}
