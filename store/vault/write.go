package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/store"
)

// Set keeps a value of a category, in the place of the one that was held, whose key goes. It
// returns once that is durable. Errors: commitment.ErrMalformed, ErrFull, ErrDamaged,
// ErrClosed, the store's and the system's, with all as it was; ErrUncertain.
func (v *Vault) Set(ctx context.Context, category string, value []byte) error {
	if err := commitment.ValidCategory(category); err != nil {
		return err
	}
	if err := commitment.ValidValue(string(value)); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.writable(); err != nil {
		return err
	}
	old := v.ring[category]
	if old == nil && len(v.ring) >= MaxFields {
		return ErrFull
	}
	if err := v.exist(); err != nil {
		return err
	}
	f, err := newField()
	if err != nil {
		return err
	}
	row, err := f.seal(category, value)
	if err != nil {
		return err
	}
	if err := v.rows.Commit(ctx, store.Batch{Rows: []store.Row{{Table: Table, Key: f.id[:], Value: row}}}); err != nil {
		return fmt.Errorf("keep a field: %w", err)
	}
	if err := v.turn(v.ring.with(category, f)); err != nil {
		if !errors.Is(err, ErrUncertain) { // else it may be the one that counts
			v.tidy(ctx, f)
		}
		f.clear()
		return err
	}
	if old != nil {
		v.tidy(ctx, old)
		old.clear()
	}
	return nil
}

// Forget removes the keys of some categories, durably, and then their rows. Errors:
// ErrNotFound, naming the first that isn't held, ErrDamaged, ErrClosed, the system's, with all as it
// was; ErrUncertain; ErrRows.
func (v *Vault) Forget(ctx context.Context, categories ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.writable(); err != nil {
		return err
	}
	var gone []*field
	categories = slices.Compact(slices.Sorted(slices.Values(categories)))
	for _, c := range categories {
		f, ok := v.ring[c]
		if !ok {
			return fmt.Errorf("%w: %q", ErrNotFound, c)
		}
		gone = append(gone, f)
	}
	return v.drop(ctx, v.ring.without(categories...), gone)
}

// ForgetAll forgets every field, also of a damaged vault, which is as good as new then. Errors: as Forget.
func (v *Vault) ForgetAll(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	if v.stuck != nil {
		return v.stuck
	}
	names, err := v.names(ctx)
	if err != nil {
		return err
	}
	gone := slices.Collect(maps.Values(v.ring))
	for _, n := range names {
		gone = append(gone, &field{id: n})
	}
	return v.drop(ctx, ring{}, gone)
}

// drop makes left all that there is, and deletes the rows of what is gone; v.mu is held.
func (v *Vault) drop(ctx context.Context, left ring, gone []*field) error {
	if len(gone) == 0 && v.damaged == nil {
		return nil
	}
	if err := v.turn(left); err != nil {
		return err
	}
	v.damaged = nil
	ids := make([][16]byte, 0, len(gone))
	for _, f := range gone {
		ids = append(ids, f.id)
		f.clear()
	}
	if err := v.remove(context.WithoutCancel(ctx), ids); err != nil {
		return fmt.Errorf("%w: %w", ErrRows, err)
	}
	return nil
}

// turn replaces the file, and then what is in memory; v.mu is held.
func (v *Vault) turn(next ring) error {
	err := v.file.replace(next)
	if errors.Is(err, ErrUncertain) {
		v.stuck = err
	}
	if err == nil {
		v.ring = next
	}
	return err
}

// exist makes the file of an empty vault: a vault with rows and without one is damaged.
func (v *Vault) exist() error {
	if _, found, err := v.file.read(); found || err != nil {
		return err
	}
	return v.turn(v.ring)
}

// tidy deletes a row that no key opens. Where that fails, the next Open does it.
func (v *Vault) tidy(ctx context.Context, f *field) {
	if err := v.remove(context.WithoutCancel(ctx), [][16]byte{f.id}); err != nil {
		v.log.Warn("a sealed row without a key stays until the next start", "error", err)
	}
}

// rowsAtOnce is how many rows are deleted by one write, which a store bounds in bytes.
const rowsAtOnce = 1024

// remove deletes rows.
func (v *Vault) remove(ctx context.Context, ids [][16]byte) error {
	slices.SortFunc(ids, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	for some := range slices.Chunk(slices.Compact(ids), rowsAtOnce) {
		var b store.Batch
		for _, id := range some {
			b.Rows = append(b.Rows, store.Row{Table: Table, Key: id[:]})
		}
		if err := v.rows.Commit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// writable returns why nothing can be written, if so; v.mu is held.
func (v *Vault) writable() error {
	if err := v.readable(); err != nil {
		return err
	}
	return v.stuck
}
