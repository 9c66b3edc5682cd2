package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"

	"filippo.io/edwards25519"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// signatures are records that differ in the 64 bytes of one signature alone.
func signatures() []recordtest.Vector {
	st := say(one(author, "alice"))
	message, key := signedBytes(st, author, public("alice")), public("alice")
	good := ed25519.Sign(private("alice"), message)
	a, r := secret("alice"), hashed([]byte("a nonce of the vectors"), message)
	zero, identity := edwards25519.NewScalar(), edwards25519.NewIdentityPoint()

	with := func(sig []byte) []byte { return whole(st, signature{role: author, key: key, bytes: sig}) }
	flipped := func(i int) []byte {
		out := append([]byte{}, good...)
		out[i] ^= 1
		return out
	}
	var vs []recordtest.Vector
	add := func(name, says, refused string, sig []byte) {
		vs = append(vs, vector(name, says, refused, with(sig)))
	}
	const bad = "signature"
	add("good", "RFC 8032's own signature", "", good)
	add("other-nonce", "another nonce than RFC 8032's: as good", "", forge(message, key, a, r, times(r).Bytes()))
	add("zero", "64 zero bytes", bad, make([]byte, 64))
	add("bit-of-r", "a bit of R flipped", bad, flipped(0))
	add("bit-of-s", "a bit of S flipped", bad, flipped(32))
	add("by-another", "signed by bob's key", bad, ed25519.Sign(private("bob"), message))
	add("bare-statement", "over the statement without domain, role and key", bad, ed25519.Sign(private("alice"), st))
	add("as-another-role", "over the role of the first party", bad, ed25519.Sign(private("alice"), signedBytes(st, first, key)))
	add("for-another-key", "over bob's key", bad, ed25519.Sign(private("alice"), signedBytes(st, author, public("bob"))))
	add("prehashed", "Ed25519ph", bad, prehashed("alice", message))
	for _, times := range []int{1, 2, 7} {
		add(fmt.Sprintf("s-plus-%d-l", times), fmt.Sprintf("S + %d L, where S < L is the rule", times), bad, addOrder(good, times))
	}
	add("s-is-l", "R the identity and S = L", bad, append(identity.Bytes(), order...))
	add("r-of-order-1", "R is the identity: the equation holds, so it is taken", "", forge(message, key, a, zero, identity.Bytes()))
	add("r-of-order-1-as-p", "R the identity written as p + 1", bad, forge(message, key, a, zero, encodeY(0xee, false)))
	add("r-of-order-1-signed", "R the identity with a sign bit", bad, forge(message, key, a, zero, []byte{0: 1, 31: 0x80}))
	for i := 1; i < 8; i++ {
		add(fmt.Sprintf("r-small-%d", i), fmt.Sprintf("R is small-order-%d: the equation holds only times the cofactor", i), bad,
			forge(message, key, a, zero, torsion(i).Bytes()))
	}
	add("r-mixed", "R plus a point of order 8: the equation holds only times the cofactor", bad,
		forge(message, key, a, r, plus(times(r), torsion(1)).Bytes()))
	return append(vs, mixed()...)
}

// mixed are two records by a key of mixed order. With R = [r]B the equation leaves
// [k] of the small part over, which is nothing for one message in eight.
func mixed() []recordtest.Vector {
	key := mixedKey("alice", 1)
	var held, failed []byte
	for i := 0; held == nil || failed == nil; i++ {
		st := say([]signer{{author, key}}, holding([]byte(fmt.Sprintf("message %d", i))))
		message := signedBytes(st, author, key)
		r := hashed([]byte("a nonce of the vectors"), message)
		rec := whole(st, signature{role: author, key: key, bytes: forge(message, key, secret("alice"), r, times(r).Bytes())})
		if hashed(times(r).Bytes(), key, message).Bytes()[0]%8 == 0 {
			held = rec
		} else {
			failed = rec
		}
	}
	return []recordtest.Vector{
		vector("key-mixed-holds", "by a key of mixed order, where the equation holds without the cofactor", "", held),
		vector("key-mixed-fails", "by a key of mixed order, where the equation holds only times the cofactor", "signature", failed),
	}
}

func prehashed(name string, message []byte) []byte {
	h := sha512.Sum512(message)
	sig, err := private(name).Sign(nil, h[:], &ed25519.Options{Hash: crypto.SHA512})
	if err != nil {
		return nil
	}
	return sig
}
