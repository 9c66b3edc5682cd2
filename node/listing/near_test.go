package listing

import (
	"context"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// looked is a store that counts single reads, and whose scans may meet damage.
type looked struct {
	Store
	gets    int
	damaged bool
}

func (l *looked) Get(ctx context.Context, t store.Table, key []byte) ([]byte, error) {
	l.gets++
	return l.Store.Get(ctx, t, key)
}

func (l *looked) Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error) {
	if l.damaged {
		return nil, store.ErrCorrupt
	}
	return l.Store.Scan(ctx, t, prefix, after, limit)
}

func TestLinesThatAreNearAreReadInARow(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	all := w.page(w.alice.listing, Query{}, 100)
	const n = 9
	if len(all) < 1+2*near {
		t.Fatalf("%d threads, want %d", len(all), 1+2*near)
	}
	for name, c := range map[string]struct {
		places  []uint64
		damaged bool
		gets    int
	}{
		"in a row":                {[]uint64{1, 2, 3}, false, 0},
		"the newest first":        {[]uint64{5, 4, 3}, false, 0},
		"with gaps":               {[]uint64{2, n}, false, 0},
		"one":                     {[]uint64{n}, false, 0},
		"none":                    {nil, false, 0},
		"damage in what is near":  {[]uint64{1, 3}, true, 2},
		"the same place, not two": {[]uint64{3, 3}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			under := &looked{Store: w.alice.listing.rows.store, damaged: c.damaged}
			l := &Listing{rows: rows{store: under, log: w.alice.listing.Log}}
			got, err := l.lines(t.Context(), c.places)
			if err != nil {
				t.Fatal(err)
			}
			want := make([]record.ID, len(c.places))
			ids := make([]record.ID, len(got))
			for i, p := range c.places {
				want[i] = all[p-1].View.ID
			}
			for i, k := range got {
				ids[i] = k.View.ID
			}
			if !slices.Equal(ids, want) || under.gets != c.gets {
				t.Errorf("lines %v by %d single reads, want %v by %d", ids, under.gets, want, c.gets)
			}
		})
	}
	under := &looked{Store: w.alice.listing.rows.store}
	l := &Listing{rows: rows{store: under, log: w.alice.listing.Log}}
	if got, err := l.lines(t.Context(), []uint64{1, 1 + 2*near}); err != nil || len(got) != 2 || under.gets != 2 {
		t.Errorf("places that are far apart: %d lines, %v, by %d single reads", len(got), err, under.gets)
	}
}
