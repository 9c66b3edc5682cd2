package segment

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Copied is what Copy wrote, or Paste took.
type Copied struct {
	First, Last Place // of the entries; zero where there are none
	Hash        [32]byte
	Bytes       int64
	Breaks      []Break // of what was read
}

// Copy writes the entries of number from to through to w as they are in the files,
// sealed, one after another. Each is checked before. It may run beside an Append; through
// must be durable. Errors: as Scan, and w's.
func Copy(ctx context.Context, o Options, from, through uint64, w io.Writer) (c Copied, err error) {
	c.Breaks, err = Scan(ctx, o, from, through, func(e Entry) error {
		n, err := w.Write(e.raw)
		if c.First.Seq == 0 {
			c.First = e.Place
		}
		c.Last, c.Hash, c.Bytes = e.Place, e.Hash, c.Bytes+int64(n)
		return err
	})
	return c, err
}

// ErrRaw is returned for anything but what Copy wrote.
var ErrRaw = errors.New("not whole entries")

// Paste adds what Copy wrote to a folder whose entries all come before; numbers that were
// lost before stay lost, and are told by every later Open. Errors: ErrRaw, and nothing of
// the entry that it names was written; Append's.
func Paste(ctx context.Context, f *Files, r io.Reader) (c Copied, err error) {
	const share = 1 << 20 // bytes that share a sync
	var batch []rawEntry
	size := 0
	for {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		e, err := nextRaw(r, f.sealer)
		if err != nil && !errors.Is(err, io.EOF) {
			return c, err
		}
		if err == nil {
			batch = append(batch, e)
			size += len(e.bytes)
		}
		if len(batch) > 0 && (err != nil || size >= share) {
			if werr := f.appendRaw(batch); werr != nil {
				return c, werr
			}
			if c.First.Seq == 0 {
				c.First = batch[0].Place
			}
			c.Last, c.Hash, c.Bytes = batch[len(batch)-1].Place, batch[len(batch)-1].hash, c.Bytes+int64(size)
			batch, size = nil, 0
		}
		if errors.Is(err, io.EOF) {
			return c, nil
		}
	}
}

type rawEntry struct {
	entry
	bytes []byte
	hash  [32]byte
}

// nextRaw reads one entry and checks it; io.EOF at the end.
func nextRaw(r io.Reader, s *Sealer) (rawEntry, error) {
	b := make([]byte, entryHead)
	if n, err := io.ReadFull(r, b); err != nil {
		if n == 0 && errors.Is(err, io.EOF) {
			return rawEntry{}, io.EOF
		}
		return rawEntry{}, fmt.Errorf("%w: cut in the head of one", ErrRaw)
	}
	e, ok := decodeEntry(b)
	if !ok {
		return rawEntry{}, fmt.Errorf("%w: a head that isn't one", ErrRaw)
	}
	b = append(b, make([]byte, end(int(e.length))-entryHead)...)
	if _, err := io.ReadFull(r, b[entryHead:]); err != nil {
		return rawEntry{}, fmt.Errorf("%w: entry %d is cut", ErrRaw, e.Seq)
	}
	sealed := b[entryHead : entryHead+int(e.length)]
	if crc32.Checksum(sealed, castagnoli) != e.sum || !isZero(b[entryHead+len(sealed):]) {
		return rawEntry{}, fmt.Errorf("%w: entry %d is damaged", ErrRaw, e.Seq)
	}
	if _, err := s.open(nil, sealed); err != nil {
		return rawEntry{}, fmt.Errorf("%w: entry %d", ErrKey, e.Seq)
	}
	return rawEntry{e, b, hash(b, sha256.Sum256(sealed))}, nil
}

// appendRaw writes entries with the numbers that they have.
func (f *Files) appendRaw(es []rawEntry) error {
	f.buf = f.buf[:0]
	last, h := f.Head()
	for _, e := range es {
		if e.Seq <= last.Seq {
			return fmt.Errorf("%w: entry %d after %d", ErrRaw, e.Seq, last.Seq)
		}
		if f.file == nil && len(f.list) == 0 && f.o.Kind == Spool {
			last, h = Place{e.Seq - 1, e.Mark}, e.before
		}
		if f.file == nil || f.pos+int64(len(f.buf)+len(e.bytes)) > f.size {
			if err := f.rotate(last, h); err != nil {
				return f.fail(err)
			}
		}
		f.buf = append(f.buf, e.bytes...)
		last, h = e.Place, e.hash
	}
	if err := f.flush(last, h); err != nil {
		return f.fail(err)
	}
	return nil
}
