package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/localapi"
)

// writeNew writes a file that isn't there yet, unless replace.
func writeNew(name string, b []byte, replace bool) error {
	return writeFile(name, replace, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// writeFile has write fill a file that isn't there yet, unless replace. It is filled under
// another name beside it: where that fails, on a full disk say, there is no file, or the old one.
func writeFile(name string, replace bool, write func(io.Writer) error) (err error) {
	is, err := os.Stat(name)
	switch {
	case err == nil && !replace:
		return localapi.Fail(localapi.Failed, "%s is there already", name).Hint("another name with -o, or --force to replace it")
	case err == nil && !is.Mode().IsRegular(): // a pipe or a device, which a rename would take away
		return writeTo(name, write)
	case err == nil: // what a link leads to is replaced, not the link
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".byway-export-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// writeTo has write fill what is there and is no plain file.
func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
