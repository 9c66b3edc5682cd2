package verify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

type digest [sha256.Size]byte
type key [32]byte

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the CIDv1 (raw, sha2-256) that the digest stands for; "" for none.
func (d digest) String() string {
	if d == (digest{}) {
		return ""
	}
	return "b" + lower.EncodeToString(append([]byte{1, 0x55, 0x12, 0x20}, d[:]...))
}

// set takes the 32 bytes of a payload's field, which may be left out; zeros are none.
func (d *digest) set(b []byte) bool {
	return copy(d[:], b) == len(b) && (len(b) == 0 || len(b) == len(d) && *d != digest{})
}

func (k key) String() string { return map[bool]string{false: lower.EncodeToString(k[:])}[k == key{}] } // "" for nobody

// cursor reads fields off b. After the first failure every read returns nothing.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) fail(err error, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: "+format, append([]any{err}, args...)...)
	}
}

func (c *cursor) take(n int) []byte {
	if c.err == nil && n > len(c.b) {
		c.fail(ErrMalformed, "cut short")
	}
	if c.err != nil {
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

// uint reads a big-endian number of n bytes.
func (c *cursor) uint(n int) uint64 {
	var b [8]byte
	copy(b[8-n:], c.take(n))
	return binary.BigEndian.Uint64(b[:])
}

func (c *cursor) digest() (d digest) {
	copy(d[:], c.take(len(d)))
	return d
}

func (c *cursor) key() (k key) {
	copy(k[:], c.take(len(k)))
	if c.err == nil && !k.good() {
		c.fail(ErrKey, "%s", k)
	}
	return k
}

func (c *cursor) magic(magic string) {
	if string(c.take(len(magic))) != magic {
		c.fail(ErrMalformed, "it doesn't begin with %q", magic)
	}
	if v := c.uint(1); c.err == nil && v != 1 {
		c.fail(ErrVersion, "%d of the framing", v)
	}
}

// block reads what stands after its length in n bytes, at most so many bytes.
func (c *cursor) block(n, most int) []byte {
	size := c.uint(n)
	if c.err == nil && size > uint64(most) {
		c.fail(ErrTooLarge, "%d bytes, at most %d", size, most)
	}
	return c.take(int(size))
}

func (c *cursor) end() error {
	if c.err == nil && len(c.b) > 0 {
		c.fail(ErrMalformed, "%d bytes after the end", len(c.b))
	}
	return c.err
}
