package segment

import (
	"errors"
	"fmt"
)

// ErrSize says that an entry is one that no reader would take, since it is over MaxBody or was never
// sealed. Nothing was written, and others may still be.
var ErrSize = errors.New("entry of a size that can't be kept")

// Pending is an entry that is to be written.
type Pending struct {
	Sealed
	Mark uint64
}

// Append writes entries in their order, all by one write and one sync, but for those that
// need a new file, and returns the place of the last once all are durable. After the first
// failure it fails for good, with ErrFailed. Errors: ErrSize, ErrFailed.
func (f *Files) Append(es ...Pending) (Place, error) {
	f.mu.Lock()
	last, h, failed := f.last, f.hash, f.failed
	f.mu.Unlock()
	if failed != nil {
		return Place{}, failed
	}
	for _, e := range es {
		if n := len(e.bytes); n < sealCost || n > MaxBody+sealCost {
			return Place{}, fmt.Errorf("%w: %d sealed bytes, want %d to %d", ErrSize, n, sealCost, MaxBody+sealCost)
		}
	}
	f.buf = f.buf[:0]
	for _, e := range es {
		if f.file == nil || f.pos+int64(len(f.buf)+e.Size()) > f.size {
			if err := f.rotate(last, h); err != nil {
				return Place{}, f.fail(err)
			}
		}
		start := len(f.buf)
		last = Place{last.Seq + 1, e.Mark}
		f.buf = entry{Place: last, length: uint32(len(e.bytes)), before: h, sum: e.sum}.append(f.buf)
		h = hash(f.buf[start:], e.inner)
		f.buf = append(f.buf, e.bytes...)
		f.buf = append(f.buf, zeros[:e.Size()-entryHead-len(e.bytes)]...)
	}
	if err := f.flush(last, h); err != nil {
		return Place{}, f.fail(err)
	}
	return last, nil
}

// flush writes and syncs what was gathered; the chain then stands at last.
func (f *Files) flush(last Place, h [32]byte) error {
	if len(f.buf) > 0 {
		if _, err := f.file.WriteAt(f.buf, f.pos); err != nil {
			return err
		}
		if err := f.file.Sync(); err != nil {
			return err
		}
		f.pos += int64(len(f.buf))
		f.buf = f.buf[:0]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.hash = last, h
	if n := len(f.list); n > 0 {
		f.list[n-1].Last, f.list[n-1].Used = last.Seq, f.pos
	}
	return f.failed
}

// rotate goes on in the file that was made ready, whose head is written with the first entries.
func (f *Files) rotate(last Place, h [32]byte) error {
	if err := f.flush(last, h); err != nil {
		return err
	}
	p := <-f.next
	if errors.Is(p.err, ErrFailed) {
		return p.err
	}
	if p.err != nil { // once more: there may be room by now
		if p = f.make(f.top+1, f.o.Size); p.err != nil {
			return p.err
		}
	}
	var err error
	if f.file != nil {
		err = f.file.Close()
	}
	f.file, f.pos, f.size, f.top = p.file, 0, p.size, p.number
	f.buf = append(f.buf, head{kind: f.o.Kind, number: p.number, size: uint64(p.size), first: last.Seq + 1, mark: last.Mark, before: h}.encode()...)
	f.mu.Lock()
	f.list = append(f.list, Info{Number: p.number, First: last.Seq + 1, Last: last.Seq, Size: p.size})
	f.mu.Unlock()
	f.prepare(p.number + 1)
	return err
}
