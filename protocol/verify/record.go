package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

const maxStatement, maxRecord, typed = 49_152, 53_708, small + digits + ".-"

type signer struct {
	role byte
	key  key
}

type statement struct {
	said, payload  []byte // its exact bytes, and those in it
	id, sent, held digest
	typ            string
	version        byte
	signers        []signer
	to, author     key // zeros: open; the first signer that isn't the recipient
	n              uint64
}

type signature struct {
	signer
	delegation, bytes []byte
}

// whole is a record: a statement with its signatures.
type whole struct {
	statement
	sigs []signature
	sum  digest // of its bytes
}

// is reports whether s is of that type, to that key, by exactly these signers.
func (s *statement) is(typ string, to key, by ...signer) bool {
	return s.typ == typ && s.version == 1 && s.to == to && slices.Equal(s.signers, by)
}

// linked reports whether the place in the chain, an epoch and a count, has its one form.
func (s *statement) linked() bool {
	return uint32(s.n) > 1 && s.sent != digest{} || uint32(s.n) == 1 && (s.n > 1 || s.sent == digest{})
}

// spelled reports whether s is 1 to so many bytes of the given letters.
func spelled(s string, most int, letters string) bool {
	return len(s) >= 1 && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(letters, r) })
}

func parseStatement(b []byte) (s statement, err error) {
	c := cursor{b: b}
	c.magic("byway-st")
	s.said, s.id, s.typ, s.version = b, sha256.Sum256(b), string(c.block(1, 255)), byte(c.uint(1))
	n := int(c.uint(1))
	if !spelled(s.typ, 32, typed) || n < 1 || n > 4 {
		c.fail(ErrMalformed, "type %q, %d signers", s.typ, n)
	}
	for before := b[:0]; len(s.signers) < n && c.err == nil; {
		this := c.b[:min(33, len(c.b))] // role and key, by which they are ordered
		if s.signers = append(s.signers, signer{byte(c.uint(1)), c.key()}); c.err == nil && (this[0] == 0 || bytes.Compare(before, this) >= 0) {
			c.fail(ErrMalformed, "signers without a role, or not in order")
		}
		before = this
	}
	tag := c.uint(1)
	if tag == 1 {
		s.to, s.n, s.sent, s.held = c.key(), c.uint(8), c.digest(), c.digest()
	}
	if i := slices.IndexFunc(s.signers, func(x signer) bool { return x.key != s.to }); i >= 0 {
		s.author = s.signers[i].key
	}
	if tag > 1 || tag == 1 && (s.author == key{} || !s.linked()) {
		c.fail(ErrMalformed, "it is to its only signer, or its link is none")
	}
	s.payload = c.block(4, maxStatement)
	return s, c.end()
}

// parseRecord makes checks 1 to 3 of protocol/record.
func parseRecord(b []byte) (*whole, error) {
	c := cursor{b: b}
	if len(b) > maxRecord {
		c.fail(ErrTooLarge, "%d bytes, at most %d", len(b), maxRecord)
	}
	c.magic("byway-re")
	w := &whole{sum: sha256.Sum256(b)}
	if said := c.block(4, maxStatement); c.err == nil {
		w.statement, c.err = parseStatement(said)
	}
	n := int(c.uint(1))
	if n > 4 {
		c.fail(ErrMalformed, "%d signatures", n)
	}
	rest, strange := w.signers, false
	for i := 0; i < n && c.err == nil; i++ {
		x := signature{signer{byte(c.uint(1)), c.key()}, c.block(2, 1024), c.take(64)}
		at := slices.Index(rest, x.signer)
		strange = strange || at < 0
		w.sigs, rest = append(w.sigs, x), rest[at+1:]
	}
	if c.end() == nil && n == 0 {
		c.fail(ErrIncomplete, "no signature")
	}
	if strange {
		c.fail(ErrSigner, "a signature on %s", w.id)
	}
	return w, c.err
}

// gate reads a record to anybody and verifies every signature in it.
func gate(b []byte, at time.Time) (*whole, error) {
	w, err := parseRecord(b)
	if err != nil {
		return nil, err
	}
	for _, x := range w.sigs {
		by := x.key
		if len(x.delegation) > 0 {
			if by, err = w.delegate(x, at.UnixMilli()); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrDelegation, err)
			}
		}
		if !w.signed(x, by) {
			return nil, fmt.Errorf("%w: of role %d, %s", ErrSignature, x.role, x.key)
		}
	}
	return w, nil
}

// signed reports whether by made the signature: over domain, role, listed key and statement.
func (s *statement) signed(x signature, by key) bool {
	var over []byte
	for _, part := range [][]byte{[]byte("byway-sig"), {x.role}, x.key[:], s.said} {
		over = append(binary.BigEndian.AppendUint32(over, uint32(len(part))), part...)
	}
	return ed25519.Verify(by[:], over, x.bytes)
}

// delegate returns who signs by the delegation in x, which has to cover s at that time.
func (s *statement) delegate(x signature, at int64) (key, error) {
	d, err := parseRecord(x.delegation)
	if err != nil {
		return key{}, err
	}
	c := cursor{b: d.payload}
	to, from, until, n := c.key(), int64(c.uint(8)), int64(c.uint(8)), int(c.uint(1))
	covered, valid := n == 0, n <= 8 && to != x.key && from < until
	for i := 0; i < n && c.err == nil; i++ {
		t := string(c.block(1, 32))
		covered, valid = covered || t == s.typ, valid && spelled(t, 32, typed) && t != d.typ
	}
	switch {
	case c.end() != nil, !valid, !d.is("record.delegation", key{}, signer{1, x.key}), len(d.sigs[0].delegation) > 0:
		return key{}, fmt.Errorf("%w: not a delegation by the listed key", ErrMalformed)
	case !d.signed(d.sigs[0], x.key):
		return key{}, ErrSignature
	case at < from, at >= until, !covered, s.typ == d.typ:
		return key{}, fmt.Errorf("it doesn't cover %s at that time", s.typ)
	}
	return to, nil
}
