package verify

import (
	"math/big"
	"slices"
	"strings"
)

// The field and the curve of RFC 8032, 5.1: -x² + y² = 1 + d·x²·y² modulo p.
var fieldP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
var curveD = new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), fieldP))

// smallOrder are the y of all eight points whose order divides 8, for both signs of x: with such a key one signature verifies every message.
var smallOrder = []string{
	"\x01" + strings.Repeat("\x00", 31),          // order 1
	"\xec" + strings.Repeat("\xff", 30) + "\x7f", // order 2
	strings.Repeat("\x00", 32),                   // order 4
	"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a", // order 8
	"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05", // order 8
}

// good reports whether k is canonical, on the curve and of large order.
func (k key) good() bool {
	b := k
	b[31] &= 0x7f
	if slices.Contains(smallOrder, string(b[:])) {
		return false
	}
	slices.Reverse(b[:])
	y := new(big.Int).SetBytes(b[:])
	if y.Cmp(fieldP) >= 0 {
		return false
	}
	// x² = u/v has a root where u·v is a square: u/v is u·v times a square. Where x = 0, the order is small.
	square := y.Mul(y, y)
	u := new(big.Int).Sub(square, big.NewInt(1))
	v := square.Add(square.Mul(square, curveD), big.NewInt(1))
	return big.Jacobi(u.Mod(u.Mul(u, v), fieldP), fieldP) == 1
}
