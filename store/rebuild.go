package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Rebuild makes the index of a store that nobody has open again from its log and spool,
// once what they lost and the old index still has is in them again. Rows of Options.Cache
// are gone after it. Errors: as Open, ErrNotFound where there is no log, ErrReadOnly where nothing
// can be written; the old index is still there then.
func Rebuild(ctx context.Context, dir string, o Options) error {
	if err := rebuild(ctx, dir, o); err != nil {
		return fmt.Errorf("rebuild the index: %w", err)
	}
	return nil
}

func rebuild(ctx context.Context, dir string, o Options) error {
	if names, err := orOS(o.FS).Names(filepath.Join(dir, logDir)); err != nil || len(names) == 0 {
		return fmt.Errorf("%w: there is no log in %s to make it from", ErrNotFound, dir)
	}
	if err := openOnce(ctx, dir, o); err != nil {
		return err
	}
	l, err := takeLock(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, indexDir)), l.release()); err != nil {
		return err
	}
	return openOnce(ctx, dir, o)
}

// openOnce has the trails and the index follow each other.
func openOnce(ctx context.Context, dir string, o Options) error {
	d, err := Open(ctx, dir, o)
	if err != nil {
		return err
	}
	why := d.readOnly.Load()
	if err := d.Close(); err != nil || why == nil {
		return err
	}
	return *why
}
