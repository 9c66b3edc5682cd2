package casting

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/internal/sumfile"
	"github.com/bywaynet/byway/protocol/catalog"
)

// stored is the price list of a vendor and what is in its file.
func stored(t *testing.T, w *world) (*Vendor, []byte) {
	t.Helper()
	p := w.party("roaster")
	v := p.asVendor()
	p.imports(roasts, Auto)
	b, err := os.ReadFile(v.CatalogFile)
	if err != nil {
		t.Fatal(err)
	}
	return v, b
}

func TestAFlippedBitOrACutOfThePriceListIsNeverAnotherList(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		v, whole := stored(t, w)
		want := slices.Collect(v.Catalog().Items())
		check := func(what string, at int, b []byte) {
			list, err := DecodeCatalog(b)
			if err == nil && !slices.Equal(slices.Collect(list.Items()), want) {
				t.Errorf("%s at %d reads as another list", what, at)
			}
			if err != nil && !errors.Is(err, ErrCatalog) || err == nil && at < len(whole)-2 {
				t.Errorf("%s at %d: %v", what, at, err)
			}
		}
		for i := range whole {
			for bit := range 8 {
				b := bytes.Clone(whole)
				b[i] ^= 1 << bit
				check("a flipped bit", i, b)
			}
			check("a cut", i, whole[:i])
		}
	})
}

func TestADamagedPriceListIsNotOfferedFromUntilItIsImportedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		v, whole := stored(t, w)
		at := bytes.Index(whole, []byte(`"minor":`)) + len(`"minor":`)
		whole[at] ^= 4
		if err := os.WriteFile(v.CatalogFile, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := OpenVendor(t.Context(), v.VendorConfig)
		if err != nil || again.Catalog().Len() != 0 || !errors.Is(again.CatalogFault(), ErrCatalog) {
			t.Fatalf("%d items, %v, %v", again.Catalog().Len(), again.CatalogFault(), err)
		}
		if b, err := os.ReadFile(v.CatalogFile); err != nil || !bytes.Equal(b, whole) {
			t.Errorf("the file was changed (%v)", err)
		}
		if _, err := again.Import(t.Context(), strings.NewReader(roasts), catalog.Options{}); err != nil || again.CatalogFault() != nil || again.Catalog().Len() != 2 {
			t.Errorf("imported again: %d items, %v, %v", again.Catalog().Len(), again.CatalogFault(), err)
		}
	})
}

func TestAPriceListOfBeforeGetsItsChecksumAtTheNextStart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		v, whole := stored(t, w)
		old, err := v.Catalog().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(v.CatalogFile, old, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := OpenVendor(t.Context(), v.VendorConfig)
		if err != nil || again.Catalog().Len() != 2 || again.CatalogFault() != nil {
			t.Fatalf("%d items, %v, %v", again.Catalog().Len(), again.CatalogFault(), err)
		}
		b, err := os.ReadFile(v.CatalogFile)
		if _, summed, bad := sumfile.Unseal(b); err != nil || bad != nil || !summed || !bytes.Equal(b, whole) {
			t.Errorf("%q, %v, %v", b, err, bad)
		}
	})
}
