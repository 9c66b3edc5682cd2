package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// staleAfter is how long nothing was written to a temporary file that a killed backup left,
// where files can't be locked: a live one writes all the time.
const staleAfter = time.Hour

// sweep removes what killed backups left.
func sweep(dir string, now time.Time) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range names {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), tempStart) || !info.Mode().IsRegular() {
			continue
		}
		if err := sweepOne(filepath.Join(dir, e.Name()), info, now); err != nil {
			return err
		}
	}
	return nil
}

// sweepOne removes one temporary file, unless somebody writes to it.
func sweepOne(path string, info fs.FileInfo, now time.Time) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return gone(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	held, known := Lock(f)
	if known && !held || !known && now.Sub(info.ModTime()) < staleAfter {
		return nil
	}
	return gone(os.Remove(path))
}
