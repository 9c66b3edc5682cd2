package verify

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
)

// edges changes one field of a good body at a time, to what is just within its bounds and just beyond.
func edges() []func(*bywayv1.AgreementBody) {
	var out []func(*bywayv1.AgreementBody)
	add := func(f func(*bywayv1.AgreementBody)) { out = append(out, f) }
	for _, ms := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 253_402_300_799_999, 253_402_300_800_000, math.MaxInt64} {
		add(func(b *bywayv1.AgreementBody) { b.AnswerBy = ms })
		add(func(b *bywayv1.AgreementBody) { b.ValidFrom = ms })
		add(func(b *bywayv1.AgreementBody) { b.ValidUntil = ms })
		add(func(b *bywayv1.AgreementBody) { b.AnswerBy, b.ValidUntil = 5, ms })
		add(func(b *bywayv1.AgreementBody) { b.ValidFrom, b.ValidUntil = ms, ms })
	}
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 64, 65, 128, 129, 256, 257} {
		text, long := strings.Repeat("a", n), strings.Repeat("A", n)
		add(func(b *bywayv1.AgreementBody) { b.SecondName = text })
		add(func(b *bywayv1.AgreementBody) { b.Purpose = text })
		add(func(b *bywayv1.AgreementBody) { b.Law = text })
		add(func(b *bywayv1.AgreementBody) { b.Data = []string{text} })
		add(func(b *bywayv1.AgreementBody) { b.Data = strings.Split(strings.Repeat("x,", n)+"y", ",") })
		add(func(b *bywayv1.AgreementBody) {
			b.Data = nil
			for i := range n {
				b.Data = append(b.Data, string(rune('a'+i)))
			}
		})
		add(func(b *bywayv1.AgreementBody) { b.Nonce = make([]byte, n) })
		add(func(b *bywayv1.AgreementBody) { b.About = make([]byte, n) })
		add(func(b *bywayv1.AgreementBody) { b.About = []byte(text) })
		add(func(b *bywayv1.AgreementBody) { b.Answers = []byte(text) })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Roster = text })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Id = long })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Version = text })
		add(func(b *bywayv1.AgreementBody) { b.Terms.TextSha256 = []byte(text) })
		add(func(b *bywayv1.AgreementBody) { b.Terms.TextSha256 = make([]byte, n) })
	}
	full, zeros := []byte(strings.Repeat("c", 32)), make([]byte, 32)
	for _, cs := range [][][]byte{{full}, {full, nil}, {nil, full}, {nil, nil}, {full, full}, {full, full, full}, {zeros, full}, {full, full[1:]}, {full, append(full, 0)}, {{}}} {
		add(func(b *bywayv1.AgreementBody) { b.Data, b.Commitments = []string{"name", "address"}, cs })
		add(func(b *bywayv1.AgreementBody) { b.Data, b.Commitments = nil, cs })
	}
	for _, text := range []string{"a\nb", "\x7f", "\u0085", "\u202e", "a/b", "A", "é", "-.", " "} {
		add(func(b *bywayv1.AgreementBody) { b.SecondName = text })
		add(func(b *bywayv1.AgreementBody) { b.Data = []string{text, "b"} })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Roster = text })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Id = text })
		add(func(b *bywayv1.AgreementBody) { b.Terms.Version = text })
	}
	return out
}

func TestBothReadersDrawTheSameLineAtEveryBound(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 5
	}
	for all := edges(); len(all) > 0; all = all[min(step, len(all)):] {
		change := all[0]
		b := &bywayv1.AgreementBody{
			Terms: &bywayv1.TermsRef{Roster: "r", Id: "X", Version: "1"}, SecondName: "s", Purpose: "p", Data: []string{"name"}, Law: "EU",
			AnswerBy: 1000, ValidFrom: 10, ValidUntil: 2000, Nonce: make([]byte, 16),
		}
		change(b)
		payload, err := proto.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		samePayloads(t, payload)
	}
}

// What comes twice counts as the last, and messages are merged, whatever is wrong in what was there before.
func TestFieldsThatComeTwiceAreReadAlike(t *testing.T) {
	good, err := proto.Marshal(&bywayv1.AgreementBody{Terms: &bywayv1.TermsRef{Roster: "r", Id: "X", Version: "1"}, AnswerBy: 1000, Nonce: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []*bywayv1.AgreementBody{
		{Terms: &bywayv1.TermsRef{Version: "2"}}, {Terms: &bywayv1.TermsRef{TextSha256: []byte("short")}}, {Nonce: []byte{1}}, {AnswerBy: -1}, {About: []byte{1}}, {SecondName: "\x00"},
	} {
		b, err := proto.Marshal(more)
		if err != nil {
			t.Fatal(err)
		}
		samePayloads(t, append(append([]byte{}, good...), b...))
		samePayloads(t, append(append([]byte{}, b...), good...))
		samePayloads(t, append(append([]byte{}, good...), append(b, 0x0a, 0x80)...))
	}
}
