package main

import (
	"fmt"

	"filippo.io/edwards25519"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// keys are what stands where a key is expected.
func keys() []recordtest.Vector {
	alice := public("alice")
	vs := []recordtest.Vector{
		vector("good", "an ordinary key", "", alice),
		vector("mixed-order", "an ordinary key plus the point of order 2: of large order, so it is taken", "", mixedKey("alice", 4)),
		vector("empty", "no bytes", "key", nil),
		vector("short", "31 bytes", "key", alice[:31]),
		vector("long", "33 bytes", "key", append(append([]byte{}, alice...), 0)),
		vector("all-ones", "y = 2^255 - 1 with the sign bit", "key", encodeY(255, true)),
	}
	orders := []int{1, 8, 4, 8, 2, 8, 4, 8}
	for i, o := range orders {
		vs = append(vs, vector(fmt.Sprintf("small-order-%d", i), fmt.Sprintf("a point of order %d", o), "key", torsion(i).Bytes()))
	}
	for _, c := range []struct {
		name, says string
		body       []byte
	}{
		{"identity-signed", "order 1, with a sign bit on x = 0", []byte{0: 1, 31: 0x80}},
		{"minus-one-signed", "order 2, with a sign bit on x = 0", encodeY(0xec, true)},
		{"zero-as-p", "order 4, y = 0 written as p", encodeY(0xed, false)},
		{"zero-as-p-signed", "order 4, y = 0 written as p, the other sign", encodeY(0xed, true)},
		{"one-as-p", "order 1, y = 1 written as p + 1", encodeY(0xee, false)},
		{"one-as-p-signed", "order 1, y = 1 written as p + 1, with a sign bit on x = 0", encodeY(0xee, true)},
	} {
		vs = append(vs, vector("non-canonical-"+c.name, c.says, "key", c.body))
	}
	for y := 2; y < 19; y++ {
		plain := make([]byte, 32)
		plain[0] = byte(y)
		if _, err := new(edwards25519.Point).SetBytes(plain); err != nil {
			vs = append(vs, vector(fmt.Sprintf("no-point-y-%02d", y), fmt.Sprintf("y = %d, of no point on the curve", y), "key", plain))
			continue
		}
		vs = append(vs,
			vector(fmt.Sprintf("point-y-%02d", y), fmt.Sprintf("y = %d, of a point of large order: taken", y), "", plain),
			vector(fmt.Sprintf("non-canonical-y-%02d", y), fmt.Sprintf("the same y = %d written as p + %d", y, y), "key", encodeY(byte(0xed+y), false)))
	}
	return vs
}

// encodeY writes 2^255 - 256 + low, which is p + (low - 0xed).
func encodeY(low byte, sign bool) []byte {
	b := make([]byte, 32)
	for i := range b {
		b[i] = 0xff
	}
	b[0], b[31] = low, 0x7f
	if sign {
		b[31] = 0xff
	}
	return b
}

// mixedKey is the actor's key plus a point of small order: the same secret nearly fits it.
func mixedKey(name string, small int) []byte {
	return plus(times(secret(name)), torsion(small)).Bytes()
}
