package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	// bareEvery is how often a drill takes the index away, too.
	bareEvery = 5
	// killsPerFolder bounds how much there is to look for after each kill.
	killsPerFolder = 50
)

// Kill kills a child in the middle of its writing, the given number of times over a few
// folders under dir, and looks after each kill for what was acknowledged up to then.
func Kill(ctx context.Context, dir string, cycles int) (Result, error) {
	r := Result{Runs: cycles, Hold: "0, 0 failed opens"}
	total, failed, acknowledged, err := killing(ctx, filepath.Join(dir, "kill"), "", cycles)
	if err != nil {
		return r, err
	}
	r.Acknowledged = acknowledged
	r.Got = fmt.Sprintf("%s, %d failed opens", total, failed)
	r.Failed = total.any() || failed > 0
	// A kill leaves the system's cache as it is, so the control keeps what was written in the process.
	control, _, _, err := killing(ctx, filepath.Join(dir, "kill-control"), withoutWrites, max(2, cycles/25))
	if err != nil {
		return r, err
	}
	r.Control = fmt.Sprintf("nothing leaves the process: %d lost", control.gone)
	r.Failed = r.Failed || !control.any()
	return r, nil
}

func killing(ctx context.Context, dir, without string, cycles int) (total loss, failed, acknowledged int, err error) {
	t := told{}
	for i := range cycles {
		if i%killsPerFolder == 0 {
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
				return total, failed, acknowledged, err
			}
			acknowledged, t = acknowledged+t.sum(), told{}
		}
		if t, err = killOnce(order{Dir: dir, Without: without}, t); err != nil {
			return total, failed, acknowledged, err
		}
		if without != "" || i%bareEvery == 0 { // the log has to have it all
			if err := dropIndex(dir); err != nil {
				return total, failed, acknowledged, err
			}
		}
		l, err := look(ctx, dir, t)
		switch {
		case errors.Is(err, errOpen):
			failed++
		case err != nil:
			return total, failed, acknowledged, err
		}
		total = total.plus(l)
		if without != "" && (l.any() || failed > 0) {
			break // shown; a child can't go on from a store that lost what it knows of
		}
	}
	return total, failed, acknowledged + t.sum(), nil
}

// killOnce kills a child after about as many acknowledgements as there are in ten batches of its writers.
func killOnce(o order, t told) (told, error) { return killAfter(o, t, 50+rand.IntN(200)) }

// killAfter kills a child after so many.
func killAfter(o order, t told, n int) (told, error) {
	c, err := start(o, t)
	if err != nil {
		return t, err
	}
	if err := c.await(n); err != nil {
		return t, err
	}
	return c.told, c.kill()
}

var errOpen = errors.New("the store didn't open")

// look opens the store in dir, compares, and closes it.
func look(ctx context.Context, dir string, t told) (l loss, err error) {
	db, err := open(ctx, dir, "")
	if err != nil {
		return l, fmt.Errorf("%w: %w", errOpen, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return compare(ctx, db, t)
}
