package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

const (
	imageSize = 1024 // MiB, sparse
	// cutsPerImage bounds how far the log of one image grows.
	cutsPerImage = 20
	// A cycle writes 2 to 3 MB: over a few cycles segments and memtables go full.
	powerAtLeast, powerAtMost = 1400, 2200
)

// Power cuts the power of a child's disk in the middle of its writing. The disk is a file
// mounted as a device: what the file holds while the child stands still is what a disk
// would hold whose power went then. Needs root, mount and mkfs.ext4; Skipped elsewhere.
func Power(ctx context.Context, dir string, cycles int) (Result, error) {
	r := Result{Runs: cycles, Hold: "0, 0 failed opens"}
	total, failed, acknowledged, err := cutting(ctx, filepath.Join(dir, "power"), "", cycles)
	if errors.Is(err, errMount) {
		r.Skipped = err.Error()
		return r, nil
	}
	if err != nil {
		return r, err
	}
	r.Acknowledged = acknowledged
	r.Got = fmt.Sprintf("%s, %d failed opens", total, failed)
	r.Failed = total.any() || failed > 0
	control, fails, _, err := cutting(ctx, filepath.Join(dir, "power-control"), withoutSync, max(1, cycles/25))
	if err != nil {
		return r, err
	}
	r.Control = fmt.Sprintf("syncing off: %d lost, %d failed opens", control.gone, fails)
	r.Failed = r.Failed || !control.any() && fails == 0
	return r, nil
}

func cutting(ctx context.Context, dir, without string, cycles int) (total loss, failed, acknowledged int, err error) {
	for cycles > 0 {
		n := min(cycles, cutsPerImage)
		cycles -= n
		l, fails, acks, err := cutImage(ctx, dir, without, n)
		total = total.plus(l)
		failed, acknowledged = failed+fails, acknowledged+acks
		if err != nil {
			return total, failed, acknowledged, err
		}
		if err := os.RemoveAll(dir); err != nil {
			return total, failed, acknowledged, err
		}
	}
	return total, failed, acknowledged, nil
}

// cutImage cuts the power of one disk cycles times, each time going on with what was left.
func cutImage(ctx context.Context, dir, without string, cycles int) (total loss, failed, acknowledged int, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return total, 0, 0, err
	}
	image, at := filepath.Join(dir, "disk.img"), filepath.Join(dir, "disk")
	if err := makeImage(ctx, image, imageSize); err != nil {
		return total, 0, 0, err
	}
	t := told{}
	for range cycles {
		if t, err = cutOnce(ctx, image, at, without, t); err != nil {
			return total, failed, t.sum(), err
		}
		unmount, err := mountImage(ctx, image, at)
		if err != nil {
			return total, failed, t.sum(), err
		}
		l, err := look(ctx, filepath.Join(at, "store"), t)
		if err := unmount(); err != nil {
			return total, failed, t.sum(), err
		}
		switch {
		case errors.Is(err, errOpen):
			failed++
		case err != nil:
			return total, failed, t.sum(), err
		}
		total = total.plus(l)
		if l.any() || err != nil {
			return total, failed, t.sum(), nil //nolint:nilerr // counted; what comes after tells nothing new
		}
	}
	return total, failed, t.sum(), nil
}

// cutOnce leaves in image what it held when the power went.
func cutOnce(ctx context.Context, image, at, without string, t told) (told, error) {
	unmount, err := mountImage(ctx, image, at)
	if err != nil {
		return t, err
	}
	cut := image + ".cut"
	c, err := start(order{Dir: filepath.Join(at, "store"), Without: without}, t)
	if err != nil {
		return t, errors.Join(err, unmount())
	}
	err = c.await(powerAtLeast + rand.IntN(powerAtMost-powerAtLeast))
	if err == nil {
		// Stopped, it tells nothing more: all that it told, it told before the cut.
		err = c.cmd.Process.Signal(syscall.SIGSTOP)
	}
	if err == nil {
		err = copyStill(ctx, image, at, cut)
	}
	if err := errors.Join(err, c.kill(), unmount()); err != nil {
		return t, err
	}
	return c.told, os.Rename(cut, image)
}

// copyTries bounds how often a copy is made again: the system writes what a program has
// left behind, and a copy made meanwhile is of no one moment.
const copyTries = 20

// copyStill copies an image at a moment: what was copied while the device wrote is copied again.
func copyStill(ctx context.Context, image, at, to string) error {
	device, err := deviceOf(at)
	if err != nil {
		return err
	}
	for range copyTries {
		before, err := writesOf(device)
		if err != nil {
			return err
		}
		if err := copyImage(ctx, image, to); err != nil {
			return err
		}
		if after, err := writesOf(device); err != nil || after == before {
			return err
		}
	}
	return fmt.Errorf("the disk never stood still over %d copies", copyTries)
}
