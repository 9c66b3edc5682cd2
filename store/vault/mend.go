package vault

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/store"
)

// mend finishes what a stop, or a restore, left half done: see "The order of writes". What
// can't be written now is put off to the next Open; what is in memory is right at once.
func (v *Vault) mend(ctx context.Context, names [][16]byte, found, lossy bool) {
	v.file.scrap()
	held := make(map[[16]byte]bool, len(names))
	for _, n := range names {
		held[n] = true
	}
	left, opens := ring{}, map[[16]byte]bool{}
	for c, f := range v.ring {
		if held[f.id] || lossy {
			left[c], opens[f.id] = f, true
		}
		if !held[f.id] && lossy {
			v.log.Error("the store has lost a field that it holds the key of; restore it, set it again, or forget it")
		}
	}
	if keys := len(v.ring) - len(left); keys > 0 || !found {
		if keys > 0 {
			v.log.Warn("the vault drops keys of fields that the log has forgotten", "fields", keys)
		}
		v.ring = left
		if err := v.turn(left); err != nil {
			v.log.Warn("the vault's keys can't be written now", "error", err)
		}
	}
	var rows [][16]byte
	for _, n := range names {
		if !opens[n] {
			rows = append(rows, n)
		}
	}
	if err := v.remove(ctx, rows); err != nil {
		v.log.Warn("sealed rows without a key stay until the next start", "rows", len(rows), "error", err)
	}
}

// names returns the names of all rows.
func (v *Vault) names(ctx context.Context) (out [][16]byte, err error) {
	for after := []byte(nil); ; {
		rows, err := v.rows.Scan(ctx, Table, nil, after, store.MaxLimit)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if len(r.Key) != 16 {
				return nil, fmt.Errorf("%w: a row of table %s with a name of %d bytes", store.ErrCorrupt, Table, len(r.Key))
			}
			out, after = append(out, [16]byte(r.Key)), r.Key
		}
		if len(rows) < store.MaxLimit {
			return out, nil
		}
	}
}
