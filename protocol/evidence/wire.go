package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// New returns the bundle of p. It sorts the records and drops doubles. Errors: ErrStrange
// for a record that doesn't belong in, ErrMalformed for a thread that isn't there,
// ErrTooLarge, and those of agreement.Read and, for the acceptance in the offer, record.Verify.
func New(p Parts) (Bundle, error) {
	b := Bundle{thread: p.Thread, listed: p.Roster, taking: p.Taking, offer: p.Offer, records: slices.Clone(p.Records)}
	if err := b.begin(); err != nil {
		return Bundle{}, err
	}
	b.sort()
	if err := b.check(p.At); err != nil {
		return Bundle{}, err
	}
	b.bytes = b.encode()
	if len(b.records) > MaxRecords || len(b.bytes) > MaxBundle {
		return Bundle{}, fmt.Errorf("%w: %d records in %d bytes", ErrTooLarge, len(b.records), len(b.bytes))
	}
	return b, nil
}

// sort brings the records into their order, and drops doubles.
func (b *Bundle) sort() {
	slices.SortFunc(b.records, b.compare)
	b.records = slices.CompactFunc(b.records, func(x, y record.Verified) bool { return b.compare(x, y) == 0 })
}

// compare orders records: the person's first, each side's by place, then by id and by
// what is signed. Only the same bytes are equal.
func (b *Bundle) compare(x, y record.Verified) int {
	return bytes.Compare(b.place(x), b.place(y))
}

func (b *Bundle) place(v record.Verified) []byte {
	side := byte(record.RoleFirst)
	if v.Statement().Author() != b.first {
		side = byte(record.RoleSecond)
	}
	id, sum := v.ID(), v.Record().Sum()
	return slices.Concat(binary.BigEndian.AppendUint64([]byte{side}, v.Statement().Link().N), id[:], sum[:])
}

func (b *Bundle) encode() []byte {
	out := append([]byte(magic), version)
	out = append(out, b.thread[:]...)
	for _, v := range []record.Verified{b.listed, b.taking, b.offer} {
		out = appendBlock(out, v.Bytes())
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(b.records)))
	for _, v := range b.records {
		out = appendBlock(out, v.Bytes())
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func appendBlock(out, block []byte) []byte {
	return append(binary.BigEndian.AppendUint32(out, uint32(len(block))), block...)
}

// Parse reads a bundle in its one valid form and verifies every record in it, judged at
// the given time, which matters to delegations alone. It keeps data, which the caller must
// not change afterwards. Errors: ErrMalformed, ErrTooLarge, ErrVersion, ErrStrange, and those of record.Verify and agreement.Read.
func Parse(data []byte, at time.Time) (Bundle, error) {
	if len(data) > MaxBundle {
		return Bundle{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), MaxBundle)
	}
	if len(data) < frame {
		return Bundle{}, fmt.Errorf("%w: cut short", ErrMalformed)
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return Bundle{}, fmt.Errorf("%w: it was changed since it was made", ErrMalformed)
	}
	b, err := decode(body, record.Want{At: at})
	if err != nil {
		return Bundle{}, err
	}
	if err := b.begin(); err != nil {
		return Bundle{}, err
	}
	if !slices.IsSortedFunc(b.records, b.compare) || len(slices.CompactFunc(slices.Clone(b.records), func(x, y record.Verified) bool { return b.compare(x, y) == 0 })) < len(b.records) {
		return Bundle{}, fmt.Errorf("%w: records out of order, or twice", ErrMalformed)
	}
	if err := b.check(at); err != nil {
		return Bundle{}, err
	}
	b.bytes = data
	return b, nil
}

// reader reads blocks off b, and keeps the first failure.
type reader struct {
	b    []byte
	want record.Want
	err  error
}

func decode(body []byte, want record.Want) (Bundle, error) {
	if string(body[:len(magic)]) != magic {
		return Bundle{}, fmt.Errorf("%w: it doesn't begin with %q", ErrMalformed, magic)
	}
	if v := body[len(magic)]; v != version {
		return Bundle{}, fmt.Errorf("%w: %d, this code knows %d", ErrVersion, v, version)
	}
	r := reader{b: body[len(magic)+1:], want: want}
	var b Bundle
	copy(b.thread[:], r.take(len(b.thread)))
	b.listed, b.taking, b.offer = r.record(false), r.record(false), r.record(false)
	if n := r.take(2); n != nil {
		for range binary.BigEndian.Uint16(n) {
			if v := r.record(true); r.err == nil {
				b.records = append(b.records, v)
			}
		}
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%w: %d bytes after the end", ErrMalformed, len(r.b))
	}
	if r.err == nil && len(b.records) > MaxRecords {
		r.err = fmt.Errorf("%w: %d records, at most %d", ErrTooLarge, len(b.records), MaxRecords)
	}
	return b, r.err
}

func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = fmt.Errorf("%w: cut short", ErrMalformed)
	}
	if r.err != nil {
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// record reads and verifies one record; none of no bytes where it isn't needed.
func (r *reader) record(needed bool) (v record.Verified) {
	n := r.take(4)
	if n == nil {
		return v
	}
	size := binary.BigEndian.Uint32(n)
	if size > record.MaxRecord {
		r.err = fmt.Errorf("%w: a record of %d bytes", ErrTooLarge, size)
		return v
	}
	one := r.take(int(size))
	if r.err != nil || size == 0 && !needed {
		return v
	}
	v, r.err = record.Verify(one, r.want)
	return v
}
