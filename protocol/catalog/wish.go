package catalog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// Bounds of a wish and its answer. Wishes come from strangers, so they bound what one may cost.
const (
	MaxWishBytes = 1024      // of Words
	MaxWishWords = 16        // that are looked for; more are left aside
	MaxQuantity  = 1_000_000 // pieces
	MaxMatches   = 20        // that Match returns; a vendor answers with one or a few
)

// ErrWish says that a wish can't be matched; what wraps it says why.
var ErrWish = errors.New("wish can't be matched")

// Wish is what somebody looks for, as far as a price list can tell. Category, Words or both must be set.
type Wish struct {
	Category  category.Path  // the thing's; zero is any
	Words     string         // keywords in any script, at most MaxWishBytes; "" is any
	Quantity  int            // pieces, at most MaxQuantity; 0 is one
	Condition Condition      // AnyCondition accepts both
	Currency  money.Currency // that prices must be in; "" is any
	MaxPrice  money.Amount   // for one unit, itself included; zero is no limit
}

// Validate reports why the wish can't be matched, wrapping ErrWish, or nil.
func (w Wish) Validate() error {
	switch {
	case len(w.Words) > MaxWishBytes:
		return fmt.Errorf("%w: %d bytes of words, at most %d", ErrWish, len(w.Words), MaxWishBytes)
	case w.Category.IsZero() && len(w.terms()) == 0:
		return fmt.Errorf("%w: it names neither a category nor a word", ErrWish)
	case w.Quantity < 0 || w.Quantity > MaxQuantity:
		return fmt.Errorf("%w: a quantity of %d, at most %d", ErrWish, w.Quantity, MaxQuantity)
	case w.Condition > Used:
		return fmt.Errorf("%w: %w", ErrWish, ErrCondition)
	}
	if _, known := w.Currency.Exponent(); w.Currency != "" && !known {
		return fmt.Errorf("%w: %w", ErrWish, money.ErrCurrency)
	}
	if !w.MaxPrice.IsZero() {
		if err := w.MaxPrice.Validate(); err != nil {
			return fmt.Errorf("%w: highest price: %w", ErrWish, err)
		}
	}
	return nil
}

// terms returns the words that are looked for, each once, at most MaxWishWords. Single Latin letters say too little
// to count ("a", "250 g"), unless there is nothing else.
func (w Wish) terms() []string {
	var all, short []string
	words(w.Words, false, func(s string) {
		if len(s) == 1 && s[0] >= 'a' {
			short = append(short, s)
		} else if len(all) < MaxWishWords && !slices.Contains(all, s) {
			all = append(all, s)
		}
	})
	if len(all) == 0 && len(short) > 0 {
		return short[:1]
	}
	return all
}

// quantity is at least one.
func (w *Wish) quantity() int { return max(1, w.Quantity) }

// closest is what an item has whose category is the wished one or under it.
const closest = category.MaxLevels + 1

// closeness compares an item's category with the wished one: 0 if neither contains the other, closest if the item's is the
// wished one or under it, between them the less the more general the item's is.
func (w *Wish) closeness(item category.Path) int {
	switch {
	case w.Category.IsZero() || item.IsUnder(w.Category):
		return closest
	case item.Contains(w.Category):
		return item.Levels()
	}
	return 0
}

// admits holds the wish's conditions against an item: everything but category and words.
func (w *Wish) admits(f *fact) bool {
	switch {
	case w.Condition != AnyCondition && f.condition != w.Condition,
		w.Currency != "" && f.currency != w.Currency,
		!w.MaxPrice.IsZero() && (f.currency != w.MaxPrice.Currency || f.minor > w.MaxPrice.Minor):
		return false
	}
	return f.minor <= money.MaxMinor/int64(w.quantity()) // as Times will ask
}
