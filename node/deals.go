package node

import (
	"maps"
	"slices"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/profile"
)

// dealsIn returns what an organisation deals in: what its price list has, what its
// handlers are for, and what it is found under in its communities.
func (r *running) dealsIn() []category.Path {
	listed := map[category.Path]struct{}{}
	for it := range r.vendor.Catalog().Items() {
		listed[it.Category] = struct{}{}
	}
	_, said := r.finder.Standing()
	for _, h := range r.node.onIntention {
		said = append(said, h.interest.Categories...)
	}
	return fitted(slices.Collect(maps.Keys(listed)), said)
}

// fitted returns the categories that a card has room for, sorted: all that the owner said, and what the
// price list has at the deepest level at which both fit; or the tops of all. A search for what lies below
// a level that was cut still finds the card.
func fitted(listed, said []category.Path) []category.Path {
	for level := category.MaxLevels; level > 0; level-- {
		if out := distinct(listed, said, level); len(out) <= profile.MaxCategories {
			return out
		}
	}
	tops := distinct(slices.Concat(listed, said), nil, 1)
	return tops[:min(len(tops), profile.MaxCategories)]
}

// distinct returns whole, and listed down to a level, each path once, sorted.
func distinct(listed, whole []category.Path, level int) []category.Path {
	out := slices.Clone(whole)
	for _, p := range listed {
		if ps := p.Prefixes(); len(ps) > 0 {
			out = append(out, ps[min(len(ps), level)-1])
		}
	}
	slices.SortFunc(out, category.Path.Compare)
	return slices.Compact(out)
}
