package catalog

import "sync/atomic"

// Catalog holds the list in force. The zero Catalog holds the empty list. Any number of goroutines may use it;
// whoever holds a List goes on with that list.
type Catalog struct{ list atomic.Pointer[contents] }

// Swap puts another list in force and returns the one before.
func (c *Catalog) Swap(l List) List { return List{c.list.Swap(l.contents)} }

// List returns the list in force.
func (c *Catalog) List() List { return List{c.list.Load()} }

// Match matches against the list in force; see List.Match.
func (c *Catalog) Match(w Wish) ([]Match, error) { return c.List().Match(w) }
