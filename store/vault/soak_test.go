package vault

import (
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
