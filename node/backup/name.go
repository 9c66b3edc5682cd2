package backup

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// File is a backup in a folder, as far as its name tells.
type File struct {
	Path   string
	At     time.Time // to the second, UTC
	Number uint32    // counts up in a folder, from 1
	Full   bool
	Size   int64 // in bytes
}

const timeInName = "20060102T150405Z"

var nameForm = regexp.MustCompile(`^byway-(\d{8}T\d{6}Z)-(\d{4,9})-(full|part)\.age$`)

// Name returns the file's name without its folder.
func (f File) Name() string {
	kind := "part"
	if f.Full {
		kind = "full"
	}
	return fmt.Sprintf("byway-%s-%04d-%s.age", f.At.UTC().Format(timeInName), f.Number, kind)
}

// parseName reads a name; ok is false for what isn't a backup's.
func parseName(name string) (f File, ok bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return File{}, false
	}
	at, err := time.Parse(timeInName, m[1])
	if err != nil {
		return File{}, false
	}
	n, err := strconv.ParseUint(m[2], 10, 32)
	if err != nil {
		return File{}, false
	}
	f = File{At: at, Number: uint32(n), Full: m[3] == "full"}
	return f, f.Name() == name
}

// isFolder refuses what is there and is no folder.
func isFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || info.IsDir() {
		return nil //nolint:nilerr // reading it says what else is wrong
	}
	return fmt.Errorf("%s is a file, not a folder of backups; try: the folder that it is in", dir)
}

// List returns the backups in a folder by their numbers, lowest first; other files are
// passed over. Errors: ErrNone where there is no folder or no backup in it.
func List(dir string) ([]File, error) {
	if err := isFolder(dir); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []File
	for _, e := range names {
		f, ok := parseName(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		f.Path, f.Size = filepath.Join(dir, e.Name()), info.Size()
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNone, dir)
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Or(cmp.Compare(a.Number, b.Number), a.At.Compare(b.At)) })
	return out, nil
}
