package main

import (
	"fmt"

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
	for _, f := range k.GetFlaws() {
		p.line("%s %s", flawMark(f), plain(f.GetText()))
	}
	if more := int(k.GetFindingsTotal()) - len(k.GetFlaws()); more > 0 {
		p.line("  and %d earlier: %s", more, a.line("store check"))
	}
	p.line("%s", a.backupWords(k))
}

// oursIn has the commands of flaws work on the folder of this run.
func (a *app) oursIn(flaws []*localv1.StoreFlaw) {
	for _, f := range flaws {
		f.Try = a.here(f.GetTry())
	}
}

// flawLines say what a flaw is, and what to do about it.
func (a *app) flawLines(p *page, f *localv1.StoreFlaw) {
	p.line("%s %s", flawMark(f), plain(f.GetText()))
	if f.GetTry() != "" {
		p.line("  try: %s", plain(f.GetTry()))
	}
}

// flawMark tells what nothing is left to do about from what isn't so.
func flawMark(f *localv1.StoreFlaw) string {
	if f.GetMended() {
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
