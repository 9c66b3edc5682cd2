package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/bywaynet/byway/protocol/commitment"
)

const (
	magic       = "byway-vault-keys"
	fileVersion = 1
	head        = len(magic) + 1
	fieldSize   = 16 + 32 + 32 // beside its category
	maxFile     = head + 12 + 16 + 2 + MaxFields*(1+commitment.MaxCategory+fieldSize)
)

// ring holds the fields by category.
type ring map[string]*field

// with returns a ring that has f, too.
func (r ring) with(category string, f *field) ring {
	out := make(ring, len(r)+1)
	maps.Copy(out, r)
	out[category] = f
	return out
}

// without returns a ring without some categories.
func (r ring) without(categories ...string) ring {
	out := maps.Clone(r)
	for _, c := range categories {
		delete(out, c)
	}
	return out
}

func (r ring) clear() {
	for _, f := range r {
		f.clear()
	}
}

// encode returns what is sealed in a file; the caller clears it.
func (r ring) encode() []byte {
	n := 2
	for c := range r {
		n += 1 + len(c) + fieldSize
	}
	b := binary.BigEndian.AppendUint16(make([]byte, 0, n), uint16(len(r))) // never grows, which would leave a copy
	for _, c := range slices.Sorted(maps.Keys(r)) {
		f := r[c]
		b = append(append(b, byte(len(c))), c...)
		b = append(append(append(b, f.id[:]...), f.key[:]...), f.salt[:]...)
	}
	return b
}

// seal returns the bytes of the file.
func (r ring) seal(key [32]byte) ([]byte, error) {
	plain := r.encode()
	defer clear(plain)
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	out := append(append(make([]byte, 0, head+len(plain)+a.Overhead()), magic...), fileVersion)
	return a.Seal(out, nil, plain, out[:head]), nil
}

// unseal reads the bytes of a file. Errors: ErrDamaged.
func unseal(key [32]byte, b []byte) (ring, error) {
	if len(b) < head || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: %s isn't a file of keys", ErrDamaged, File)
	}
	if v := b[head-1]; v != fileVersion {
		return nil, fmt.Errorf("%w: %s has version %d, this program knows %d; try a newer byway", ErrDamaged, File, v, fileVersion)
	}
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, nil, b[head:], b[:head])
	if err != nil {
		return nil, fmt.Errorf("%w: %s was changed, or sealed by another root", ErrDamaged, File)
	}
	defer clear(plain)
	r, ok := parse(plain)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds no fields as this program writes them", ErrDamaged, File)
	}
	return r, nil
}

// parse reads what is sealed in a file, in its one valid form.
func parse(b []byte) (ring, bool) {
	if len(b) < 2 {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	if n > MaxFields {
		return nil, false
	}
	r, last := make(ring, n), ""
	ids := make(map[[16]byte]bool, n)
	for range n {
		if len(b) < 1 || len(b) < 1+int(b[0])+fieldSize {
			return nil, false
		}
		c, rest := string(b[1:1+b[0]]), b[1+b[0]:]
		f := &field{id: [16]byte(rest), key: [32]byte(rest[16:]), salt: [32]byte(rest[48:])}
		if c <= last || commitment.ValidCategory(c) != nil || ids[f.id] {
			return nil, false
		}
		r[c], ids[f.id], last, b = f, true, c, rest[fieldSize:]
	}
	return r, len(b) == 0
}

// aead returns AES-256-GCM that draws its nonce at random and puts it before the rest.
func aead(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// field is what opens one row.
type field struct {
	id        [16]byte // the row's name
	key, salt [32]byte
}

func newField() (*field, error) {
	f := new(field)
	for _, b := range [][]byte{f.id[:], f.key[:], f.salt[:]} {
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *field) clear() {
	clear(f.id[:])
	clear(f.key[:])
	clear(f.salt[:])
}
