package casting

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// pruneEvery is how often what has expired is dropped; casts expire at whole hours.
const pruneEvery = time.Hour

// loadHeard reads what is remembered, and which place is next: above every handler's,
// since the places of what has expired are gone.
func (v *Vendor) loadHeard(ctx context.Context) error {
	err := scan(ctx, v.Store, tableHeard, nil, func(r store.Row) error {
		id, t, err := readTrace(r)
		if err != nil {
			return err
		}
		v.heard[id], v.last = t, max(v.last, t.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	return scan(ctx, v.Store, tableHandlers, nil, func(r store.Row) error {
		if len(r.Value) != 8 {
			return fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableHandlers)
		}
		v.last = max(v.last, binary.BigEndian.Uint64(r.Value))
		return nil
	})
}

func (v *Vendor) pruneHourly(ctx context.Context) {
	for {
		if err := v.prune(ctx); err != nil && ctx.Err() == nil {
			v.Log.Error("can't drop expired intentions; it is tried again", "err", err)
		}
		select {
		case <-time.After(pruneEvery):
		case <-ctx.Done():
			return
		}
	}
}

// prune drops what has expired, a part at a time so that hearing goes on meanwhile.
func (v *Vendor) prune(ctx context.Context) error {
	for {
		n, err := v.prunePart(ctx)
		if err != nil || n < page {
			return err
		}
	}
}

func (v *Vendor) prunePart(ctx context.Context) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	var gone []record.ID
	var rows []store.Row
	for id, t := range v.heard {
		if now.Before(t.Expires) {
			continue
		}
		gone = append(gone, id)
		rows = append(rows, store.Row{Table: tableHeard, Key: id[:]})
		if t.Seq > 0 {
			rows = append(rows, store.Row{Table: tableIntentions, Key: place(t.Seq)})
		}
		if len(gone) == page {
			break
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	if err := v.Store.Commit(ctx, store.Batch{Rows: rows}); err != nil {
		return 0, err
	}
	for _, id := range gone {
		delete(v.heard, id)
	}
	return len(gone), nil
}
