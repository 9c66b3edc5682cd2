package record

import (
	"encoding/binary"
	"fmt"
)

// cursor reads length-prefixed fields off b. After the first failure every read
// returns nothing, so a parser checks err once.
type cursor struct {
	b       []byte
	checked bool // its keys are known to be points
	err     error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take returns the next n bytes without copying, or nil.
func (c *cursor) take(n int, what string) []byte {
	if c.err == nil && n > len(c.b) {
		c.fail(fmt.Errorf("%w: cut short in %s", ErrMalformed, what))
	}
	if c.err != nil {
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) byte(what string) byte {
	if b := c.take(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) magic(magic string, version byte) {
	if string(c.take(len(magic), "the magic")) != magic {
		c.fail(fmt.Errorf("%w: it doesn't begin with %q", ErrMalformed, magic))
	}
	if v := c.byte("the version"); c.err == nil && v != version {
		c.fail(fmt.Errorf("%w: %d, this code knows %d", ErrVersion, v, version))
	}
}

func (c *cursor) key(what string) Key {
	b := c.take(KeySize, what)
	if b == nil {
		return Key{}
	}
	if c.checked {
		return Key(b)
	}
	k, err := ParseKey(b)
	if err != nil {
		c.fail(fmt.Errorf("%s: %w", what, err))
	}
	return k
}

// recipient reads a key that is often one of the signers: then it was checked already.
func (c *cursor) recipient(signers []Signatory) Key {
	if c.err == nil && len(c.b) >= KeySize {
		for _, s := range signers {
			if string(s.Key[:]) == string(c.b[:KeySize]) {
				c.b = c.b[KeySize:]
				return s.Key
			}
		}
	}
	return c.key("the recipient")
}

func (c *cursor) id(what string) ID {
	if b := c.take(len(ID{}), what); b != nil {
		return ID(b)
	}
	return ID{}
}

func (c *cursor) end() error {
	if c.err == nil && len(c.b) > 0 {
		c.fail(fmt.Errorf("%w: %d bytes after the end", ErrMalformed, len(c.b)))
	}
	return c.err
}

func (c *cursor) statement() (Draft, error) {
	var d Draft
	c.magic(statementMagic, statementVersion)
	d.Type = Type(c.take(int(c.byte("the type")), "the type"))
	d.Version = c.byte("the payload's version")
	n := int(c.byte("the signers"))
	if n > MaxSigners {
		c.fail(fmt.Errorf("%w: %d signers, at most %d", ErrMalformed, n, MaxSigners))
	}
	for range n {
		if c.err != nil {
			return d, c.err
		}
		role := Role(c.byte("a signer's role"))
		d.Signers = append(d.Signers, Signatory{Role: role, Key: c.key("a signer's key")})
	}
	switch tag := c.byte("the recipient"); tag {
	case 0:
	case 1:
		d.Recipient = c.recipient(d.Signers)
		if b := c.take(8, "the link"); b != nil {
			d.Link.N = binary.BigEndian.Uint64(b)
		}
		d.Link.Sent, d.Link.Held = c.id("the link"), c.id("the link")
	default:
		c.fail(fmt.Errorf("%w: recipient tag %d", ErrMalformed, tag))
	}
	if b := c.take(4, "the payload's length"); b != nil {
		if n := binary.BigEndian.Uint32(b); n <= MaxStatement {
			d.Payload = c.take(int(n), "the payload")
		} else {
			c.fail(fmt.Errorf("%w: a payload of %d bytes", ErrTooLarge, n))
		}
	}
	return d, c.end()
}
