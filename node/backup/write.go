package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	sumsFile  = "SHA256SUMS"
	logDir    = "log/"
	spoolDir  = "spool/"
	tempStart = ".byway-backup-"

	// staleAfter is how long nothing was written to a temporary file that a killed backup
	// left: a live one writes all the time.
	staleAfter = time.Hour
)

// A writer writes one backup under a temporary name.
type writer struct {
	file *os.File
	age  io.WriteCloser
	tar  *tar.Writer
	at   time.Time
	sums bytes.Buffer
	size int64 // of the members so far
}

func newWriter(dir, words string, at time.Time) (*writer, error) {
	f, err := os.CreateTemp(dir, tempStart+"*") // mode 0600
	if err != nil {
		return nil, err
	}
	sealed, err := sealTo(f, words)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &writer{file: f, age: sealed, tar: tar.NewWriter(sealed), at: at}, nil
}

// member adds one file, whose content has exactly that size.
func (w *writer) member(name string, size int64, content io.Reader) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, sum), io.LimitReader(content, size))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	fmt.Fprintf(&w.sums, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), name)
	w.size += size
	return nil
}

func (w *writer) bytes(name string, b []byte) error {
	return w.member(name, int64(len(b)), bytes.NewReader(b))
}

// trail adds the entries of a trail after one place up to the other.
func (w *writer) trail(ctx context.Context, t Trail, dir string, after, upTo Place, wrote func(Place)) (lost uint64, err error) {
	n := 0
	return t.Copy(ctx, after, upTo, func(p Piece) error {
		if len(p.Raw) > MaxPiece {
			return fmt.Errorf("a piece of %d bytes, at most %d", len(p.Raw), MaxPiece)
		}
		n++
		if err := w.bytes(fmt.Sprintf("%s%08d", dir, n), p.Raw); err != nil {
			return err
		}
		wrote(p.Last)
		return ctx.Err()
	})
}

// named adds a file as it is now, where it is there.
func (w *writer) named(n Named) (err error) {
	r, size, err := n.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", n.Name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return w.member(n.Name, size, r)
}

// finish ends the file and makes it durable, still under its temporary name.
func (w *writer) finish() error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: sumsFile, Size: int64(w.sums.Len()), Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	if _, err := w.tar.Write(w.sums.Bytes()); err != nil {
		return err
	}
	if err := errors.Join(w.tar.Close(), w.age.Close(), w.file.Sync()); err != nil {
		return err
	}
	forget(w.file)
	return w.file.Close()
}

// drop removes what was begun.
func (w *writer) drop() {
	_ = w.file.Close() // it may be closed already, and goes in any case
	_ = os.Remove(w.file.Name())
}

// publish gives the file its name, which nothing else has. A folder on a medium that
// can't link is renamed to: there the name is looked for first.
func publish(temp, path string) error {
	err := os.Link(temp, path)
	switch {
	case err == nil:
		err = os.Remove(temp)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and backups are never overwritten", path)
	default:
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already, and backups are never overwritten", path)
		}
		err = os.Rename(temp, path)
	}
	return errors.Join(err, syncDir(filepath.Dir(path)))
}

// sweep removes what killed backups left.
func sweep(dir string, now time.Time) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range names {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), tempStart) || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < staleAfter {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
