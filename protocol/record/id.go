package record

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

// ID names a statement by its bytes: the sha2-256 digest in its CIDv1 (raw codec).
// The zero ID names nothing. Comparable.
type ID [sha256.Size]byte

// idTextSize is the length of an ID in text: "b" and 36 bytes in base32.
const idTextSize = 59

// ErrID is returned for text or bytes that aren't the CIDv1 (raw, sha2-256) of a statement.
var ErrID = errors.New("not a record id")

// SumID returns the ID of a statement's bytes.
func SumID(statement []byte) ID { return sha256.Sum256(statement) }

// ParseID reads what String wrote; other codecs, hashes and versions are refused with ErrID.
func ParseID(s string) (ID, error) {
	if len(s) != idTextSize {
		return ID{}, fmt.Errorf("%w: %d letters, want %d", ErrID, len(s), idTextSize)
	}
	c, err := cid.Decode(s)
	if err != nil {
		return ID{}, fmt.Errorf("%w: %q", ErrID, s)
	}
	p := c.Prefix()
	if p.Version != 1 || p.Codec != cid.Raw || p.MhType != mh.SHA2_256 || p.MhLength != sha256.Size {
		return ID{}, fmt.Errorf("%w: %q isn't a CIDv1 of raw bytes by sha2-256", ErrID, s)
	}
	h := c.Hash()
	id := ID(h[len(h)-sha256.Size:])
	if id.String() != s {
		return ID{}, fmt.Errorf("%w: %q isn't in lower-case base32", ErrID, s)
	}
	return id, nil
}

// IDFromBytes returns the 32 digest bytes b as an ID, or ErrID.
func IDFromBytes(b []byte) (ID, error) {
	if len(b) != sha256.Size {
		return ID{}, fmt.Errorf("%w: %d bytes, want %d", ErrID, len(b), sha256.Size)
	}
	return ID(b), nil
}

// String returns the CIDv1 in base32, such as "bafkrei…".
func (id ID) String() string {
	h, err := mh.Encode(id[:], mh.SHA2_256)
	if err != nil {
		return ""
	}
	return cid.NewCidV1(cid.Raw, h).String()
}

// Short returns 8 letters that differ between ids, for listings.
func (id ID) Short() string {
	s := id.String()
	return s[len("bafkrei") : len("bafkrei")+8]
}

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }
