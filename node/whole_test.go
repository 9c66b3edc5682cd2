package node_test

import (
	"context"
	"strings"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// whole fails the test where something that was said is missing on either side, or a restore
// is taken for somebody else's doing.
func (w world) whole(ctx context.Context) {
	w.t.Helper()
	for who, n := range map[string]*drillNode{"the person": w.alice, "the shop": w.bakery} {
		w.resumed(ctx, n)
		eventually(ctx, w.t, who+" misses nothing", func() bool { return n.misses(ctx) == 0 })
		for _, text := range n.warnings(ctx) {
			w.t.Errorf("%s is told %q", who, text)
		}
		for _, text := range n.checked(ctx) {
			w.t.Errorf("a check of the store of %s finds %q", who, text)
		}
	}
}

// misses returns how many runs of places are missing in all relationships.
func (n *drillNode) misses(ctx context.Context) (runs int) {
	n.t.Helper()
	for _, r := range n.relations(ctx) {
		runs += len(r.GetMissingSent()) + len(r.GetMissingHeld())
	}
	return runs
}

func (n *drillNode) relations(ctx context.Context) []*localv1.Relation {
	n.t.Helper()
	r, err := n.api.Relations.ListRelations(ctx, &localv1.ListRelationsRequest{})
	if err != nil {
		n.t.Fatal(err)
	}
	return r.GetRelations()
}

// warnings returns what is said of forks, clones and copies.
func (n *drillNode) warnings(ctx context.Context) (out []string) {
	n.t.Helper()
	for _, r := range n.relations(ctx) {
		for _, f := range r.GetFaults() {
			out = append(out, f.GetText())
		}
	}
	st, err := n.api.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		n.t.Fatal(err)
	}
	for _, note := range st.GetNotes() {
		for _, text := range []string{"older copy", "twice", "contradicts", "after this one", "this node's word"} {
			if strings.Contains(note.GetText(), text) {
				out = append(out, note.GetText())
			}
		}
	}
	return out
}

// checked returns what a check of the store finds, the stretches that are missing among it.
func (n *drillNode) checked(ctx context.Context) []string {
	n.t.Helper()
	s, err := n.api.Keeping.CheckStore(ctx, &localv1.CheckStoreRequest{})
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it was read to its result
	for {
		r, err := s.Receive()
		if err != nil {
			n.t.Fatal(err)
		}
		if c := r.GetCheck(); c != nil {
			var out []string
			for _, f := range c.GetFlaws() {
				out = append(out, f.GetText())
			}
			return out
		}
	}
}
