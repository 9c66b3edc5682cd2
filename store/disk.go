package store

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// eachFile calls f with the regular files under dir, by their path in it; one that goes
// meanwhile is left out.
func eachFile(dir string, f func(name string, info fs.FileInfo)) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				var name string
				if name, err = filepath.Rel(dir, path); err == nil {
					f(name, info)
				}
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// occupied returns the bytes that the files under dir use.
func occupied(dir string) (n int64, err error) {
	err = eachFile(dir, func(_ string, info fs.FileInfo) { n += allocated(info) })
	return n, err
}

// filesOf lists the files under dir with their sizes.
func filesOf(dir string) (map[string]int64, error) {
	out := map[string]int64{}
	err := eachFile(dir, func(name string, info fs.FileInfo) { out[name] = info.Size() })
	return out, err
}
