package record

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// Record is a statement with some or all of its signatures, parsed but not verified:
// it may be carried and shown as unproven, not acted on. Never changed.
type Record struct {
	statement  Statement
	signatures []Signature
	bytes      []byte
}

const (
	recordMagic   = "byway-re"
	recordVersion = 1
)

// Assemble returns the record of s with the given signatures, in the statement's
// order whatever theirs. Errors: ErrSigner for one that the statement doesn't list or
// that is there twice, ErrIncomplete for none at all, ErrTooLarge for a delegation
// over MaxDelegation.
func Assemble(s Statement, signatures ...Signature) (Record, error) {
	sorted := slices.Clone(signatures)
	slices.SortFunc(sorted, func(a, b Signature) int {
		return Signatory{a.Role, a.Key}.compare(Signatory{b.Role, b.Key})
	})
	if err := checkOrder(s, sorted); err != nil {
		return Record{}, err
	}
	return Record{statement: s, signatures: sorted, bytes: encodeRecord(s, sorted)}, nil
}

// SignBy returns the record of s signed by each of the signers, in the first role that the statement lists for its key.
func SignBy(ctx context.Context, s Statement, signers ...Signer) (Record, error) {
	var sigs []Signature
	for _, signer := range signers {
		i := slices.IndexFunc(s.Signers(), func(l Signatory) bool { return l.Key == signer.Key() })
		if i < 0 {
			return Record{}, fmt.Errorf("%w: %s isn't listed", ErrSigner, signer.Key().Short())
		}
		sig, err := signer.Sign(ctx, s, s.Signers()[i].Role)
		if err != nil {
			return Record{}, err
		}
		sigs = append(sigs, sig)
	}
	return Assemble(s, sigs...)
}

// With returns the record with one more signature. Errors: ErrSigner, also for a
// second signature by the same role and key: the first is never replaced.
func (r Record) With(sig Signature) (Record, error) {
	return Assemble(r.statement, append(slices.Clone(r.signatures), sig)...)
}

func checkOrder(s Statement, sigs []Signature) error {
	if len(sigs) == 0 {
		return fmt.Errorf("%w: no signature", ErrIncomplete)
	}
	rest := s.Signers()
	for _, sig := range sigs {
		if n := len(sig.Delegation); n > MaxDelegation {
			return fmt.Errorf("%w: a delegation of %d bytes, at most %d", ErrTooLarge, n, MaxDelegation)
		}
		i := slices.Index(rest, Signatory{sig.Role, sig.Key})
		if i < 0 {
			return fmt.Errorf("%w: %s %s", ErrSigner, sig.Role, sig.Key.Short())
		}
		rest = rest[i+1:]
	}
	return nil
}

func encodeRecord(s Statement, sigs []Signature) []byte {
	n := len(recordMagic) + 1 + 4 + len(s.bytes) + 1
	for _, sig := range sigs {
		n += sigFixed + len(sig.Delegation)
	}
	b := make([]byte, 0, n)
	b = append(b, recordMagic...)
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.bytes)))
	b = append(b, s.bytes...)
	b = append(b, byte(len(sigs)))
	for _, sig := range sigs {
		b = append(b, byte(sig.Role))
		b = append(b, sig.Key[:]...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(sig.Delegation)))
		b = append(b, sig.Delegation...)
		b = append(b, sig.Bytes[:]...)
	}
	return b
}

// ParseRecord reads a record in its one valid form, without checking its signatures,
// and keeps b, which the caller must not change afterwards. Errors: ErrTooLarge,
// ErrVersion, ErrKey, ErrSigner, ErrIncomplete, ErrMalformed.
func ParseRecord(b []byte) (Record, error) { return parseRecord(cursor{b: b}) }

// parseRecord reads a record off all that c has.
func parseRecord(c cursor) (Record, error) {
	b := c.b
	if len(b) > MaxRecord {
		return Record{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), MaxRecord)
	}
	c.magic(recordMagic, recordVersion)
	var s Statement
	if l := c.take(4, "the statement's length"); l != nil {
		n := binary.BigEndian.Uint32(l)
		if n > MaxStatement {
			return Record{}, fmt.Errorf("%w: a statement of %d bytes, at most %d", ErrTooLarge, n, MaxStatement)
		}
		if sb := c.take(int(n), "the statement"); sb != nil {
			var err error
			if s, err = parse(cursor{b: sb, checked: c.checked}); err != nil {
				return Record{}, err
			}
		}
	}
	sigs := c.signatures(s)
	if err := c.end(); err != nil {
		return Record{}, err
	}
	if err := checkOrder(s, sigs); err != nil {
		return Record{}, err
	}
	return Record{statement: s, signatures: sigs, bytes: b}, nil
}

func (c *cursor) signatures(s Statement) []Signature {
	n := int(c.byte("the signatures"))
	if n > MaxSigners {
		c.fail(fmt.Errorf("%w: %d signatures, at most %d", ErrMalformed, n, MaxSigners))
	}
	var sigs []Signature
	for range n {
		sig := Signature{Role: Role(c.byte("a signature's role")), Key: c.recipient(s.Signers())}
		if l := c.take(2, "a delegation's length"); l != nil {
			sig.Delegation = c.take(int(binary.BigEndian.Uint16(l)), "a delegation")
		}
		copy(sig.Bytes[:], c.take(SignatureSize, "a signature"))
		if c.err != nil {
			return nil
		}
		sigs = append(sigs, sig)
	}
	return sigs
}

// Statement returns what is said.
func (r Record) Statement() Statement { return r.statement }

// Signatures returns the signatures in the statement's order. The caller must not change the slice.
func (r Record) Signatures() []Signature { return r.signatures }

// Signature returns the signature by the given role and key, where it is there.
func (r Record) Signature(role Role, k Key) (Signature, bool) {
	for _, s := range r.signatures {
		if s.Role == role && s.Key == k {
			return s, true
		}
	}
	return Signature{}, false
}

// ID returns the id of the statement.
func (r Record) ID() ID { return r.statement.id }

// Bytes returns the whole record's exact bytes. The caller must not change them.
func (r Record) Bytes() []byte { return r.bytes }

// Sum returns the sha256 of the whole record: what a Receipt names, and what
// "identical on both sides" means.
func (r Record) Sum() [sha256.Size]byte { return sha256.Sum256(r.bytes) }

// Complete reports whether exactly the listed signers have signed.
func (r Record) Complete() bool {
	return len(r.signatures) == len(r.statement.draft.Signers) && len(r.signatures) > 0
}
