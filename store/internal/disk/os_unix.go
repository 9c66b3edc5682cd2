//go:build darwin || freebsd || linux

package disk

import (
	"errors"
	"os"
	"syscall"
)

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func space(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	size := uint64(s.Bsize)
	return uint64(s.Bavail) * size, s.Blocks * size, nil //nolint:unconvert // signed on FreeBSD
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
