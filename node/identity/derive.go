package identity

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	incarnationSize = 16

	keyDomain   = "byway-key"
	checkDomain = "byway-root-check"
	equalDomain = "byway-root-equal"
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

// seed is the RFC 8032 seed of the key at a place.
func (r *Root) seed(p place) ([32]byte, error) {
	return r.derive(keyDomain, []byte{byte(p.kind)}, p.incarnation[:], binary.BigEndian.AppendUint64(nil, p.n))
}

func (r *Root) signer(p place) (record.Signer, error) {
	seed, err := r.seed(p)
	if err != nil {
		return nil, err
	}
	return record.NewSigner(seed)
}
