package faults

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/vault"
)

// Damage flips single bits and cuts files, one change at a time on a fresh copy, half of
// them of a store that was killed while it wrote, half of one that was closed. It looks for
// losses that nothing names and for bytes that aren't those that were written. A damaged
// file of the vault's keys must be said by name, and leave all else as it is.
func Damage(ctx context.Context, dir string, flips, cuts int) (Result, error) {
	r := Result{Runs: flips + cuts, Hold: "0 / 0, all else readable"}
	d := &damage{copy: filepath.Join(dir, "copy")}
	for _, closed := range []bool{false, true} {
		if err := d.prepare(ctx, filepath.Join(dir, fmt.Sprintf("origin-closed-%v", closed)), closed); err != nil {
			return r, err
		}
		r.Acknowledged += d.told.sum()
		all, err := d.draw(flips/2, cuts/2)
		if err != nil {
			return r, err
		}
		for _, h := range all {
			if err := d.try(ctx, h, ""); err != nil {
				return r, fmt.Errorf("%s: %w", h, err)
			}
		}
	}
	r.Got = fmt.Sprintf("%d / %d, %d named losses, %d failed opens", d.silent, d.wrong, d.named, d.failed)
	r.Failed = d.silent+d.wrong+d.failed+d.far > 0
	if len(d.notes) > 0 {
		r.Got += " (" + strings.Join(d.notes, "; ") + ")"
	}
	seen, err := d.control(ctx, max(16, flips/10))
	r.Control = fmt.Sprintf("checks off: %d silent or wrong", seen)
	r.Failed = r.Failed || seen == 0
	return r, err
}

// oneFlip is how much a flipped bit may take with it: what one write of all writers holds.
const oneFlip = 2 * writers

// damage is a store, and what came of changes to copies of it.
type damage struct {
	origin, copy                 string
	told                         told
	silent, wrong, named, failed int
	far                          int      // flips that took more than what one write holds
	notes                        []string // the first few failures
}

// prepare has a child write a store whose files are all there, and kills it.
func (d *damage) prepare(ctx context.Context, origin string, closed bool) error {
	if err := os.MkdirAll(origin, 0o700); err != nil {
		return err
	}
	d.origin, d.told = origin, nil
	for i := range 3 {
		t, err := killAfter(order{Dir: d.origin}, d.told, 80)
		if err != nil {
			return err
		}
		d.told = t
		if i == 0 || i == 2 && closed { // the vault is there from early on
			if err := fillVault(ctx, d.origin); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *damage) draw(flips, cuts int) ([]harm, error) {
	flipped, err := harms(d.origin, false, flips)
	if err != nil {
		return nil, err
	}
	cut, err := harms(d.origin, true, cuts)
	return append(flipped, cut...), err
}

// control flips bits of the log, of which the index is made again, while nothing is checked.
func (d *damage) control(ctx context.Context, flips int) (seen int, err error) {
	all, err := kinds(d.origin)
	if err != nil {
		return 0, err
	}
	c := &damage{origin: d.origin, copy: d.copy, told: d.told}
	for range flips {
		if err := c.try(ctx, drawn(all["log/*.seg"], false), withoutChecks); err != nil {
			return 0, err
		}
	}
	return c.silent + c.wrong, nil
}

// try makes one change to a copy of the store and looks at what comes back.
func (d *damage) try(ctx context.Context, h harm, without string) error {
	if err := errors.Join(os.RemoveAll(d.copy), copyStore(d.origin, d.copy)); err != nil {
		return err
	}
	if err := h.do(d.copy); err != nil {
		return err
	}
	if without != "" {
		if err := dropIndex(d.copy); err != nil {
			return err
		}
	}
	l, said, err := inspect(ctx, d.copy, without, d.told)
	switch {
	case err != nil:
		d.failed++
		d.note(h, err)
	case l.wrong > 0:
		d.wrong += l.wrong
		d.note(h, "wrong bytes")
	case l.gone > 0 && !said:
		d.silent += l.gone
		d.note(h, "silent")
	case !h.cut && l.gone > oneFlip:
		d.far++
		d.note(h, fmt.Sprintf("takes %s with it", l))
	default:
		d.named += l.gone
	}
	return nil
}

func (d *damage) note(h harm, what any) {
	if len(d.notes) < 3 {
		d.notes = append(d.notes, fmt.Sprintf("%s: %v", h, what))
	}
}

// copyStore copies what is used of each file; the zeros at its end become a hole.
func copyStore(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		out := filepath.Join(to, name)
		if err := os.WriteFile(out, []byte(strings.TrimRight(string(b), "\x00")), 0o600); err != nil {
			return err
		}
		return os.Truncate(out, int64(len(b)))
	})
}

// inspect opens a damaged store and compares. It reports, too, whether the store says of itself that something is lost.
func inspect(ctx context.Context, dir, without string, t told) (l loss, said bool, err error) {
	db, err := open(ctx, dir, without)
	if err != nil {
		return l, false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if l, err = compare(ctx, db, t); err != nil {
		return l, false, err
	}
	if said, err = saysLoss(ctx, db); err != nil {
		return l, false, err
	}
	fields, named, err := compareVault(ctx, dir, db)
	return l.plus(fields), said || named, err
}

// fields are the categories that a drill's vault holds.
var fields = []string{"name", "address", "email"}

func fieldValue(i int) []byte { return fmt.Appendf(nil, "%x", payload(-1, i)[:100]) }

// fillVault opens a store and its vault, holds the fields, and closes both.
func fillVault(ctx context.Context, dir string) (err error) {
	db, err := open(ctx, dir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := openVault(ctx, dir, db)
	if err != nil {
		return err
	}
	for i, f := range fields {
		err = errors.Join(err, v.Set(ctx, f, fieldValue(i)))
	}
	return errors.Join(err, v.Close())
}

func openVault(ctx context.Context, dir string, db *store.DB) (*vault.Vault, error) {
	return vault.Open(ctx, dir, db, vault.Options{Key: [32]byte{1}, Log: slog.New(slog.DiscardHandler)})
}

// compareVault looks for the fields, and reports whether the vault says that it is damaged.
func compareVault(ctx context.Context, dir string, db *store.DB) (l loss, named bool, err error) {
	v, err := openVault(ctx, dir, db)
	if err != nil {
		return l, false, err
	}
	for i, f := range fields {
		got, err := v.Value(ctx, f)
		switch {
		case errors.Is(err, vault.ErrDamaged):
			named = true
			l.gone++
		case errors.Is(err, vault.ErrNotFound):
			l.gone++
		case err != nil:
			return l, named, errors.Join(err, v.Close())
		case string(got) != string(fieldValue(i)):
			l.wrong++
		}
	}
	return l, named, v.Close()
}
