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
	"runtime"
	"time"
)

const (
	sumsFile  = "SHA256SUMS"
	logDir    = "log/"
	spoolDir  = "spool/"
	tempStart = ".byway-backup-"
)

// A writer writes one backup under a temporary name.
type writer struct {
	file Output
	age  io.WriteCloser
	tar  *tar.Writer
	at   time.Time
	sums bytes.Buffer
	size int64 // of the members so far
}

func newWriter(m Medium, dir, words string, at time.Time) (*writer, error) {
	f, err := m.Create(dir)
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
	return nil
}

// publish gives the finished file its name. It stays locked until it has it, but on Windows,
// which renames no open file.
func (w *writer) publish(m Medium, path string) error {
	if runtime.GOOS == "windows" {
		if err := w.file.Close(); err != nil {
			return err
		}
	}
	return m.Publish(w.file.Name(), path)
}

// drop ends the temporary file, which is locked until then, and removes what is left of it.
func (w *writer) drop() {
	_ = w.file.Close()           // nothing is written to it any more
	_ = os.Remove(w.file.Name()) // it is gone where it was published
}
