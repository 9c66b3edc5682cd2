package main

import (
	"crypto/ed25519"
	"encoding/binary"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// The roles, by their numbers in SPEC.md.
const (
	author = 1
	first  = 2
	second = 3
)

// statement is what SPEC.md's table of a statement has, free to be wrong.
type statement struct {
	magic          string
	version        byte
	typ            string
	payloadVersion byte
	signers        []signer
	tag            byte // 0 open, 1 to recipient
	recipient      []byte
	n              uint64
	sent, held     [32]byte
	payload        []byte
	payloadLength  *uint32 // where it lies
	after          []byte
}

type signer struct {
	role byte
	key  []byte
}

func (s statement) bytes() []byte {
	b := append([]byte(s.magic), s.version, byte(len(s.typ)))
	b = append(append(b, s.typ...), s.payloadVersion, byte(len(s.signers)))
	for _, w := range s.signers {
		b = append(append(b, w.role), w.key...)
	}
	b = append(b, s.tag)
	if s.tag != 0 {
		b = append(b, s.recipient...)
		b = binary.BigEndian.AppendUint64(b, s.n)
		b = append(append(b, s.sent[:]...), s.held[:]...)
	}
	n := uint32(len(s.payload))
	if s.payloadLength != nil {
		n = *s.payloadLength
	}
	b = binary.BigEndian.AppendUint32(b, n)
	return append(append(b, s.payload...), s.after...)
}

// say is an open statement by the given signers, changed by the edits.
func say(signers []signer, edits ...func(*statement)) []byte {
	s := statement{magic: "byway-st", version: 1, typ: "example.note", payloadVersion: 1, signers: signers, payload: []byte("it rains")}
	for _, e := range edits {
		e(&s)
	}
	return s.bytes()
}

func to(key []byte, n uint64, sent, held byte) func(*statement) {
	return func(s *statement) {
		s.tag, s.recipient, s.n = 1, key, n
		for i := range 32 {
			s.sent[i], s.held[i] = sent, held
		}
	}
}

func typed(t string) func(*statement)     { return func(s *statement) { s.typ = t } }
func holding(b []byte) func(*statement)   { return func(s *statement) { s.payload = b } }
func followedBy(b byte) func(*statement)  { return func(s *statement) { s.after = []byte{b} } }
func claiming(n uint32) func(*statement)  { return func(s *statement) { s.payloadLength = &n } }
func by(role byte, name string) signer    { return signer{role, public(name)} }
func one(role byte, name string) []signer { return []signer{by(role, name)} }

// signature is what SPEC.md's table of a signature has.
type signature struct {
	role       byte
	key        []byte
	delegation []byte
	bytes      []byte // 64
}

// whole is a record of the statement; one that lies about a length is made by hand.
func whole(st []byte, sigs ...signature) []byte {
	b := append([]byte("byway-re"), 1)
	b = binary.BigEndian.AppendUint32(b, uint32(len(st)))
	b = append(append(b, st...), byte(len(sigs)))
	for _, s := range sigs {
		b = append(append(b, s.role), s.key...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(s.delegation)))
		b = append(append(b, s.delegation...), s.bytes...)
	}
	return b
}

// signedBytes are what a signature in that role for that listed key is over.
func signedBytes(st []byte, role byte, listed []byte) []byte {
	var b []byte
	for _, part := range [][]byte{[]byte("byway-sig"), {role}, listed, st} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
	}
	return b
}

func private(name string) ed25519.PrivateKey {
	seed := recordtest.Seed(name)
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) []byte { return private(name)[ed25519.SeedSize:] }

// signed is the actor's own signature.
func signed(st []byte, role byte, name string) signature {
	return signature{role: role, key: public(name), bytes: ed25519.Sign(private(name), signedBytes(st, role, public(name)))}
}
