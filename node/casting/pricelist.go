package casting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/bywaynet/byway/node/internal/sumfile"
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
	if err := sumfile.Write(v.CatalogFile, b); err != nil {
		return report, fmt.Errorf("keep the price list: %w", err)
	}
	v.catalogFault = nil
	v.catalog.Swap(list)
	v.rewind()
	return report, nil
}

// Catalog returns the price list in force.
func (v *Vendor) Catalog() catalog.List { return v.catalog.List() }

// CatalogFault says why the price list in the node's folder isn't in force, wrapping ErrCatalog; nil where
// it is, or where there is none. Another Import ends it.
func (v *Vendor) CatalogFault() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.catalogFault
}

// ErrCatalog says that a file of a price list can't be read as it was written. Nothing is offered
// from it; import the list again.
var ErrCatalog = errors.New("price list can't be read")

// DecodeCatalog reads the content of VendorConfig.CatalogFile. One of before files had a checksum is read,
// too. Errors: ErrCatalog.
func DecodeCatalog(b []byte) (catalog.List, error) {
	list, _, _, err := decodeCatalog(b)
	return list, err
}

func decodeCatalog(b []byte) (list catalog.List, content []byte, summed bool, err error) {
	if content, summed, err = sumfile.Unseal(b, "version", "items"); err == nil {
		list, err = catalog.Decode(content)
	}
	if err != nil {
		return catalog.List{}, nil, false, fmt.Errorf("%w: %w", ErrCatalog, err)
	}
	return list, content, summed, nil
}

// loadCatalog takes the price list up from its file. One without a checksum gets it, now that
// it was read well.
func (v *Vendor) loadCatalog() {
	b, err := os.ReadFile(v.CatalogFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrCatalog, err)
	}
	var list catalog.List
	var content []byte
	summed := true
	if err == nil {
		list, content, summed, err = decodeCatalog(b)
	}
	if err != nil {
		v.catalogFault = err
		v.Log.Error("nothing is offered from the price list; import it again", "file", v.CatalogFile, "err", err)
		return
	}
	v.catalog.Swap(list)
	if summed {
		return
	}
	if err := sumfile.Write(v.CatalogFile, content); err != nil {
		v.Log.Warn("the price list has no checksum yet: damage to it wouldn't be seen; import it again", "file", v.CatalogFile, "err", err)
	}
}
