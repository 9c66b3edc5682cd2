package casting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/protocol/catalog"
)

// Import replaces the price list by the one in r, all or nothing, and keeps it; what is
// live and unanswered is looked at again. Errors: those of catalog.Import, with the
// report, and of the file system; the list in force stays.
func (v *Vendor) Import(ctx context.Context, r io.Reader, o catalog.Options) (catalog.Report, error) {
	list, report, err := catalog.Import(r, o)
	if err != nil {
		return report, err
	}
	b, err := list.Encode()
	if err != nil {
		return report, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return report, err
	}
	if err := replace(v.CatalogFile, b); err != nil {
		return report, fmt.Errorf("keep the price list: %w", err)
	}
	v.catalog.Swap(list)
	v.rewind()
	return report, nil
}

// Catalog returns the price list in force.
func (v *Vendor) Catalog() catalog.List { return v.catalog.List() }

func (v *Vendor) loadCatalog() {
	b, err := os.ReadFile(v.CatalogFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var list catalog.List
	if err == nil {
		list, err = catalog.Decode(b)
	}
	if err != nil {
		v.Log.Error("the price list can't be read, so nothing is offered from it; import it again", "file", v.CatalogFile, "err", err)
		return
	}
	v.catalog.Swap(list)
}

// replace writes a file whole or not at all, and returns once that is durable.
func replace(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removed(f.Name()))
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
