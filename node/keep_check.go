package node

import (
	"context"
	"errors"
	"strings"

	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// maxMissing is how many relationships a check names, and looks through at once.
const maxMissing = 32

// checkedStore says what a check found: what was found before, with what was made of it, is told as that.
func checkedStore(c store.Checked, before []store.Finding, vault error) localapi.StoreCheck {
	out := localapi.StoreCheck{Entries: c.Entries, Bytes: c.Bytes}
	for _, fault := range c.Faults {
		out.Flaws = append(out.Flaws, flawOf(fault, before))
	}
	if c.Index != nil {
		out.Flaws = append(out.Flaws, indexFlaw(c.Index))
	}
	if vault != nil {
		out.Flaws = append(out.Flaws, localapi.Flaw{Part: localapi.PartVault, What: vault.Error()})
	}
	return out
}

// flawOf tells by the store's own words where a fault is.
func flawOf(fault string, before []store.Finding) localapi.Flaw {
	f := localapi.Flaw{Part: localapi.PartDisk, What: fault}
	where, what, _ := strings.Cut(fault, ": ")
	switch {
	case where == "log", fault == "the log is gone":
		f.Part = localapi.PartLog
	case where == "spool", fault == "the spool is gone":
		f.Part = localapi.PartSpool
	default:
		return f
	}
	if strings.HasSuffix(what, "no entry is lost") {
		f.Done = fault
	}
	for _, b := range before {
		if what != "" && strings.Contains(b.Text, "("+what+")") {
			f.Done, f.Lost = b.Text, !b.Restored && b.First > 0
		}
	}
	return f
}

// indexFlaw leaves out what the index's own makers say, but not that the disk has no room for it.
func indexFlaw(err error) localapi.Flaw {
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly) {
		text, _, _ := strings.Cut(err.Error(), "; try: ")
		return localapi.Flaw{Part: localapi.PartDisk, What: "index: " + text}
	}
	return localapi.Flaw{Part: localapi.PartIndex}
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
