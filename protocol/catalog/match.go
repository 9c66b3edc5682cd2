package catalog

import (
	"cmp"
	"slices"

	"github.com/bywaynet/byway/protocol/money"
)

// Match is an item that answers a wish.
type Match struct {
	Item  Item
	Total money.Amount // for the quantity wished
	Score int          // 1 to 100: how many of the wish's words were found, those in the description alone counting a third
}

// tally counts the words found for one item: how many in the upper byte, their weights in the lower.
type tally uint16

const (
	oneWord tally = 1 << 8
	strong  tally = 3 // found in name, category, SKU or GTIN
	weak    tally = 1 // found in the description alone
)

func (t tally) found() int  { return int(t >> 8) }
func (t tally) weight() int { return int(t & 0xff) }

// Match returns the items that answer a wish, the best first, at most MaxMatches. An item answers if its category is
// the wished one, under it or above it; more than half of the wish's words are found in it; and condition, currency
// and highest price suit. Better is: more words found (and not in the description alone), a closer category, sooner
// available, cheaper, the lesser SKU; so equal lists and wishes have equal answers. It fails with ErrWish alone.
func (l List) Match(w Wish) ([]Match, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if l.Len() == 0 {
		return nil, nil
	}
	terms := w.terms()
	s := search{index: &l.index, wish: &w}
	if len(terms) == 0 {
		s.byCategory()
	} else {
		s.byWords(terms)
	}
	out := make([]Match, len(s.best))
	for i, h := range s.best {
		it := l.items[l.index.ranked[h.rank]]
		total, err := it.Price.Times(w.quantity())
		if err != nil {
			return nil, err // admits let none through
		}
		out[i] = Match{Item: it, Total: total, Score: 100}
		if n := len(terms) * int(strong); n > 0 {
			out[i].Score = max(1, 100*h.weight/n)
		}
	}
	return out, nil
}

// search gathers the best hits for one wish.
type search struct {
	*index
	wish *Wish
	best []hit // sorted, at most MaxMatches
}

type hit struct {
	weight, close int
	rank          int32
}

func (h hit) compare(g hit) int {
	return cmp.Or(cmp.Compare(g.weight, h.weight), cmp.Compare(g.close, h.close), cmp.Compare(h.rank, g.rank))
}

// offer takes a hit in if it is good enough. What a full list's last beats isn't looked at any closer.
func (s *search) offer(rank int32, weight int) {
	h := hit{weight, closest, rank}
	full := len(s.best) == MaxMatches
	if full && s.best[MaxMatches-1].compare(h) < 0 {
		return
	}
	f := &s.facts[rank]
	if !s.wish.admits(f) {
		return
	}
	if h.close = s.wish.closeness(s.paths[f.path]); h.close == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(s.best, h, hit.compare)
	if i == MaxMatches {
		return
	}
	if full {
		s.best = s.best[:MaxMatches-1]
	}
	s.best = slices.Insert(s.best, i, h)
}

// perfect reports whether no hit of a later rank can get in: the list is full of the most weight there is.
func (s *search) perfect(most int) bool {
	if len(s.best) < MaxMatches {
		return false
	}
	last := s.best[MaxMatches-1]
	return last.weight == most && last.close == closest
}

// byCategory serves a wish without words. The lists run from better to worse, so it stops at the first that fills.
func (s *search) byCategory() {
	lists := [][]int32{s.under[s.wish.Category]}
	above := s.wish.Category.Prefixes()
	for _, p := range slices.Backward(above[:len(above)-1]) {
		lists = append(lists, s.at[p])
	}
	for _, ranks := range lists {
		for _, r := range ranks {
			if s.offer(r, 0); len(s.best) == MaxMatches {
				return
			}
		}
	}
}

// byWords serves a wish with words. An item that has need of them has at least one of any len(terms)-need+1, so only
// the lists of that many rarest words are gone through whole; the common ones are asked about what was found there.
func (s *search) byWords(terms []string) {
	lists := make([][]posting, len(terms))
	for i, t := range terms {
		lists[i] = s.having(t)
	}
	slices.SortStableFunc(lists, func(a, b []posting) int { return cmp.Compare(len(a), len(b)) })
	need := len(terms)/2 + 1
	rare := len(terms) - need + 1
	if len(terms) == 1 {
		for _, p := range lists[0] {
			if s.offer(p.rank(), p.weight().weight()); s.perfect(int(strong)) {
				return
			}
		}
		return
	}
	borrowed := s.scratch.Get().(*[]tally)
	tallies := *borrowed
	var touched []int32
	for _, list := range lists[:rare] {
		for _, p := range list {
			if tallies[p.rank()] == 0 {
				touched = append(touched, p.rank())
			}
			tallies[p.rank()] += p.weight()
		}
	}
	for _, list := range lists[rare:] {
		count(list, touched, tallies)
	}
	for _, r := range touched {
		if t := tallies[r]; t.found() >= need {
			s.offer(r, t.weight())
		}
		tallies[r] = 0
	}
	s.scratch.Put(borrowed)
}

// count adds a common word's weight to the items touched, by whichever way is shorter.
func count(list []posting, touched []int32, tallies []tally) {
	const perLookup = 32 // steps through a list that cost as much as one binary search in it
	if len(touched) > len(list)/perLookup {
		for _, p := range list {
			if tallies[p.rank()] != 0 {
				tallies[p.rank()] += p.weight()
			}
		}
		return
	}
	for _, r := range touched {
		i, ok := slices.BinarySearchFunc(list, r, func(p posting, r int32) int { return cmp.Compare(p.rank(), r) })
		if ok {
			tallies[r] += list[i].weight()
		}
	}
}
