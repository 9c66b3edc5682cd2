package main

import (
	"errors"
	"fmt"
	"io"
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

// told is a stream of a long call: how far it is, and in its last message the result.
type told[M any] interface {
	Receive() (M, error)
	Close() error
}

// result shows how far a long call is, and returns what of finds in its last message.
func result[M interface {
	GetProgress() *localv1.KeepingProgress
}, R any](a *app, stream told[M], of func(M) *R) (*R, error) {
	defer func() { _ = stream.Close() }() // all that it says was read, or an error is on its way
	for {
		m, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if r := of(m); r != nil {
			return r, nil
		}
		a.progress(m.GetProgress())
	}
}
