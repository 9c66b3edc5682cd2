package node

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/store"
)

// withFiles adds to a check what reading the small files of the node's folder finds.
func withFiles(c localapi.StoreCheck, dir string) localapi.StoreCheck {
	for _, file := range []struct {
		name   string
		part   localapi.Part
		may    bool // be missing
		decode func([]byte) error
	}{
		{partyFile, localapi.PartParty, false, func(b []byte) error { _, err := decodeParty(b); return err }},
		{catalogFile, localapi.PartCatalog, true, func(b []byte) error { _, err := casting.DecodeCatalog(b); return err }},
	} {
		b, err := os.ReadFile(filepath.Join(dir, file.name))
		flaw := localapi.Flaw{Part: file.part, Kind: store.FoundDamaged.String(), Lost: true}
		switch {
		case file.may && errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, fs.ErrNotExist):
			flaw.Kind, flaw.What = store.FoundGone.String(), file.name+": it is gone"
		case err != nil:
			flaw.Part, flaw.Kind, flaw.What = localapi.PartDisk, store.FoundUnreadable.String(), file.name+": "+err.Error()
		default:
			c.Bytes += int64(len(b))
			if err = file.decode(b); err != nil {
				flaw.What = file.name + ": " + err.Error()
			}
		}
		if err != nil {
			c.Flaws = append(c.Flaws, flaw)
		}
	}
	return c
}

// catalogNotes say where the price list isn't in force.
func (r *running) catalogNotes() []localapi.Note {
	if r.vendor == nil {
		return nil
	}
	err := r.vendor.CatalogFault()
	if err == nil {
		return nil
	}
	return []localapi.Note{{Level: localapi.NoteProblem, Text: "nothing is offered from " + catalogFile + ": " + err.Error() + "; try: byway catalog import FILE"}}
}
