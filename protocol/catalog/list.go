package catalog

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/bywaynet/byway/protocol/catalog/sheet"
)

// Bounds of a list and its file.
const (
	MaxFileBytes = sheet.MaxFileBytes // of an imported file
	MaxItems     = sheet.MaxRows      // of a list
)

// Errors of NewList.
var (
	ErrTooMany   = errors.New("too many items")
	ErrDuplicate = errors.New("sku used twice: give each item its own")
)

// List is a price list with its index. It never changes, may be used by any number of goroutines, and is
// copied like a pointer. The zero List is empty.
type List struct{ *contents }

type contents struct {
	items []Item           // in the order of the file
	bySKU map[string]int32 // into items
	index index
}

// NewList checks items and indexes them, which takes about a second for MaxItems; it keeps a copy. It fails with
// ErrTooMany, ErrDuplicate or what Item.Validate says, naming the item.
func NewList(items []Item) (List, error) {
	if len(items) > MaxItems {
		return List{}, fmt.Errorf("%w: %d, at most %d", ErrTooMany, len(items), MaxItems)
	}
	bySKU := make(map[string]int32, len(items))
	for i, it := range items {
		if err := it.Validate(); err != nil {
			return List{}, fmt.Errorf("item %d (sku %.70q): %w", i+1, it.SKU, err)
		}
		if _, ok := bySKU[it.SKU]; ok {
			return List{}, fmt.Errorf("item %d: %w: %q", i+1, ErrDuplicate, it.SKU)
		}
		bySKU[it.SKU] = int32(i)
	}
	items = slices.Clone(items)
	return List{&contents{items, bySKU, newIndex(items)}}, nil
}

// Len returns how many items the list has.
func (l List) Len() int {
	if l.contents == nil {
		return 0
	}
	return len(l.items)
}

// Items goes through the list in the order of its file.
func (l List) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		if l.contents == nil {
			return
		}
		for _, it := range l.items {
			if !yield(it) {
				return
			}
		}
	}
}

// BySKU returns the item with that SKU.
func (l List) BySKU(sku string) (Item, bool) {
	if l.contents == nil {
		return Item{}, false
	}
	i, ok := l.bySKU[sku]
	if !ok {
		return Item{}, false
	}
	return l.items[i], true
}
