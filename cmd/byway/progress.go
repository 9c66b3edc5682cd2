package main

import (
	"fmt"
	"os"

	"github.com/bywaynet/byway/node"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// progress shows on a terminal how far a long command is; elsewhere nothing.
func (a *app) progress(p *localv1.KeepingProgress) {
	f, ok := a.errs.(*os.File)
	if !ok || p == nil || a.json {
		return
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	line := fmt.Sprintf("%s …", p.GetStep())
	if p.GetTotal() > 0 {
		line = fmt.Sprintf("%s %d %%", p.GetStep(), 100*p.GetDone()/p.GetTotal())
	}
	const back = "\r\x1b[K" // what follows writes over it
	_, _ = fmt.Fprint(f, back+line+"\r")
}

// tell is progress for what runs in this process.
func (a *app) tell(p node.Progress) {
	a.progress(&localv1.KeepingProgress{Step: string(p.Step), Done: p.Done, Total: p.Total})
}
