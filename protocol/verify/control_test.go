package verify

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// framed reads a bundle by its framing alone, and each record in it by its own: no checksum, no
// signature, no place in the chain.
func framed(b []byte) error {
	c := cursor{b: b[:max(len(b)-sha256.Size, 0)]}
	record := func(needed bool) {
		if one := c.block(4, maxRecord); c.err == nil && (needed || len(one) > 0) {
			_, c.err = parseRecord(one)
		}
	}
	c.magic("byway-ev")
	c.digest()
	for range 3 {
		record(false)
	}
	for n := c.uint(2); n > 0 && c.err == nil; n-- {
		record(true)
	}
	return c.end()
}

// The control of the tests on changed bundles: a reader without the checks takes many of the same
// changes, so it is the checks that refuse them, and not that the changes make no bundle.
func TestABundleChangedIsTakenByAReaderThatChecksNothing(t *testing.T) {
	whole := someBundle(t).Bytes()
	if err := framed(whole); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		if framed(b) == nil {
			taken++
		}
	}
	if taken < len(whole)/4 {
		t.Errorf("it takes %d of %d changes: the tests change what nobody reads", taken, len(whole))
	}
}
