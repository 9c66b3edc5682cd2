package node

import (
	"context"
	"errors"

	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// maxMissing is how many relationships a check names, and looks through at once.
const maxMissing = 32

// checkedStore says what a check found.
func checkedStore(c store.Checked, vault error) localapi.StoreCheck {
	out := localapi.StoreCheck{Entries: c.Entries, Bytes: c.Bytes, Flaws: flawsOf(c.Faults)}
	if c.Index != nil {
		out.Flaws = append(out.Flaws, indexFlaw(c.Index))
	}
	if vault != nil {
		out.Flaws = append(out.Flaws, localapi.Flaw{Part: localapi.PartVault, Kind: store.FoundDamaged.String(), What: vault.Error(), Lost: true})
	}
	return out
}

// flawsOf tells what a status and a check tell of findings.
func flawsOf(fs []store.Finding) (out []localapi.Flaw) {
	parts := map[store.Trail]localapi.Part{0: localapi.PartLog, store.LogTrail: localapi.PartLog, store.SpoolTrail: localapi.PartSpool}
	for _, f := range fs {
		l := localapi.Flaw{
			Part: parts[f.Trail], Kind: f.Kind.String(), What: f.String(), Entries: f.Entries(), First: f.First, Last: f.Last,
			Known: f.Known(), Had: f.Restored, Lost: f.Lossy(), Mended: f.Mended(),
		}
		switch f.Kind {
		case store.FoundUnreadable:
			l.Part = localapi.PartDisk
		case store.FoundLetters:
			l.Part = localapi.PartSpool
		}
		out = append(out, l)
	}
	return out
}

// indexFlaw leaves out what the index's own makers say, but not that the disk has no room for it.
func indexFlaw(err error) localapi.Flaw {
	var full *store.FullError
	switch {
	case errors.As(err, &full):
		return localapi.Flaw{Part: localapi.PartRoom, Kind: "full", What: full.What()}
	case errors.Is(err, store.ErrFull):
		return localapi.Flaw{Part: localapi.PartRoom, Kind: "full", What: err.Error()}
	case errors.Is(err, store.ErrReadOnly):
		return localapi.Flaw{Part: localapi.PartDisk, Kind: store.FoundUnreadable.String(), What: "index: " + err.Error()}
	}
	return localapi.Flaw{Part: localapi.PartIndex, Kind: store.FoundDamaged.String()}
}

// missing returns the relationships with gaps, by the order of their keys.
func (k keeping) missing(ctx context.Context) (out []localapi.Missing, err error) {
	var me, them record.Key
	for len(out) < maxMissing {
		page, err := chains(k).Relations(ctx, me, them, maxMissing)
		if err != nil || len(page) == 0 {
			return out, err
		}
		out = append(out, missingIn(page, k.called)...)
		me, them = page[len(page)-1].Me, page[len(page)-1].Them
	}
	return out[:maxMissing], nil
}

// missingIn returns those of rs in which something isn't here.
func missingIn(rs []localapi.Relation, called func(record.Key) string) (out []localapi.Missing) {
	for _, r := range rs {
		if len(r.MissingSent)+len(r.MissingHeld) > 0 {
			out = append(out, localapi.Missing{With: called(r.Them), Key: r.Them.String(), Sent: len(r.MissingSent), Held: len(r.MissingHeld)})
		}
	}
	return out
}
