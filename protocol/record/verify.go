package record

import (
	"fmt"
	"slices"
	"time"
)

// Want says what the reader of a record insists on.
type Want struct {
	// To answers whether a key is the reader's own. Nil: a record to anybody is
	// read, as a verifier of files does.
	To func(Key) bool
	// At is when the record is judged, which matters to delegations alone.
	At time.Time
	// Complete insists on every listed signer.
	Complete bool
	// Known are signatures over this statement that were verified before, or made
	// here; the ones equal to them to the byte aren't verified again.
	Known []Signature
}

// Verified is a record that passed the gate: what code may act on. The zero
// Verified is none; see IsZero.
type Verified struct{ rec Record }

// Verify is the one gate. It reads b, keeps it, and refuses with this package's
// errors: framing that isn't the one valid form, keys that aren't canonical or are of
// small order, a signature by a signer not listed or out of order, a signature that
// doesn't verify, a point-to-point statement addressed to somebody else. The rule of
// verification is RFC 8032's as crypto/ed25519 has it: cofactorless, S < L.
func Verify(b []byte, w Want) (Verified, error) {
	r, err := ParseRecord(b)
	if err != nil {
		return Verified{}, err
	}
	return r.Verify(w)
}

// Verify is the gate for a record that was parsed already, cheap checks first.
func (r Record) Verify(w Want) (Verified, error) {
	if r.statement.bytes == nil {
		return Verified{}, fmt.Errorf("%w: empty", ErrMalformed)
	}
	if to := r.statement.Recipient(); w.To != nil && !to.IsZero() && !w.To(to) {
		return Verified{}, fmt.Errorf("%w: to %s", ErrRecipient, to.Short())
	}
	if w.Complete && !r.Complete() {
		return Verified{}, fmt.Errorf("%w: %d of %d signatures", ErrIncomplete, len(r.signatures), len(r.statement.draft.Signers))
	}
	for _, sig := range r.signatures {
		if slices.ContainsFunc(w.Known, sig.Equal) {
			continue
		}
		if err := sig.verify(r.statement, w.At); err != nil {
			return Verified{}, err
		}
	}
	return Verified{rec: r}, nil
}

// FromStore returns the record in b as verified without checking its signatures, or
// that its keys are points, again: of what a read takes that is most. It is for bytes that were taken from a Verified and kept where nobody else
// writes: only package store calls it, and a test holds that.
func FromStore(b []byte) (Verified, error) {
	r, err := parseRecord(cursor{b: b, checked: true})
	if err != nil {
		return Verified{}, err
	}
	return Verified{rec: r}, nil
}

// IsZero reports whether v holds no record.
func (v Verified) IsZero() bool { return v.rec.bytes == nil }

// Record returns the record itself.
func (v Verified) Record() Record { return v.rec }

// Statement returns what is said.
func (v Verified) Statement() Statement { return v.rec.statement }

// ID returns the id of the statement.
func (v Verified) ID() ID { return v.rec.ID() }

// Bytes returns the whole record's exact bytes. The caller must not change them.
func (v Verified) Bytes() []byte { return v.rec.bytes }

// Complete reports whether exactly the listed signers have signed.
func (v Verified) Complete() bool { return v.rec.Complete() }

// SignedAs returns the key that signed in role r; false where nobody did.
func (v Verified) SignedAs(r Role) (Key, bool) {
	for _, s := range v.rec.signatures {
		if s.Role == r {
			return s.Key, true
		}
	}
	return Key{}, false
}
