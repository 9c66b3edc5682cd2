package node

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/profile"
)

func paths(t *testing.T, words ...string) []category.Path {
	t.Helper()
	var out []category.Path
	for _, w := range words {
		p, err := category.Parse(w)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// spread returns n paths: pattern with each of 0 to n-1 in it.
func spread(n int, pattern string) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(pattern, i))
	}
	return out
}

func TestACardNamesCategoriesAsDeepAsItHasRoomFor(t *testing.T) {
	full := profile.MaxCategories
	for name, c := range map[string]struct{ listed, said, want []string }{
		"nothing":           {nil, nil, nil},
		"four levels":       {[]string{"food/coffee/beans/green"}, nil, []string{"food/coffee/beans/green"}},
		"each once":         {[]string{"food/tea", "food/tea"}, []string{"food/tea"}, []string{"food/tea"}},
		"as many as fit":    {spread(full, "food/tea/t%02d"), nil, spread(full, "food/tea/t%02d")},
		"one too many":      {spread(full+1, "food/tea/t%02d"), nil, []string{"food/tea"}},
		"what was said":     {spread(full, "food/tea/t%02d"), []string{"drink/juice/pear"}, []string{"drink/juice/pear", "food/tea"}},
		"too much was said": {nil, spread(full+1, "food/tea/t%02d"), []string{"food"}},
		"too many tops":     {spread(full+1, "t%02d/tea"), nil, spread(full, "t%02d")},
	} {
		got := fitted(paths(t, c.listed...), paths(t, c.said...))
		if !slices.Equal(got, paths(t, c.want...)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
