package segment

import (
	"errors"
	"fmt"
	"io"
)

// Follow reads what Copy wrote, holds that each entry is whole and follows the one before,
// the first one that of the given place and hash, and writes nothing. Numbers may be
// missing: those were lost before the copy. Errors: ErrRaw, ErrKey, r's.
func Follow(o Options, after Place, before [32]byte, r io.Reader) (c Copied, n uint64, err error) {
	s, err := NewSealer(o.Key, o.Kind)
	if err != nil {
		return c, 0, err
	}
	last, h := after, before
	for {
		e, err := nextRaw(r, s)
		if errors.Is(err, io.EOF) {
			c.Last, c.Hash = last, h
			return c, n, nil
		}
		if err != nil {
			return c, n, err
		}
		if e.Seq <= last.Seq || e.Mark < last.Mark || e.Seq == last.Seq+1 && e.before != h {
			return c, n, fmt.Errorf("%w: entry %d doesn't follow entry %d", ErrRaw, e.Seq, last.Seq)
		}
		if n == 0 {
			c.First = e.Place
		}
		n, last, h, c.Bytes = n+1, e.Place, e.hash, c.Bytes+int64(len(e.bytes))
	}
}
