package vault

import (
	"encoding/binary"
	"fmt"

	"github.com/bywaynet/byway/protocol/commitment"
)

const (
	rowVersion = 1
	rowDomain  = "byway-vault-field"
	rowPad     = 64 // bytes: a row's length says no more than which multiple of it
)

// bound returns what a row is bound to: it opens under its own name and category alone.
func (f *field) bound(category string) []byte {
	b := append([]byte(rowDomain), rowVersion)
	return append(append(b, f.id[:]...), category...)
}

// seal returns the row of a value: a version, then the sealed length, value and padding.
func (f *field) seal(category string, value []byte) ([]byte, error) {
	n := (2 + len(value) + rowPad - 1) / rowPad * rowPad
	plain := binary.BigEndian.AppendUint16(make([]byte, 0, n), uint16(len(value)))
	plain = append(plain, value...)[:n]
	defer clear(plain)
	a, err := aead(f.key)
	if err != nil {
		return nil, err
	}
	return a.Seal([]byte{rowVersion}, nil, plain, f.bound(category)), nil
}

// open returns the value in a row. Errors: ErrDamaged.
func (f *field) open(category string, row []byte) ([]byte, error) {
	if len(row) < 1 || row[0] != rowVersion {
		return nil, fmt.Errorf("%w: the row of %q is of a version that this program doesn't know", ErrDamaged, category)
	}
	a, err := aead(f.key)
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, nil, row[1:], f.bound(category))
	if err != nil || len(plain) < 2 {
		return nil, fmt.Errorf("%w: the row of %q isn't what was written", ErrDamaged, category)
	}
	defer clear(plain)
	n := int(binary.BigEndian.Uint16(plain))
	if n > len(plain)-2 || n > commitment.MaxValue {
		return nil, fmt.Errorf("%w: the row of %q has a length that can't be", ErrDamaged, category)
	}
	return append([]byte(nil), plain[2:2+n]...), nil
}
