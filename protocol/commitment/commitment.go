package commitment

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// The bounds and domains of this page; SPEC.md gives their reasons.
const (
	// Size is the length of a commitment, of a salt and of a secret, in bytes.
	Size = sha256.Size
	// NonceSize is the length of an agreement's nonce, in bytes.
	NonceSize = 16
	// MaxCategory is the longest category, in bytes of UTF-8; the shortest is 1.
	MaxCategory = 64
	// MaxValue is the longest value, in bytes of UTF-8; the shortest is 1.
	MaxValue = 4096

	domainCommitment = "byway-commitment"
	domainSecret     = "byway-opening"
)

// What this package refuses. Neither error repeats anything of a value.
var (
	// ErrMalformed: a category, a value or an opening out of its bounds. Don't read on.
	ErrMalformed = errors.New("not an opening")
	// ErrMismatch: the opening isn't of that commitment. Nothing is proven by it.
	ErrMismatch = errors.New("the opening doesn't fit the commitment")
)

// Commitment stands for a value of a category; the zero value for none.
type Commitment [Size]byte

// IsZero reports whether nothing is committed to.
func (c Commitment) IsZero() bool { return c == Commitment{} }

// String returns c in hex.
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// Opening shows what one commitment stands for, to whoever it is given.
type Opening struct {
	// Category names what the value is, such as "address".
	Category string
	// Value is what was committed to.
	Value string
	// Secret is what kept others from guessing it.
	Secret [Size]byte
}

// Secret derives what opens the commitment of one field in one agreement: HKDF-SHA256 (RFC
// 5869) of the field's salt under the agreement's nonce. Without the salt nobody derives
// it again, and those of two agreements can't be told to be of one field.
func Secret(salt [Size]byte, nonce [NonceSize]byte) ([Size]byte, error) {
	b, err := hkdf.Key(sha256.New, salt[:], nil, domainSecret+string(nonce[:]), Size)
	if err != nil {
		return [Size]byte{}, fmt.Errorf("derive an opening: %w", err)
	}
	defer clear(b)
	return [Size]byte(b), nil
}

// Of returns the commitment that o opens. Errors: ErrMalformed.
func Of(o Opening) (Commitment, error) {
	if err := o.Validate(); err != nil {
		return Commitment{}, err
	}
	b := append(make([]byte, 0, len(domainCommitment)+Size+8+len(o.Category)+len(o.Value)), domainCommitment...)
	defer func() { clear(b[:cap(b)]) }()
	b = append(b, o.Secret[:]...)
	for _, part := range []string{o.Category, o.Value} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
	}
	return sha256.Sum256(b), nil
}

// Check returns ErrMismatch where o isn't the opening of c, and ErrMalformed where it is none.
func Check(c Commitment, o Opening) error {
	got, err := Of(o)
	if err != nil {
		return err
	}
	if c.IsZero() || subtle.ConstantTimeCompare(got[:], c[:]) != 1 {
		return ErrMismatch
	}
	return nil
}

// Validate returns ErrMalformed where a field is out of its bounds.
func (o Opening) Validate() error {
	if err := ValidCategory(o.Category); err != nil {
		return err
	}
	return ValidValue(o.Value)
}

// ValidCategory returns ErrMalformed where c isn't a category: 1 to MaxCategory bytes of
// UTF-8 without control characters, as an agreement names its data.
func ValidCategory(c string) error {
	if n := len(c); n < 1 || n > MaxCategory {
		return fmt.Errorf("%w: a category of %d bytes, want 1 to %d", ErrMalformed, n, MaxCategory)
	}
	return plain("category", c, false)
}

// ValidValue returns ErrMalformed where v isn't a value: 1 to MaxValue bytes of UTF-8
// whose control characters are tabs and line feeds alone. The error tells nothing of v but its length.
func ValidValue(v string) error {
	if n := len(v); n < 1 || n > MaxValue {
		return fmt.Errorf("%w: a value of %d bytes, want 1 to %d", ErrMalformed, n, MaxValue)
	}
	return plain("value", v, true)
}

func plain(what, s string, lines bool) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: the %s isn't UTF-8", ErrMalformed, what)
	}
	for _, r := range s {
		if unicode.IsControl(r) && (!lines || r != '\t' && r != '\n') {
			return fmt.Errorf("%w: the %s has a control character", ErrMalformed, what)
		}
	}
	return nil
}
