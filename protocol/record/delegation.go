package record

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
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
	// TypeDelegation is never among them: what is delegated isn't delegated further.
	Types []Type
}

const (
	delegationVersion  = 1
	maxDelegationTypes = 8
)

// NewDelegation returns the record by which by lets d.Delegate sign. Errors:
// ErrDelegation, by's own.
func NewDelegation(ctx context.Context, d Delegation, by Signer) (Record, error) {
	d.From, d.Until = time.UnixMilli(d.From.UnixMilli()), time.UnixMilli(d.Until.UnixMilli())
	if err := d.validate(by.Key()); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrDelegation, err)
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
// signs with the delegate's seed. It refuses, with ErrDelegation, to sign a type that
// the delegation doesn't cover; when it holds is for the reader to judge. Errors:
// ErrDelegation where they don't belong together.
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
	return &delegateSigner{listed: by, inner: inner, covers: d, delegation: delegation.Bytes()}, nil
}

type delegateSigner struct {
	listed     Key
	inner      *seedSigner
	covers     Delegation
	delegation []byte
}

func (s *delegateSigner) Key() Key { return s.listed }

func (s *delegateSigner) Sign(_ context.Context, st Statement, r Role) (Signature, error) {
	if !lists(st, r, s.listed) {
		return Signature{}, fmt.Errorf("%w: %s isn't listed as %s", ErrSigner, s.listed.Short(), r)
	}
	if err := s.covers.coversType(st.Type()); err != nil {
		return Signature{}, err
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
	d, err := decodeDelegation(st.Payload())
	if err == nil {
		err = d.validate(by)
	}
	if err == nil {
		err = r.signatures[0].verify(st, time.Time{})
	}
	if err != nil {
		return Delegation{}, fmt.Errorf("%w: %w", ErrDelegation, err)
	}
	return d, nil
}

func decodeDelegation(b []byte) (Delegation, error) {
	c := cursor{b: b}
	d := Delegation{Delegate: c.key("the delegate")}
	d.From, d.Until = c.milli("the start"), c.milli("the end")
	n := int(c.byte("the types"))
	for range min(n, maxDelegationTypes) {
		d.Types = append(d.Types, Type(c.take(int(c.byte("a type")), "a type")))
	}
	if n > maxDelegationTypes {
		c.fail(fmt.Errorf("%w: %d types, at most %d", ErrMalformed, n, maxDelegationTypes))
	}
	return d, c.end()
}

// validate holds a delegation by a key to its bounds. One to the key itself would give
// each of its signatures a second form.
func (d Delegation) validate(by Key) error {
	switch {
	case d.Delegate.IsZero() || d.Delegate == by:
		return fmt.Errorf("%w: it needs a delegate other than the key itself", ErrMalformed)
	case !d.From.Before(d.Until):
		return fmt.Errorf("%w: it ends before it begins", ErrMalformed)
	case len(d.Types) > maxDelegationTypes:
		return fmt.Errorf("%w: %d types, at most %d", ErrMalformed, len(d.Types), maxDelegationTypes)
	}
	for _, t := range d.Types {
		if !validType(t) || t == TypeDelegation {
			return fmt.Errorf("%w: the type %q can't be delegated", ErrMalformed, t)
		}
	}
	return nil
}

func (c *cursor) milli(what string) time.Time {
	if b := c.take(8, what); b != nil {
		return time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	}
	return time.Time{}
}

// DelegatedUntil returns the latest time, to the millisecond, at which every delegation in
// r still held: judged then, a record of an ended delegation verifies if it ever did. It says
// nothing about when r was signed. It is zero where r has no delegation that can be read.
func (r Record) DelegatedUntil() (until time.Time) {
	for _, s := range r.signatures {
		if len(s.Delegation) == 0 {
			continue
		}
		d, err := parseDelegation(s.Delegation, s.Key)
		if err != nil {
			return time.Time{}
		}
		if last := d.Until.Add(-time.Millisecond); until.IsZero() || last.Before(until) {
			until = last
		}
	}
	return until
}

func (d Delegation) allows(t Type, at time.Time) error {
	if at.Before(d.From) || !at.Before(d.Until) {
		return fmt.Errorf("%w: it holds from %s until %s", ErrDelegation, d.From.UTC().Format(time.RFC3339), d.Until.UTC().Format(time.RFC3339))
	}
	return d.coversType(t)
}

func (d Delegation) coversType(t Type) error {
	if t == TypeDelegation || len(d.Types) > 0 && !slices.Contains(d.Types, t) {
		return fmt.Errorf("%w: it doesn't cover %s", ErrDelegation, t)
	}
	return nil
}
