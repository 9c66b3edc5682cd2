package store

import (
	"encoding/binary"

	"github.com/bywaynet/byway/store/internal/segment"
)

// position is a spot of a trail: the number of its last entry, and its hash.
type position struct {
	seq  uint64
	hash [32]byte
}

const positionSize = 8 + 32

// headOf is where a trail ends.
func headOf(f *segment.Files) position {
	p, hash := f.Head()
	return position{p.Seq, hash}
}

func (p position) append(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, p.seq), p.hash[:]...)
}

// take reads a position off the front of b, which has at least positionSize bytes, and returns the rest.
func (p *position) take(b []byte) []byte {
	p.seq, p.hash = binary.BigEndian.Uint64(b), [32]byte(b[8:positionSize])
	return b[positionSize:]
}
