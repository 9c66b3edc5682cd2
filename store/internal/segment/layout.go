package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
)

// The sizes of what a file holds, in bytes. Everything begins at a multiple of align.
const (
	fileHead  = 96
	entryHead = 64
	align     = 8
	// MaxBody is the most that one entry holds.
	MaxBody = 1<<20 + 1<<18

	version = 1
)

var (
	fileMagic  = []byte("byway-sg")
	entryMagic = []byte{'b', 'w', 0xe5, 'e'}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Kind is what a folder of segments is for. It stands in each file: append-only.
type Kind uint8

// The kinds.
const (
	Log   Kind = 1 // entries for ever
	Spool Kind = 2 // entries until they are done with: the oldest files go
)

// Place is where an entry stands.
type Place struct {
	// Seq is its number in its folder, from 1, without gaps.
	Seq uint64
	// Mark is a number that its writer gave it, never falling.
	Mark uint64
}

// head is what the first bytes of a file say.
type head struct {
	kind   Kind
	number uint32
	size   uint64   // of the file
	first  uint64   // the Seq of its first entry
	mark   uint64   // of the last entry before
	before [32]byte // the hash of the last entry before
}

func (h head) encode() []byte {
	b := make([]byte, 0, fileHead)
	b = append(b, fileMagic...)
	b = append(b, version, byte(h.kind), 0, 0)
	b = binary.BigEndian.AppendUint32(b, h.number)
	b = binary.BigEndian.AppendUint64(b, h.size)
	b = binary.BigEndian.AppendUint64(b, h.first)
	b = binary.BigEndian.AppendUint64(b, h.mark)
	b = append(b, h.before[:]...)
	b = append(b, make([]byte, fileHead-4-len(b))...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeHead returns false for anything but the one form of a head. The version is the caller's to look at.
func decodeHead(b []byte) (h head, v byte, ok bool) {
	if len(b) < fileHead || !bytes.HasPrefix(b, fileMagic) || crc32.Checksum(b[:fileHead-4], castagnoli) != binary.BigEndian.Uint32(b[fileHead-4:]) {
		return h, 0, false
	}
	h = head{
		kind: Kind(b[9]), number: binary.BigEndian.Uint32(b[12:]), size: binary.BigEndian.Uint64(b[16:]),
		first: binary.BigEndian.Uint64(b[24:]), mark: binary.BigEndian.Uint64(b[32:]), before: [32]byte(b[40:72]),
	}
	return h, b[8], true
}

// entry is what the first bytes of an entry say.
type entry struct {
	Place
	length uint32 // of the sealed bytes
	before [32]byte
	sum    uint32 // CRC-32C of the sealed bytes
}

func (e entry) append(b []byte) []byte {
	start := len(b)
	b = append(b, entryMagic...)
	b = binary.BigEndian.AppendUint32(b, e.length)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = binary.BigEndian.AppendUint64(b, e.Mark)
	b = append(b, e.before[:]...)
	b = binary.BigEndian.AppendUint32(b, e.sum)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// decodeEntry returns false where no head of an entry is at the start of b.
func decodeEntry(b []byte) (e entry, ok bool) {
	if len(b) < entryHead || !bytes.HasPrefix(b, entryMagic) || crc32.Checksum(b[:entryHead-4], castagnoli) != binary.BigEndian.Uint32(b[entryHead-4:]) {
		return e, false
	}
	e = entry{
		Place:  Place{Seq: binary.BigEndian.Uint64(b[8:]), Mark: binary.BigEndian.Uint64(b[16:])},
		length: binary.BigEndian.Uint32(b[4:]), before: [32]byte(b[24:56]), sum: binary.BigEndian.Uint32(b[56:]),
	}
	return e, e.length <= MaxBody+sealCost && e.Seq > 0
}

// end is how far an entry with n sealed bytes reaches from its start.
func end(n int) int { return entryHead + (n+align-1)/align*align }

// hash names an entry: it covers the head, which has the hash before, and the sealed bytes by their own hash.
func hash(head []byte, inner [32]byte) [32]byte {
	var b [entryHead + 32]byte
	copy(b[:], head[:entryHead])
	copy(b[entryHead:], inner[:])
	return sha256.Sum256(b[:])
}
