package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errMount says that this machine lets nobody mount what a drill needs.
var errMount = errors.New("can't mount here")

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// mountTmpfs mounts a file system in memory of the given size in MiB on a new folder.
func mountTmpfs(ctx context.Context, at string, size int) (unmount func() error, err error) {
	return mount(ctx, at, "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", size), "none")
}

// makeImage makes a file that holds an empty ext4 file system of the given size in MiB.
func makeImage(ctx context.Context, image string, size int64) error {
	f, err := os.Create(image)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size<<20), f.Close()); err != nil {
		return err
	}
	if err := run(ctx, "mkfs.ext4", "-q", "-F", image); err != nil {
		return fmt.Errorf("%w: %w", errMount, err)
	}
	return nil
}

// mountImage mounts an image on a folder.
func mountImage(ctx context.Context, image, at string) (unmount func() error, err error) {
	return mount(ctx, at, "-o", "loop", image)
}

func mount(ctx context.Context, at string, args ...string) (unmount func() error, err error) {
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, err
	}
	if err := run(ctx, "mount", append(args, at)...); err != nil {
		return nil, fmt.Errorf("%w: %w", errMount, err)
	}
	return func() error { return run(context.WithoutCancel(ctx), "umount", at) }, nil
}

// copyImage copies what a device holds at this moment; holes stay holes.
func copyImage(ctx context.Context, from, to string) error {
	return run(ctx, "cp", "--sparse=always", filepath.Clean(from), filepath.Clean(to))
}

// deviceOf returns the name of the device that is mounted at a folder, such as loop0.
func deviceOf(at string) (string, error) {
	out, err := exec.Command("findmnt", "-n", "-o", "SOURCE", "--mountpoint", at).Output()
	if err != nil {
		return "", fmt.Errorf("findmnt %s: %w", at, err)
	}
	return filepath.Base(strings.TrimSpace(string(out))), nil
}

// writesOf returns how much a device has written since it was made, and how much it is at.
func writesOf(device string) (string, error) {
	b, err := os.ReadFile(filepath.Join("/sys/block", device, "stat"))
	if err != nil {
		return "", err
	}
	const written, under = 6, 8 // sectors, and requests that aren't done
	f := strings.Fields(string(b))
	if len(f) <= under {
		return "", fmt.Errorf("the count of device %s has %d fields", device, len(f))
	}
	return f[written] + " " + f[under], nil
}
