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
	"os"
	"path"
	"strings"
)

// maxSums bounds SHA256SUMS, in bytes: a line a member, of which a piece is one.
const maxSums = 8 << 20

// A member is one file of a backup as it is read.
type member struct {
	name string
	size int64
	io.Reader
}

// all returns the member's bytes, of which there may be at most that many.
func (m member) all(most int64) ([]byte, error) {
	if m.size > most {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d", ErrDamaged, m.name, m.size, most)
	}
	b := make([]byte, m.size)
	if _, err := io.ReadFull(m, b); err != nil {
		return nil, damaged(err)
	}
	return b, nil
}

// head reads the manifest of a backup and nothing else of it.
func head(f File, words string) (m Manifest, err error) {
	err = open(f, words, func(r io.Reader) error {
		m, _, err = manifestOf(tar.NewReader(r), f)
		return err
	})
	return m, err
}

// open opens what a backup seals. Errors say which file.
func open(f File, words string, do func(io.Reader) error) (err error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = fmt.Errorf("%s: %w", f.Name(), err)
		}
	}()
	r, err := openFrom(file, words)
	if err != nil {
		return err
	}
	return do(opened{r})
}

// opened is what a backup seals: what it says when it isn't whole is ErrDamaged.
type opened struct{ io.Reader }

func (o opened) Read(b []byte) (int, error) {
	n, err := o.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

// damaged tells what can't be read from what reads wrongly.
func damaged(err error) error {
	var of *os.PathError
	if errors.As(err, &of) || errors.Is(err, ErrDamaged) {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// manifestOf reads the first member, and returns its bytes, too.
func manifestOf(t *tar.Reader, f File) (Manifest, []byte, error) {
	h, err := t.Next()
	if err != nil {
		return Manifest{}, nil, damaged(err)
	}
	if h.Name != manifestFile {
		return Manifest{}, nil, fmt.Errorf("%w: it begins with %q", ErrDamaged, h.Name)
	}
	b, err := member{h.Name, h.Size, t}.all(maxManifest)
	if err != nil {
		return Manifest{}, nil, damaged(err)
	}
	m, err := parseManifest(b, f)
	return m, b, err
}

// read reads a backup to its end and calls each with every member between manifest and
// sums, which takes as much of it as it likes. It returns nil only where each byte was
// as it had been written; until then, what each got isn't to be relied on.
func read(ctx context.Context, f File, words string, each func(Manifest, member) error) error {
	return open(f, words, func(r io.Reader) error {
		t := tar.NewReader(r)
		m, b, err := manifestOf(t, f)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		if err := members(ctx, t, sumLine(sum[:], manifestFile), func(mb member) error { return each(m, mb) }); err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, r) // its end shows that nothing was cut off
		if err == nil && n > 0 {
			err = fmt.Errorf("%w: %d bytes too many", ErrDamaged, n)
		}
		return err
	})
}

func members(ctx context.Context, t *tar.Reader, sums []byte, each func(member) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err != nil {
			return damaged(err) // before the sums
		}
		if h.Name == sumsFile {
			return last(t, h, sums)
		}
		if h.Typeflag != tar.TypeReg || !plainPath(h.Name) {
			return fmt.Errorf("%w: a member %q", ErrDamaged, h.Name)
		}
		sum := sha256.New()
		r := io.TeeReader(t, sum)
		if err := each(member{h.Name, h.Size, r}); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return damaged(err)
		}
		sums = append(sums, sumLine(sum.Sum(nil), h.Name)...)
	}
}

// last holds the sums that stand at the end against those of what came.
func last(t *tar.Reader, h *tar.Header, sums []byte) error {
	want, err := member{h.Name, h.Size, t}.all(maxSums)
	if err != nil {
		return damaged(err)
	}
	if !bytes.Equal(want, sums) {
		return fmt.Errorf("%w: its files aren't those of %s", ErrDamaged, sumsFile)
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more after %s", ErrDamaged, sumsFile)
	}
	return nil
}

func sumLine(sum []byte, name string) []byte {
	return fmt.Appendf(nil, "%s  %s\n", hex.EncodeToString(sum), name)
}

// plainPath reports whether a name leads below the folder that it is written to.
func plainPath(name string) bool {
	return name != "" && name[0] != '/' && path.Clean(name) == name && !strings.HasPrefix(name, "..") && !strings.ContainsAny(name, "\\:\x00\n")
}
