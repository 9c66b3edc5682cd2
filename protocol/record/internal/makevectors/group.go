package main

import (
	"crypto/sha512"

	"filippo.io/edwards25519"
)

// What of the group the signatures here are made from. Only constants are parsed, so
// nothing here can fail; a zero value would show as a vector that changed.

// torsion is the point of small order i of 8: i times a point of order 8.
func torsion(i int) *edwards25519.Point {
	// RFC 8032's curve has eight points whose order divides 8; this one generates them.
	generator, err := new(edwards25519.Point).SetBytes([]byte{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	})
	sum := edwards25519.NewIdentityPoint()
	if err != nil {
		return sum
	}
	for range i {
		sum.Add(sum, generator)
	}
	return sum
}

// secret is the scalar of the actor's key (RFC 8032, 5.1.5).
func secret(name string) *edwards25519.Scalar {
	h := sha512.Sum512(private(name).Seed())
	s, err := edwards25519.NewScalar().SetBytesWithClamping(h[:32])
	if err != nil {
		return edwards25519.NewScalar()
	}
	return s
}

// hashed is a scalar from a hash over the parts, as RFC 8032 has it for r and k.
func hashed(parts ...[]byte) *edwards25519.Scalar {
	h := sha512.New()
	for _, p := range parts {
		h.Write(p)
	}
	s, err := edwards25519.NewScalar().SetUniformBytes(h.Sum(nil))
	if err != nil {
		return edwards25519.NewScalar()
	}
	return s
}

// forge signs a message for the key in its encoding with scalar a, having R encoded as
// rBytes with r as its scalar part: S = r + ka.
func forge(message, key []byte, a, r *edwards25519.Scalar, rBytes []byte) []byte {
	k := hashed(rBytes, key, message)
	s := edwards25519.NewScalar().MultiplyAdd(k, a, r)
	return append(append([]byte{}, rBytes...), s.Bytes()...)
}

// times is [s]B.
func times(s *edwards25519.Scalar) *edwards25519.Point {
	return new(edwards25519.Point).ScalarBaseMult(s)
}

func plus(p, q *edwards25519.Point) *edwards25519.Point { return new(edwards25519.Point).Add(p, q) }

// order is the group's prime order L, little-endian.
var order = []byte{
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
}

// addOrder adds L to the S of a signature, times over: the same residue, another encoding.
func addOrder(sig []byte, times int) []byte {
	out := append([]byte{}, sig...)
	for range times {
		carry := 0
		for i := range 32 {
			carry += int(out[32+i]) + int(order[i])
			out[32+i] = byte(carry)
			carry >>= 8
		}
	}
	return out
}
