package identity

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	rootSize        = 32
	incarnationSize = 16

	keyDomain   = "byway-key"
	checkDomain = "byway-root-check"
)

// derive is HKDF-SHA256 (RFC 5869) of the root without salt; info is the parts, each
// after its length in 4 bytes, big-endian.
func derive(root *[rootSize]byte, domain string, parts ...[]byte) ([32]byte, error) {
	info := lengthPrefixed(nil, []byte(domain))
	for _, p := range parts {
		info = lengthPrefixed(info, p)
	}
	b, err := hkdf.Key(sha256.New, root[:], nil, string(info), 32)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(b), nil
}

func lengthPrefixed(b, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
}

// deriveSeed is the RFC 8032 seed of the key at a place.
func deriveSeed(root *[rootSize]byte, p place) ([32]byte, error) {
	return derive(root, keyDomain, []byte{byte(p.kind)}, p.incarnation[:], binary.BigEndian.AppendUint64(nil, p.n))
}

func (i *Identity) seedAt(p place) ([32]byte, error) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.root == nil {
		return [32]byte{}, ErrClosed
	}
	return deriveSeed(i.root, p)
}

func (i *Identity) signerAt(p place) (record.Signer, error) {
	seed, err := i.seedAt(p)
	if err != nil {
		return nil, err
	}
	return record.NewSigner(seed)
}
