package main

import (
	"fmt"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// keepingPage says how what the node keeps is kept: how full the disk is, what was found
// damaged, how old the last backup is.
func (a *app) keepingPage(p *page, k *localv1.Keeping) {
	if k == nil {
		return
	}
	p.line("disk     %s free of %s; log %s, spool %s, index %s%s", size(k.GetFree()), size(k.GetTotal()),
		size(k.GetLogBytes()), size(k.GetSpoolBytes()), size(k.GetIndexBytes()), lagWords(k.GetLagBytes()))
	switch {
	case k.GetReadOnly() != "":
		p.line("✗ nothing more is written: %s", plain(k.GetReadOnly()))
	case k.GetLow():
		p.line("✗ the disk is nearly full, so nothing is written until there is room; what is kept can be read")
	}
	for _, f := range k.GetFindings() {
		p.line("%s %s", flawMark(f), plain(f))
	}
	if more := int(k.GetFindingsTotal()) - len(k.GetFindings()); more > 0 {
		p.line("  and %d earlier: %s", more, a.line("store check"))
	}
	p.line("%s", a.backupWords(k))
}

// flawMark tells what is mended from what isn't.
func flawMark(found string) string {
	if localapi.Mended(found) {
		return "✓"
	}
	return "✗"
}

func lagWords(lag int64) string {
	if lag == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s behind)", size(lag))
}

func (a *app) backupWords(k *localv1.Keeping) string {
	if k.GetLastBackup() == nil {
		return "! no backup yet: " + a.line("backup DIR")
	}
	mark := "✓"
	if k.GetUnsaved() > 0 {
		mark = "!"
	}
	return fmt.Sprintf("%s last backup %s in %s, %d records since", mark, a.when(timeOf(k.GetLastBackup())), k.GetBackupFolder(), k.GetUnsaved())
}
