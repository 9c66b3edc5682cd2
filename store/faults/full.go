package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

const (
	fullSize = 256 // MiB, of the whole disk
	// fullLeft is what a filler leaves to the child, in bytes: some more than what the store wants free.
	fullLeft = 44 << 20
	// fullStart bounds a start on a full disk.
	fullStart = 10 * time.Second
)

// Full fills the disk of a child that writes: first by what it writes, up to where it is
// refused, then to the last byte. It must live and read what it has, write again by itself
// once there is room, and start while there is none. Needs root and tmpfs; Skipped elsewhere.
func Full(ctx context.Context, dir string, cycles int) (Result, error) {
	r := Result{Runs: cycles, Hold: "0 / 0 / 10 s"}
	f := &filling{at: filepath.Join(dir, "full")}
	for range cycles {
		err := f.cycle(ctx)
		if errors.Is(err, errMount) {
			r.Skipped = err.Error()
			return r, nil
		}
		if err != nil {
			return r, err
		}
	}
	r.Acknowledged = f.acknowledged
	r.Got = fmt.Sprintf("%d / %d / %s", f.deaths, f.lost.gone+f.lost.wrong, f.slowest.Round(time.Millisecond))
	r.Failed = f.deaths > 0 || f.lost.any() || f.slowest > fullStart
	if f.deaths > 0 {
		r.Got += fmt.Sprintf(" (%.300s)", f.why)
	}
	f.without = withoutRoom
	deaths := f.deaths
	if err := f.cycle(ctx); err != nil {
		return r, err
	}
	r.Control = fmt.Sprintf("free space not looked at: %d deaths", f.deaths-deaths)
	r.Failed = r.Failed || f.deaths == deaths
	return r, nil
}

type filling struct {
	at, without  string
	acknowledged int
	deaths       int
	lost         loss
	slowest      time.Duration
	why          error // of the last death
}

func (f *filling) cycle(ctx context.Context) (err error) {
	unmount, err := mountTmpfs(ctx, f.at, fullSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount()) }()
	dir := filepath.Join(f.at, "store")
	c, err := start(order{Dir: dir, Patient: true, Without: f.without}, nil)
	if err != nil {
		return err
	}
	alive, err := f.live(c)
	if err := errors.Join(err, c.kill()); err != nil {
		return err
	}
	if !alive {
		f.deaths++
	}
	if f.without != "" {
		return nil
	}
	f.acknowledged += c.told.sum()
	if err := f.startFull(ctx, dir, c.told); err != nil {
		return err
	}
	if err := f.clear(); err != nil {
		return err
	}
	return f.startAgain(ctx, dir, c.told)
}

// live fills the disk of a child, makes room, and fills it again; it reports whether the child lives on.
func (f *filling) live(c *child) (alive bool, err error) {
	if err := c.await(100); err != nil {
		return false, err
	}
	if err := f.fill("most", fullLeft); err != nil {
		return false, err
	}
	for _, leave := range []bool{false, true} {
		if f.why = c.awaitRefusals(1); f.why != nil {
			return false, nil //nolint:nilerr // why is told
		}
		if err := f.fill("rest", 0); err != nil {
			return false, err
		}
		if f.why = c.awaitRefusals(4 * writers); f.why != nil { // each reads all that it has before it tries
			return false, nil //nolint:nilerr // why is told
		}
		if leave {
			break
		}
		if err := f.clear(); err != nil {
			return false, err
		}
		if f.why = c.awaitMore(200); f.why != nil {
			return false, nil //nolint:nilerr // why is told
		}
		if err := f.fill("most", fullLeft); err != nil {
			return false, err
		}
	}
	return true, nil
}

// startFull opens the store while nothing is free: all must be there, and a write be refused.
func (f *filling) startFull(ctx context.Context, dir string, t told) error {
	began := time.Now()
	db, err := open(ctx, dir, "")
	if err != nil {
		return fmt.Errorf("on a full disk: %w", err)
	}
	f.slowest = max(f.slowest, time.Since(began))
	l, err := compare(ctx, db, t)
	f.lost = f.lost.plus(l)
	if err == nil {
		if err = db.Put(ctx, letters, []byte("full"), nil); errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly) {
			err = nil
		} else {
			err = fmt.Errorf("a write on a full disk: %w", err)
		}
	}
	return errors.Join(err, db.Close())
}

// startAgain opens the store when there is room: all must be there still, a write be taken, and the ballast be back.
func (f *filling) startAgain(ctx context.Context, dir string, t told) (err error) {
	db, err := open(ctx, dir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	l, err := compare(ctx, db, t)
	if err != nil {
		return err
	}
	f.lost = f.lost.plus(l)
	if err := db.Put(ctx, letters, []byte("room"), []byte("again")); err != nil {
		return fmt.Errorf("a write with room again: %w", err)
	}
	if r, err := db.Report(ctx); err != nil || !r.Ballast {
		return fmt.Errorf("with room again there is no ballast (%w), %d MB free", err, r.Free>>20)
	}
	return nil
}

// fill takes what is free on the disk, but for some bytes, with a file of that name.
func (f *filling) fill(name string, leave uint64) error {
	out, err := os.OpenFile(filepath.Join(f.at, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for size := 1 << 20; size > 0; {
		free, _, err := disk.OS{}.Free(f.at)
		if err != nil {
			return errors.Join(err, out.Close())
		}
		if free <= leave {
			break
		}
		if _, err := out.Write(make([]byte, size)); err != nil {
			size /= 16
		}
	}
	return out.Close()
}

// clear removes what fill made.
func (f *filling) clear() error {
	return errors.Join(os.Remove(filepath.Join(f.at, "most")), os.Remove(filepath.Join(f.at, "rest")))
}
