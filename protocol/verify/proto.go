package verify

import (
	"encoding/binary"
	"unicode/utf8"
)

// fields are what a message is read into, by their numbers: *string, *[]string, *[]byte,
// *int64, or func([]byte) bool, which gets each message of the field in turn and merges it.
type fields map[uint64]any

// decode reads a message of protobuf ("Payloads" in protocol/record), and skips fields of another number or wire type.
func decode(b []byte, into fields) bool {
	c := cursor{b: b}
	for len(c.b) > 0 && c.err == nil {
		num, typ, n, value := c.field(1<<29-1, 0)
		if f, number := into[num].(*int64); number && typ == 0 {
			*f = int64(n)
		}
		if typ != 2 || c.err != nil {
			continue
		}
		ok := true
		switch f := into[num].(type) {
		case *[]byte:
			*f = value
		case *string:
			*f, ok = string(value), utf8.Valid(value)
		case *[]string:
			*f, ok = append(*f, string(value)), utf8.Valid(value)
		case func([]byte) bool:
			ok = f(value)
		}
		if !ok {
			return false
		}
	}
	return c.err == nil
}

// field reads one field; a group is skipped whole. Type 4 ends the group around it.
func (c *cursor) field(most uint64, depth int) (num, typ, n uint64, value []byte) {
	tag := c.varint()
	num, typ = tag>>3, tag&7
	if num-1 >= most || typ > 5 || typ == 4 && depth == 0 || typ == 3 && depth > 10_000 { // as deep as the common readers go
		c.fail(ErrMalformed, "field %d of wire type %d", num, typ)
	}
	switch typ {
	case 0:
		n = c.varint()
	case 1, 5:
		c.take(9 - int(typ)) // 8 bytes, and 4
	case 2:
		size := c.varint()
		value = c.take(int(min(size, uint64(len(c.b)+1)))) // one too many where it claims more than there is
	case 3:
		for t := typ; t != 4 && c.err == nil; {
			var end uint64
			if end, t, _, _ = c.field(1<<31-1, depth+1); t == 4 && end != num {
				c.fail(ErrMalformed, "a group ends that didn't begin")
			}
		}
	}
	return num, typ, n, value
}

func (c *cursor) varint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.fail(ErrMalformed, "not a number")
	}
	c.take(max(n, 0))
	return v
}
