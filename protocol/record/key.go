package record

import (
	"crypto/ed25519"
	"encoding/base32"
	"fmt"
	"strings"

	"filippo.io/edwards25519"
)

// KeySize is the length of a key, in bytes.
const KeySize = ed25519.PublicKeySize

const keyTextSize = 52 // letters of base32

// Key is a party's Ed25519 public key (RFC 8032). Only ParseKey and ParseKeyText
// make one that isn't zero, and FromStore of bytes in which they did, so a Key is canonical and not of small order. The zero
// Key stands for "nobody", or "open" where a recipient is meant; comparable.
type Key [KeySize]byte

var keyText = base32.StdEncoding.WithPadding(base32.NoPadding)

// ParseKey returns b as a Key. It refuses with ErrKey what isn't 32 bytes, not the
// canonical encoding of a point on the curve, or of small order: with such a key
// one signature verifies every message.
func ParseKey(b []byte) (Key, error) {
	if len(b) != KeySize {
		return Key{}, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), KeySize)
	}
	if !belowPrime(b) {
		return Key{}, fmt.Errorf("%w: not canonical", ErrKey)
	}
	p, err := new(edwards25519.Point).SetBytes(b)
	if err != nil {
		return Key{}, fmt.Errorf("%w: not a point on the curve", ErrKey)
	}
	if p.MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return Key{}, fmt.Errorf("%w: of small order", ErrKey)
	}
	return Key(b), nil
}

// belowPrime reports whether the y coordinate in b is less than p = 2^255 - 19. The
// other non-canonical form, a sign bit on x = 0, is of small order in any case.
func belowPrime(b []byte) bool {
	if b[0] < 0xed || b[31]&0x7f != 0x7f {
		return true
	}
	for _, c := range b[1:31] {
		if c != 0xff {
			return true
		}
	}
	return false
}

// ParseKeyText returns the Key that s writes out in full: 52 letters of base32
// (RFC 4648), either case, without padding.
func ParseKeyText(s string) (Key, error) {
	if len(s) != keyTextSize {
		return Key{}, fmt.Errorf("%w: %d letters, want %d", ErrKey, len(s), keyTextSize)
	}
	b, err := keyText.DecodeString(strings.ToUpper(s))
	if err != nil {
		return Key{}, fmt.Errorf("%w: not base32", ErrKey)
	}
	k, err := ParseKey(b)
	if err == nil && k.String() != strings.ToLower(s) {
		return Key{}, fmt.Errorf("%w: text not canonical", ErrKey)
	}
	return k, err
}

// String returns the key in full: 52 lower-case letters of base32.
func (k Key) String() string { return strings.ToLower(keyText.EncodeToString(k[:])) }

// Short returns the first 8 letters of String: enough to tell a few keys apart by
// eye, not to name one.
func (k Key) Short() string { return k.String()[:8] }

// IsZero reports whether k names nobody.
func (k Key) IsZero() bool { return k == Key{} }
