package segment

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
)

// sealCost is what sealing adds: a nonce of 12 bytes and a tag of 16.
const sealCost = 12 + 16

// Sealed is a body that is ready to be written.
type Sealed struct {
	bytes []byte
	inner [32]byte
	sum   uint32
}

// Size is what it takes in a file, in bytes; 0 where nothing was sealed.
func (s Sealed) Size() int {
	if len(s.bytes) == 0 {
		return 0
	}
	return end(len(s.bytes))
}

// Sealer seals bodies by AES-256-GCM (NIST SP 800-38D) with random nonces, under a key of
// its own for each kind. Safe for concurrent use.
type Sealer struct {
	aead  cipher.AEAD
	block cipher.Block
	kind  Kind
}

// NewSealer returns the sealer of a store's key for one kind of folder.
func NewSealer(key [32]byte, kind Kind) (*Sealer, error) {
	k, err := hkdf.Key(sha256.New, key[:], nil, fmt.Sprintf("byway segment %d", kind), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead, block, kind}, nil
}

// Seal seals a body of at most MaxBody bytes, and does all of the work on it that needs
// no order, so that the one writer has little left. body stays the caller's.
func (s *Sealer) Seal(body []byte) Sealed {
	b := s.aead.Seal(make([]byte, 0, len(body)+sealCost), nil, body, []byte{byte(s.kind)})
	return sealedOf(b)
}

func sealedOf(b []byte) Sealed {
	return Sealed{bytes: b, inner: sha256.Sum256(b), sum: crc32.Checksum(b, castagnoli)}
}

// open appends the body to dst.
func (s *Sealer) open(dst, sealed []byte) ([]byte, error) {
	return s.aead.Open(dst, nil, sealed, []byte{byte(s.kind)})
}

// openUnchecked is open without a look at the tag: for the control of what is tested on damage.
func (s *Sealer) openUnchecked(dst, sealed []byte) ([]byte, error) {
	if len(sealed) < sealCost {
		return nil, fmt.Errorf("%d sealed bytes", len(sealed))
	}
	var counter [aes.BlockSize]byte
	copy(counter[:], sealed[:12])
	counter[aes.BlockSize-1] = 2 // GCM's first block of text
	n := len(dst)
	dst = append(dst, sealed[12:len(sealed)-16]...)
	cipher.NewCTR(s.block, counter[:]).XORKeyStream(dst[n:], dst[n:])
	return dst, nil
}
