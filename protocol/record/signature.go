package record

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// SignatureSize is the length of a signature's own bytes.
const SignatureSize = ed25519.SignatureSize

// Signature is one signer's word on a statement.
type Signature struct {
	Role Role
	// Key is the key that the statement lists.
	Key Key
	// Delegation is a whole record by which Key lets another key sign for it; empty
	// where Key itself signed.
	Delegation []byte
	// Bytes is the Ed25519 signature, by Key or by the key that Delegation names.
	Bytes [SignatureSize]byte
}

// Equal reports whether both are the same to the byte.
func (s Signature) Equal(o Signature) bool {
	return s.Role == o.Role && s.Key == o.Key && s.Bytes == o.Bytes && slices.Equal(s.Delegation, o.Delegation)
}

// Signer signs for one key that a statement lists.
type Signer interface {
	// Key returns the key that it signs for.
	Key() Key
	// Sign signs s as r. It refuses, with ErrSigner, a statement that doesn't list
	// its key as r, and returns ctx's error where signing waits for something.
	Sign(ctx context.Context, s Statement, r Role) (Signature, error)
}

const signatureDomain = "byway-sig"

// signedBytes are what a signature is over: domain, role, listed key and statement,
// each length-prefixed. A delegate signs for the listed key, not for its own: else
// what it signs for one of two signers who both trust it would serve the other.
func signedBytes(s Statement, r Role, k Key) []byte {
	b := make([]byte, 0, 4*4+len(signatureDomain)+1+KeySize+len(s.bytes))
	for _, part := range [][]byte{[]byte(signatureDomain), {byte(r)}, k[:], s.bytes} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

func lists(s Statement, r Role, k Key) bool {
	return slices.Contains(s.draft.Signers, Signatory{Role: r, Key: k})
}

type seedSigner struct {
	key     Key
	private ed25519.PrivateKey
}

// NewSigner returns the signer of the key whose RFC 8032 seed is given. It is safe
// for concurrent use and signs in memory, deterministically, without waiting.
func NewSigner(seed [ed25519.SeedSize]byte) (Signer, error) {
	s, err := newSeedSigner(seed)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func newSeedSigner(seed [ed25519.SeedSize]byte) (*seedSigner, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	k, err := ParseKey(private[ed25519.SeedSize:]) // the public key follows the seed
	if err != nil {
		return nil, err
	}
	return &seedSigner{key: k, private: private}, nil
}

func (s *seedSigner) Key() Key { return s.key }

func (s *seedSigner) Sign(_ context.Context, st Statement, r Role) (Signature, error) {
	if !lists(st, r, s.key) {
		return Signature{}, fmt.Errorf("%w: %s isn't listed as %s", ErrSigner, s.key.Short(), r)
	}
	return s.sign(st, r, s.key), nil
}

func (s *seedSigner) sign(st Statement, r Role, listed Key) Signature {
	sig := Signature{Role: r, Key: listed}
	copy(sig.Bytes[:], ed25519.Sign(s.private, signedBytes(st, r, listed)))
	return sig
}

// verify checks one signature over s, judged at the given time.
func (s Signature) verify(st Statement, at time.Time) error {
	by := s.Key
	if len(s.Delegation) > 0 {
		d, err := parseDelegation(s.Delegation, s.Key)
		if err != nil {
			return err
		}
		if err := d.allows(st.Type(), at); err != nil {
			return err
		}
		by = d.Delegate
	}
	if !ed25519.Verify(by[:], signedBytes(st, s.Role, s.Key), s.Bytes[:]) {
		return fmt.Errorf("%w: of %s %s", ErrSignature, s.Role, s.Key.Short())
	}
	return nil
}
