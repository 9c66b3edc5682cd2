package vault

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/store"
)

// full asks for as much as it takes to believe a figure, rather than what CI can bear.
func full() bool { return os.Getenv("BYWAY_FULL") == "1" || os.Getenv("FULL") == "1" }

// once is one value that was held for a time, with what opened it.
type once struct {
	category, value string
	field           field
}

// life does things to a vault, and keeps what it should have forgotten.
type life struct {
	t    *testing.T
	r    *rand.Rand
	v    *Vault
	n    int
	held map[string]once
	gone []once
}

func newLife(t *testing.T, v *Vault) *life {
	return &life{t: t, r: rand.New(rand.NewPCG(1, 2)), v: v, held: map[string]once{}}
}

func (l *life) step() {
	l.t.Helper()
	category := fmt.Sprintf("category-%d", l.r.IntN(12))
	was, held := l.held[category]
	switch l.r.IntN(4) {
	case 0, 1:
		l.n++
		value := fmt.Sprintf("%s%d-%x", canary, l.n, l.r.Uint64()) + strings.Repeat("x", l.r.IntN(200))
		set(l.t, l.v, category, value)
		l.held[category] = once{category, value, *l.v.ring[category]}
		if held {
			l.gone = append(l.gone, was)
		}
	case 2:
		if _, err := l.v.Commit(l.t.Context(), category, [16]byte{byte(l.r.Uint32())}); err != nil {
			l.t.Fatal(err)
		}
	case 3:
		if !held {
			return
		}
		if err := l.v.Forget(l.t.Context(), category); err != nil {
			l.t.Fatal(err)
		}
		l.gone = append(l.gone, was)
		delete(l.held, category)
	}
}

// lived leads a life over a store on disk, with restarts, and returns it with all that is left to search.
func lived(t *testing.T, steps int) (*life, []blob) {
	t.Helper()
	folder, key := filepath.Join(t.TempDir(), "store"), [32]byte{5}
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l := newLife(t, nil)
	for done := 0; done < steps; {
		s, err := store.Open(t.Context(), folder, store.Options{Log: log, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if l.v, err = Open(t.Context(), folder, s, Options{Key: root, Log: log}); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			l.step()
			done++
		}
		if err := errors.Join(l.v.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return l, append(haystack(t, folder, key), blob{"what the log output says", said.Bytes()})
}

func TestAForgottenFieldIsFoundNowhere(t *testing.T) {
	steps := 150
	if full() {
		steps = 5000
	}
	l, bs := lived(t, steps)
	if len(l.gone) < steps/8 || len(l.held) == 0 {
		t.Fatalf("%d gone, %d held: nothing was tried", len(l.gone), len(l.held))
	}
	if where := written(bs); len(where) > 0 {
		t.Errorf("values are to be read in %q", where)
	}
	names := map[[16]byte]bool{}
	for _, o := range append(slices.Collect(maps.Values(l.held)), l.gone...) {
		names[o.field.id] = true
	}
	rows := locate(bs, names)
	found, back := 0, 0
	for _, g := range l.gone {
		for _, h := range l.held { // every key that is still held, on every row that ever was
			if rows.opens(g.category, g.value, field{id: g.field.id, key: h.field.key}) {
				found++
			}
		}
		if rows.opens(g.category, g.value, g.field) {
			back++
		}
	}
	if found > 0 {
		t.Errorf("%d of %d forgotten values are found again", found, len(l.gone))
	}
	// Controls: what is held is found, and what is forgotten, too, once its key is put back.
	for _, o := range l.held {
		if !rows.opens(o.category, o.value, o.field) {
			t.Error("a value that is held isn't found, so nothing would be")
		}
	}
	if back != len(l.gone) {
		t.Errorf("with the forgotten keys put back %d of %d values are found: the search is blind", back, len(l.gone))
	}
	t.Logf("%d forgotten values, %d found again (%d with their keys put back)", len(l.gone), found, back)
}

func TestTheSearchSeesEachForm(t *testing.T) {
	for i, f := range forms(canary + "value") {
		for before := range 3 {
			padded := append(bytes.Repeat([]byte{'.'}, before), f...)
			if len(written([]blob{{"planted", append(padded, '.')}})) == 0 {
				t.Errorf("form %d isn't seen: %q", i, f)
			}
		}
	}
	if len(written([]blob{{"other", []byte("canary")}})) > 0 {
		t.Error("it sees what isn't there")
	}
}
