package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

// TestAVaultIsAMapThatForgets runs whatever operations come, restarts among them, against a map.
func TestAVaultIsAMapThatForgets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fs, rows := disk.NewSim(), store.NewMemory()
		v, want, n := open(t, fs, rows), map[string]string{}, 0
		category := rapid.SampledFrom([]string{"name", "address", "email", "phone", "birthday"})
		ok := func(err error) {
			rt.Helper()
			if err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"set": func(rt *rapid.T) {
				n++
				c, value := category.Draw(rt, "category"), fmt.Sprintf("value %d", n)
				ok(v.Set(t.Context(), c, []byte(value)))
				want[c] = value
			},
			"use": func(rt *rapid.T) {
				c := category.Draw(rt, "category")
				made, err := v.Commit(t.Context(), c, nonce)
				ok(err)
				o, err := v.Prove(t.Context(), c, nonce)
				value, held := want[c]
				if held && (err != nil || o.Value != value || commitment.Check(made, o) != nil) || !held && !errors.Is(err, ErrNotFound) {
					rt.Fatalf("%s: %v", c, err)
				}
			},
			"forget": func(rt *rapid.T) {
				c := category.Draw(rt, "category")
				_, held := want[c]
				if err := v.Forget(t.Context(), c); held != (err == nil) {
					rt.Fatalf("forget %s, held %v: %v", c, held, err)
				}
				delete(want, c)
			},
			"restart": func(*rapid.T) {
				ok(v.Close())
				v = open(t, fs, rows)
			},
			"": func(rt *rapid.T) {
				got, err := v.List()
				ok(err)
				if !slices.Equal(got, slices.Sorted(maps.Keys(want))) || len(rowsOf(t, rows)) != len(want) {
					rt.Fatalf("it lists %q, of %d rows; want %v", got, len(rowsOf(t, rows)), want)
				}
			},
		})
	})
}

// history keeps all rows that were ever written, as a log does.
type history struct {
	Tables
	rows [][]byte
}

// Commit implements Tables.
func (h *history) Commit(ctx context.Context, b store.Batch) error {
	for _, r := range b.Rows {
		if r.Value != nil {
			h.rows = append(h.rows, append(append([]byte{}, r.Key...), r.Value...))
		}
	}
	return h.Tables.Commit(ctx, b)
}

// TestALongLifeLeavesNothingBehind does as much as a real disk has no time for.
func TestALongLifeLeavesNothingBehind(t *testing.T) {
	steps := 2000
	if full() {
		steps = 1_000_000
	}
	fs, h := disk.NewSim(), &history{Tables: store.NewMemory()}
	l := newLife(t, open(t, fs, h))
	for i := range steps {
		if i%1000 == 999 {
			l.v = open(t, fs, h)
		}
		l.step()
	}
	names, err := fs.Names(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("files %q (%v)", names, err)
	}
	r, err := unseal(root, keysOf(t, fs))
	if err != nil || len(r) != len(l.held) || len(rowsOf(t, h)) != len(l.held) {
		t.Fatalf("%d keys, %d rows, %d held (%v)", len(r), len(rowsOf(t, h)), len(l.held), err)
	}
	if len(h.rows) != len(l.gone)+len(l.held) {
		t.Fatalf("%d rows were ever written, %d values held and gone", len(h.rows), len(l.gone)+len(l.held))
	}
	byName := map[[16]byte][]byte{}
	for _, row := range h.rows {
		byName[[16]byte(row)] = row[16:]
	}
	opens := func(o once, f *field) bool {
		v, err := (&field{id: o.field.id, key: f.key}).open(o.category, byName[o.field.id])
		return err == nil && string(v) == o.value
	}
	found, back := 0, 0
	for _, g := range l.gone {
		for _, f := range r {
			if opens(g, f) {
				found++
			}
		}
		if opens(g, &g.field) {
			back++
		}
	}
	if found > 0 || back != len(l.gone) {
		t.Errorf("of %d forgotten values %d are found again, %d with their keys put back", len(l.gone), found, back)
	}
	t.Logf("%d steps, %d forgotten values, %d found again", steps, len(l.gone), found)
}
