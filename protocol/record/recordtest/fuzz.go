package recordtest

import (
	"bytes"
	"reflect"
	"runtime"
	"testing"
)

// Option changes what RoundTrip insists on.
type Option func(*rules)

type rules struct {
	exact              bool
	allocPer, allocMax int
}

// Exact insists that what decodes encodes to the very same bytes: there is one valid form.
func Exact() Option { return func(r *rules) { r.exact = true } }

// Alloc bounds what one Decode may allocate: perByte for each byte of input, and most
// whatever the input, both in bytes. The default is 256 for each byte with 64 KiB on top.
func Alloc(perByte, most int) Option {
	return func(r *rules) { r.allocPer, r.allocMax = perByte, most }
}

// allocFree is allowed for any input: error texts and the runtime's own doings.
const allocFree = 64 << 10

// RoundTrip fuzzes a decoder. Whatever decode takes, encode writes; that decodes to
// an equal value (by reflect.DeepEqual), which encodes to the same bytes again. No
// input makes decode panic, or allocate more than Alloc allows. Add seeds before:
// AddVectors for vector files, f.Add for others.
func RoundTrip[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) ([]byte, error), opts ...Option) {
	f.Helper()
	r := rules{allocPer: 256, allocMax: 1 << 40}
	for _, o := range opts {
		o(&r)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := decode(bytes.Clone(in))
		r.checkAlloc(t, len(in), func() { _, _ = decode(in) })
		if err != nil {
			return
		}
		out, err := encode(v)
		if err != nil {
			t.Fatalf("what was decoded can't be encoded: %v", err)
		}
		if r.exact && !bytes.Equal(out, in) {
			t.Fatalf("a second form of the same:\nread    %x\nwritten %x", in, out)
		}
		again, err := decode(bytes.Clone(out))
		if err != nil {
			t.Fatalf("what was encoded can't be decoded: %v\n%x", err, out)
		}
		if !reflect.DeepEqual(v, again) {
			t.Fatalf("decoded to another value:\nfirst  %+v\nsecond %+v", v, again)
		}
		if twice, err := encode(again); err != nil || !bytes.Equal(twice, out) {
			t.Fatalf("encoded to other bytes (%v):\nfirst  %x\nsecond %x", err, out, twice)
		}
	})
}

// checkAlloc measures more than once, since the whole process is counted: only what
// decode itself allocates comes back each time.
func (r rules) checkAlloc(t *testing.T, n int, decode func()) {
	t.Helper()
	limit := uint64(min(r.allocPer*n, r.allocMax) + allocFree)
	var got uint64
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode()
		runtime.ReadMemStats(&after)
		if got = after.TotalAlloc - before.TotalAlloc; got <= limit {
			return
		}
	}
	t.Fatalf("%d bytes of input allocated %d bytes, at most %d", n, got, limit)
}

// AddVectors seeds a fuzz target with the bodies of the vectors in a folder.
func AddVectors(f *testing.F, dir string) {
	f.Helper()
	for _, v := range Vectors(f, dir) {
		f.Add(v.Body)
	}
}
