package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
)

// tableStore is the store's own table.
const tableStore Table = "store"

func epochKey() []byte { return rowKey(tableStore, []byte("epoch")) }

// Epoch returns the epoch in which AppendLinked gives places: 0 until NextEpoch was
// called first. Errors: ErrClosed, ErrCorrupt, ctx's.
func (c *core) Epoch(ctx context.Context) (epoch uint32, err error) {
	if known := c.epoch.Load(); known != nil {
		return *known, ctx.Err()
	}
	err = c.view(ctx, func(r reader) error {
		epoch, err = readEpoch(r.get)
		return err
	})
	if err == nil {
		c.epoch.CompareAndSwap(nil, &epoch)
	}
	return epoch, err
}

// NextEpoch begins the next epoch, for all relationships, and returns it once that is
// synced. Call it where something that was sent may be lost, such as after the folder was
// put back to an older copy, and before anything is appended: what is signed from then on
// takes no place that was taken before. It doesn't run beside another NextEpoch. Errors: as Put.
func (c *core) NextEpoch(ctx context.Context) (uint32, error) {
	epoch, err := c.Epoch(ctx)
	if err != nil {
		return 0, err
	}
	if epoch == math.MaxUint32 {
		return 0, fmt.Errorf("%w: no epoch is left", ErrInvalid)
	}
	epoch++
	if err := c.Put(ctx, tableStore, []byte("epoch"), binary.BigEndian.AppendUint32(nil, epoch)); err != nil {
		return 0, err
	}
	c.epoch.Store(&epoch)
	return epoch, nil
}

func readEpoch(get func(key []byte) ([]byte, error)) (uint32, error) {
	b, err := get(epochKey())
	if err != nil || b == nil {
		return 0, err
	}
	if len(b) != 4 {
		return 0, fmt.Errorf("%w: an epoch of %d bytes", ErrCorrupt, len(b))
	}
	return binary.BigEndian.Uint32(b), nil
}
