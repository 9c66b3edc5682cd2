package record

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Role is what a signer signs as. It travels: append-only.
type Role uint8

// The roles.
const (
	RoleAuthor Role = 1 // the only signer of what it says
	RoleFirst  Role = 2 // first party of an agreement: always the person
	RoleSecond Role = 3 // second party of an agreement: always the organisation
	RoleBefore Role = 4 // a key that hands over to another
	RoleAfter  Role = 5 // the key that it hands over to
)

var roleNames = map[Role]string{
	RoleAuthor: "author", RoleFirst: "first party", RoleSecond: "second party",
	RoleBefore: "key before", RoleAfter: "key after",
}

// String returns the role in words, or its number where it isn't known here.
func (r Role) String() string {
	if n, ok := roleNames[r]; ok {
		return n
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// Type names a kind of statement, such as "agreement.body": 1 to MaxType of a–z, 0–9, '.' and '-'.
type Type string

// Signatory is one signer that a statement lists.
type Signatory struct {
	Role Role
	Key  Key
}

// Link is the place of a statement in the chain of one relationship, as its author
// sees it. The zero Link is none: open statements have none, point-to-point ones do.
type Link struct {
	// N is the author's epoch in its upper 32 bits, and in the lower the count of the statements
	// that it sent to this recipient in that epoch, this one included: see Place. An author begins
	// a new epoch after it lost something, so that no place is taken twice.
	N uint64
	// Sent is the id of the author's last statement to the recipient that it knows of; zero where
	// there is none, which only the first of an epoch may say, and the first of epoch 0 must.
	Sent ID
	// Held is the id of the last statement that the author holds from the recipient; zero for none.
	Held ID
}

// Place returns the n of the statement with a count, from 1, within an epoch.
func Place(epoch, count uint32) uint64 { return uint64(epoch)<<32 | uint64(count) }

// Epoch returns the author's epoch: 0 until it first lost something.
func (l Link) Epoch() uint32 { return uint32(l.N >> 32) }

// Count returns the place within the epoch, from 1; 0 for the zero Link.
func (l Link) Count() uint32 { return uint32(l.N) }

// Draft is what a statement is made from.
type Draft struct {
	Type      Type
	Version   uint8 // of the payload, chosen by the type's protocol
	Signers   []Signatory
	Recipient Key // zero: open
	Link      Link
	Payload   []byte
}

// Statement is what is said, in exact bytes. New and Parse make one; it is never
// changed, and a copy of it is cheap. The zero Statement says nothing.
type Statement struct {
	draft Draft
	bytes []byte
	id    ID
}

const (
	statementMagic   = "byway-st"
	statementVersion = 1
)

// New returns the statement that d describes, or an error that says what of d is out
// of bounds (ErrMalformed, ErrTooLarge). It copies what it keeps.
func New(d Draft) (Statement, error) {
	d.Signers, d.Payload = slices.Clone(d.Signers), slices.Clone(d.Payload)
	if err := d.validate(); err != nil {
		return Statement{}, err
	}
	b := d.encode()
	if len(b) > MaxStatement {
		return Statement{}, fmt.Errorf("%w: a statement of %d bytes, at most %d", ErrTooLarge, len(b), MaxStatement)
	}
	return Statement{draft: d, bytes: b, id: SumID(b)}, nil
}

func (d Draft) validate() error {
	if !validType(d.Type) {
		return fmt.Errorf("%w: type %q", ErrMalformed, d.Type)
	}
	if n := len(d.Signers); n < 1 || n > MaxSigners {
		return fmt.Errorf("%w: %d signers, want 1 to %d", ErrMalformed, n, MaxSigners)
	}
	for i, s := range d.Signers {
		if s.Role == 0 || s.Key.IsZero() {
			return fmt.Errorf("%w: signer %d has no role or key", ErrMalformed, i)
		}
		if i > 0 && s.compare(d.Signers[i-1]) <= 0 {
			return fmt.Errorf("%w: signers not in order of role and key", ErrMalformed)
		}
	}
	if !slices.ContainsFunc(d.Signers, func(s Signatory) bool { return s.Key != d.Recipient }) {
		return fmt.Errorf("%w: its only signer is its recipient", ErrMalformed)
	}
	return d.validateLink()
}

// validateLink holds the one form of each link, so that a chain can't be told in two ways.
func (d Draft) validateLink() error {
	l := d.Link
	if d.Recipient.IsZero() != (l.N == 0) {
		return fmt.Errorf("%w: a link belongs to a statement with a recipient, to no other", ErrMalformed)
	}
	switch {
	case l.N == 0 && l == (Link{}):
	case l.Count() == 0:
		return fmt.Errorf("%w: link without a count, epoch %d", ErrMalformed, l.Epoch())
	case l.N == 1 && !l.Sent.IsZero(), l.Count() > 1 && l.Sent.IsZero():
		return fmt.Errorf("%w: link %d of epoch %d with or without a last statement sent", ErrMalformed, l.Count(), l.Epoch())
	}
	return nil
}

func (s Signatory) compare(o Signatory) int {
	return cmp.Or(cmp.Compare(s.Role, o.Role), bytes.Compare(s.Key[:], o.Key[:]))
}

func validType(t Type) bool {
	if len(t) < 1 || len(t) > MaxType {
		return false
	}
	for _, c := range []byte(t) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

func (d Draft) encode() []byte {
	b := make([]byte, 0, 160+len(d.Signers)*33+len(d.Payload))
	b = append(b, statementMagic...)
	b = append(b, statementVersion, byte(len(d.Type)))
	b = append(b, d.Type...)
	b = append(b, d.Version, byte(len(d.Signers)))
	for _, s := range d.Signers {
		b = append(b, byte(s.Role))
		b = append(b, s.Key[:]...)
	}
	if d.Recipient.IsZero() {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = append(b, d.Recipient[:]...)
		b = binary.BigEndian.AppendUint64(b, d.Link.N)
		b = append(b, d.Link.Sent[:]...)
		b = append(b, d.Link.Held[:]...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.Payload)))
	return append(b, d.Payload...)
}

// Parse reads a statement in its one valid form and keeps b, which the caller must
// not change afterwards. Errors: ErrTooLarge, ErrVersion, ErrKey, ErrMalformed.
func Parse(b []byte) (Statement, error) { return parse(cursor{b: b}) }

// parse reads a statement off all that c has.
func parse(c cursor) (Statement, error) {
	b := c.b
	if len(b) > MaxStatement {
		return Statement{}, fmt.Errorf("%w: a statement of %d bytes, at most %d", ErrTooLarge, len(b), MaxStatement)
	}
	d, err := c.statement()
	if err != nil {
		return Statement{}, err
	}
	if err := d.validate(); err != nil {
		return Statement{}, err
	}
	return Statement{draft: d, bytes: b, id: SumID(b)}, nil
}

// ID returns the statement's id.
func (s Statement) ID() ID { return s.id }

// Bytes returns the exact bytes. The caller must not change them.
func (s Statement) Bytes() []byte { return s.bytes }

// Type returns the kind of statement.
func (s Statement) Type() Type { return s.draft.Type }

// Version returns the version of the payload.
func (s Statement) Version() uint8 { return s.draft.Version }

// Signers returns the listed signers in order. The caller must not change the slice.
func (s Statement) Signers() []Signatory { return s.draft.Signers }

// Recipient returns who it is addressed to; the zero Key means that it is open.
func (s Statement) Recipient() Key { return s.draft.Recipient }

// Link returns the place in the relationship's chain; zero for an open statement.
func (s Statement) Link() Link { return s.draft.Link }

// Payload returns the payload exactly as made. The caller must not change it.
func (s Statement) Payload() []byte { return s.draft.Payload }

// Key returns the key listed for role r; false where none or several are.
func (s Statement) Key(r Role) (Key, bool) {
	var k Key
	for _, sig := range s.draft.Signers {
		if sig.Role == r {
			if !k.IsZero() {
				return Key{}, false
			}
			k = sig.Key
		}
	}
	return k, !k.IsZero()
}

// Author returns who said it: the first listed signer that isn't the recipient. There
// always is one, but in the zero Statement.
func (s Statement) Author() Key {
	for _, sig := range s.draft.Signers {
		if sig.Key != s.draft.Recipient {
			return sig.Key
		}
	}
	return Key{}
}
