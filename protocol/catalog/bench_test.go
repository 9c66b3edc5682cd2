package catalog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// longList makes MaxItems items out of 676 words, each rarer than the one before, and one that is in every name.
func longList(b *testing.B) List {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.2, 8, 675)
	word := func() string {
		return fmt.Sprintf("word%c%c", 'a'+rune(zipf.Uint64()%26), 'a'+rune(zipf.Uint64()/26%190))
	}
	items := make([]Item, MaxItems)
	for i := range items {
		p, err := category.Parse(fmt.Sprintf("top%d/mid%d/low%d", i%8, i%40, i%400))
		if err != nil {
			b.Fatal(err)
		}
		items[i] = Item{
			SKU: fmt.Sprintf("sku-%06d", i), Name: fmt.Sprintf("everywhere %s %s %s", word(), word(), word()),
			Description: strings.Join([]string{word(), word(), word(), word(), word(), word(), word(), word()}, " "),
			Category:    p, Condition: New, Price: money.Amount{Minor: 100 + rng.Int64N(100_000), Currency: "EUR"},
		}
	}
	l, err := NewList(items)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// floor looks at every item without an index: text folded beforehand, words found as parts of it, nothing sorted.
func floor(items []Item, texts []string, w *Wish, terms []string) (hits int) {
	for i, it := range items {
		if w.closeness(it.Category) == 0 {
			continue
		}
		found := 0
		for _, t := range terms {
			if strings.Contains(texts[i], t) {
				found++
			}
		}
		if (len(terms) == 0 || 2*found > len(terms)) && (w.Condition == AnyCondition || it.Condition == w.Condition) {
			hits++
		}
	}
	return hits
}

func BenchmarkMatchIn100000Items(b *testing.B) {
	l := longList(b)
	items := slices.Collect(l.Items())
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = fold(it.Name + " " + it.Category.String() + " " + it.SKU + " " + it.Description)
	}
	mid, err := category.Parse("top3/mid3")
	if err != nil {
		b.Fatal(err)
	}
	for name, w := range map[string]Wish{
		"category":              {Category: mid},
		"category,words":        {Category: mid, Words: "wordac wordcd everywhere"},
		"words":                 {Words: "wordka wordlb wordzc"},
		"sku":                   {Words: "sku-012345"},
		"everywhere":            {Words: "everywhere"},
		"everywhere,none-suits": {Words: "everywhere", Condition: Used},
		"sixteen,common":        {Words: "everywhere wordaa wordab wordac wordad wordae wordaf wordag wordah wordai wordaj wordak wordal wordam wordan wordao"},
	} {
		b.Run(name, func(b *testing.B) {
			const rounds = 5
			terms, start := w.terms(), time.Now()
			for range rounds {
				floor(items, texts, &w, terms)
			}
			scan := float64(time.Since(start).Nanoseconds()) / rounds
			for b.Loop() {
				if _, err := l.Match(w); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(scan, "scan-ns/op")
			b.ReportMetric(scan/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "scan/match")
		})
	}
}

func BenchmarkNewListOf100000Items(b *testing.B) {
	items := slices.Collect(longList(b).Items())
	for b.Loop() {
		if _, err := NewList(items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode100000Items(b *testing.B) {
	data, err := longList(b).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
