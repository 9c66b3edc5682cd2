package catalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// index finds items by word and by category. It numbers them by rank: what would be listed first if a wish liked two
// equally well has the lower number, so every list in it runs from better to worse.
type index struct {
	ranked  []int32 // rank → position in the list
	facts   []fact  // by rank
	paths   []category.Path
	under   map[category.Path][]int32 // ranks of the items in a category or below
	at      map[category.Path][]int32 // ranks of the items in exactly that category
	words   map[string]int32          // into lists
	lists   [][]posting               // of the items that have a word, by rank
	scratch *sync.Pool                // of *[]tally, one for each rank, all zero
}

// fact is what a wish is compared with, kept small and side by side: a wish for something common looks at many.
type fact struct {
	minor     int64
	currency  money.Currency
	path      int32 // into paths
	condition Condition
}

// posting is an item that has a word: its rank, and whether the word stands in more than the description.
type posting uint32

func (p posting) rank() int32 { return int32(p >> 1) }
func (p posting) weight() tally {
	if p&1 == 1 {
		return oneWord + strong
	}
	return oneWord + weak
}

func newIndex(items []Item) index {
	x := index{
		ranked: rank(items), facts: make([]fact, len(items)), words: make(map[string]int32),
		under: make(map[category.Path][]int32), at: make(map[category.Path][]int32),
	}
	n := len(items)
	x.scratch = &sync.Pool{New: func() any { s := make([]tally, n); return &s }}
	number := make(map[category.Path]int32)
	for r, i := range x.ranked {
		it := &items[i]
		p, ok := number[it.Category]
		if !ok {
			p = int32(len(x.paths))
			number[it.Category] = p
			x.paths = append(x.paths, it.Category)
		}
		x.facts[r] = fact{it.Price.Minor, it.Price.Currency, p, it.Condition}
		x.at[it.Category] = append(x.at[it.Category], int32(r))
		for _, prefix := range it.Category.Prefixes() {
			x.under[prefix] = append(x.under[prefix], int32(r))
		}
		x.addWords(int32(r), it)
	}
	return x
}

func (x *index) addWords(rank int32, it *Item) {
	add := func(w string, strong posting) {
		n, ok := x.words[w]
		if !ok {
			n = int32(len(x.lists))
			x.words[strings.Clone(w)] = n // w would keep the whole text in memory
			x.lists = append(x.lists, nil)
		}
		// The strong come first, so a word that the item already has needs no second look.
		if list := x.lists[n]; len(list) == 0 || list[len(list)-1].rank() != rank {
			x.lists[n] = append(list, posting(rank)<<1|strong)
		}
	}
	named := func(w string) { add(w, 1) }
	words(it.Name, true, named)
	words(it.Category.String(), true, named)
	words(it.SKU, true, named)
	words(it.GTIN, true, named)
	words(it.Description, true, func(w string) { add(w, 0) })
}

// having returns the items that have a word, by rank.
func (x *index) having(word string) []posting {
	if n, ok := x.words[word]; ok {
		return x.lists[n]
	}
	return nil
}

// rank orders items that a wish likes equally: what can be had sooner, then what costs less, then by SKU.
func rank(items []Item) []int32 {
	order := make([]int32, len(items))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &items[i], &items[j]
		return cmp.Or(cmp.Compare(a.Availability, b.Availability), cmp.Compare(a.Price.Currency, b.Price.Currency),
			cmp.Compare(a.Price.Minor, b.Price.Minor), cmp.Compare(a.SKU, b.SKU))
	})
	return order
}
