package record

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
)

// TypeDelegation is the type of a delegation's statement: an organisation's key lets
// a node's key sign for it. It is open, has RoleAuthor as its only signer, and
// isn't delegated itself.
const TypeDelegation Type = "record.delegation"

// Delegation lets one key sign for another.
type Delegation struct {
	// Delegate is the key that may sign.
	Delegate Key
	// From and Until bound the time at which a signature may be judged, to the millisecond; both are set.
	From, Until time.Time
	// Types are the types of statement that it may sign, at most 8; none means all.
	Types []Type
}

const (
	delegationVersion  = 1
	maxDelegationTypes = 8
)

// NewDelegation returns the record by which by lets d.Delegate sign.
func NewDelegation(ctx context.Context, d Delegation, by Signer) (Record, error) {
	if len(d.Types) > maxDelegationTypes || d.Delegate.IsZero() || !d.From.Before(d.Until) {
		return Record{}, fmt.Errorf("%w: it needs a delegate, an end after its start, and at most %d types", ErrDelegation, maxDelegationTypes)
	}
	b := append([]byte{}, d.Delegate[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(d.From.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(d.Until.UnixMilli()))
	b = append(b, byte(len(d.Types)))
	for _, t := range d.Types {
		b = append(append(b, byte(len(t))), t...)
	}
	s, err := New(Draft{Type: TypeDelegation, Version: delegationVersion, Signers: []Signatory{{RoleAuthor, by.Key()}}, Payload: b})
	if err != nil {
		return Record{}, err
	}
	return SignBy(ctx, s, by)
}

// NewDelegateSigner returns a signer for the key that signed the delegation, which
// signs with the delegate's seed. Errors: ErrDelegation where they don't belong together.
func NewDelegateSigner(delegation Record, delegate [32]byte) (Signer, error) {
	by, _ := delegation.statement.Key(RoleAuthor)
	d, err := parseDelegation(delegation.Bytes(), by)
	if err != nil {
		return nil, err
	}
	inner, err := newSeedSigner(delegate)
	if err != nil {
		return nil, err
	}
	if inner.Key() != d.Delegate {
		return nil, fmt.Errorf("%w: it names another delegate", ErrDelegation)
	}
	return &delegateSigner{listed: by, inner: inner, delegation: delegation.Bytes()}, nil
}

type delegateSigner struct {
	listed     Key
	inner      *seedSigner
	delegation []byte
}

func (s *delegateSigner) Key() Key { return s.listed }

func (s *delegateSigner) Sign(_ context.Context, st Statement, r Role) (Signature, error) {
	if !lists(st, r, s.listed) {
		return Signature{}, fmt.Errorf("%w: %s isn't listed as %s", ErrSigner, s.listed.Short(), r)
	}
	sig := s.inner.sign(st, r, s.listed)
	sig.Delegation = s.delegation
	return sig, nil
}

// parseDelegation reads and verifies a delegation by the given key.
func parseDelegation(b []byte, by Key) (Delegation, error) {
	r, err := ParseRecord(b)
	if err != nil {
		return Delegation{}, fmt.Errorf("%w: %w", ErrDelegation, err)
	}
	st := r.statement
	if st.Type() != TypeDelegation || st.Version() != delegationVersion || !st.Recipient().IsZero() ||
		len(st.Signers()) != 1 || !lists(st, RoleAuthor, by) || len(r.signatures) != 1 || len(r.signatures[0].Delegation) > 0 {
		return Delegation{}, fmt.Errorf("%w: not a delegation by %s", ErrDelegation, by.Short())
	}
	if err := r.signatures[0].verify(st, time.Time{}); err != nil {
		return Delegation{}, fmt.Errorf("%w: %w", ErrDelegation, err)
	}
	c := cursor{b: st.Payload()}
	d := Delegation{Delegate: c.key("the delegate")}
	d.From, d.Until = c.milli("the start"), c.milli("the end")
	for range min(int(c.byte("the types")), maxDelegationTypes+1) {
		d.Types = append(d.Types, Type(c.take(int(c.byte("a type")), "a type")))
	}
	if err := c.end(); err != nil {
		return Delegation{}, fmt.Errorf("%w: %w", ErrDelegation, err)
	}
	return d, nil
}

func (c *cursor) milli(what string) time.Time {
	if b := c.take(8, what); b != nil {
		return time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	}
	return time.Time{}
}

func (d Delegation) allows(t Type, at time.Time) error {
	if at.Before(d.From) || !at.Before(d.Until) {
		return fmt.Errorf("%w: it holds from %s until %s", ErrDelegation, d.From.UTC().Format(time.RFC3339), d.Until.UTC().Format(time.RFC3339))
	}
	for _, may := range d.Types {
		if may == t {
			return nil
		}
	}
	if len(d.Types) > 0 {
		return fmt.Errorf("%w: it doesn't cover %s", ErrDelegation, t)
	}
	return nil
}
