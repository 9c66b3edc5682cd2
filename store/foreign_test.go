package store

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// foreign reads a trail as FORMAT.md says, and shares no code with the store.
type foreign struct {
	folder string
	kind   byte
	aead   cipher.AEAD

	unused  uint32 // the lowest file that isn't used yet; 0 for none
	begun   bool
	last    uint64
	hash    []byte // of the last whole entry, or what a head says of it; nil where it isn't known
	pending *foreignBreak
	entries []string
	breaks  []string
}

type foreignFile struct {
	name   string
	number uint32
	bytes  []byte
}

type foreignBreak struct {
	kind, file string
	after      uint64
}

func (r *foreign) read(dir fs.ReadDirFS, key [32]byte) error {
	k, err := hkdf.Key(sha256.New, key[:], nil, fmt.Sprint("byway segment ", r.kind), 32)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return err
	}
	if r.aead, err = cipher.NewGCM(block); err != nil {
		return err
	}
	files, err := r.files(dir)
	if err != nil {
		return err
	}
	if r.kind == 1 {
		r.begun, r.hash = true, make([]byte, 32)
	}
	top := uint32(0)
	for _, f := range files {
		if err := r.file(f); err != nil {
			return err
		}
		top = max(top, f.number)
	}
	r.finish()
	if r.unused > top+1 {
		r.say(foreignBreak{"missing", fmt.Sprintf("%08d.seg", top+1), r.last}, 0)
	}
	return nil
}

func (r *foreign) finish() {
	if p := r.pending; p != nil {
		if p.kind == "damaged" {
			p.kind = "torn"
		}
		r.say(*p, 0)
	}
}

func (r *foreign) files(dir fs.ReadDirFS) (out []foreignFile, err error) {
	names, err := dir.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		b, err := fs.ReadFile(dir, n.Name())
		number, bad := strconv.ParseUint(strings.TrimSuffix(n.Name(), ".seg"), 10, 32)
		if err := errors.Join(err, bad); err != nil {
			return nil, err
		}
		if foreignHead(b) && b[9] == r.kind {
			number = uint64(binary.BigEndian.Uint32(b[12:]))
		}
		out = append(out, foreignFile{n.Name(), uint32(number), b})
	}
	slices.SortStableFunc(out, func(a, b foreignFile) int { return cmp.Compare(a.number, b.number) })
	for len(out) > 0 && len(bytes.Trim(out[len(out)-1].bytes, "\x00")) == 0 {
		r.unused = out[len(out)-1].number
		out = out[:len(out)-1]
	}
	return out, nil
}

var foreignTable = crc32.MakeTable(crc32.Castagnoli)

// foreignSum reports whether b ends with the checksum of all before.
func foreignSum(b []byte) bool {
	return crc32.Checksum(b[:len(b)-4], foreignTable) == binary.BigEndian.Uint32(b[len(b)-4:])
}

func foreignHead(b []byte) bool {
	return len(b) >= 96 && string(b[:8]) == "byway-sg" && foreignSum(b[:96])
}

func (r *foreign) file(f foreignFile) error {
	b := f.bytes
	at, whole := min(96, len(b)), foreignHead(b)
	if len(b) < 96 {
		r.broken("cut", f.name)
	} else if !whole {
		r.broken("damaged", f.name)
	} else {
		if b[8] != 1 {
			return errors.New("another version")
		}
		first, before := binary.BigEndian.Uint64(b[24:]), b[40:72]
		if r.begun && first <= r.last {
			r.breaks = append(r.breaks, fmt.Sprintf("break: %s damaged %s 0 0", r.folder, f.name))
			return nil
		}
		if p := r.pending; p != nil && p.kind == "damaged" && first == r.last+1 {
			p.kind = "torn"
		}
		r.arrive(first, before, f.name)
		r.begun, r.last, r.hash = true, first-1, before
	}
	for len(bytes.Trim(b[at:], "\x00")) > 0 {
		n, ok := r.head(b[at:])
		if ok && n <= len(b)-at {
			if err := r.entry(f.name, at, b[at:at+n]); err != nil {
				return err
			}
			at += n
			continue
		}
		for at += 8; at < len(b); at += 8 {
			if _, ok = r.head(b[at:]); ok {
				break
			}
		}
		if at = min(at, len(b)); ok && at < len(b) {
			r.broken("damaged", f.name)
		} else {
			r.broken("torn", f.name)
		}
	}
	if whole && uint64(len(b)) < binary.BigEndian.Uint64(b[16:]) {
		r.broken("cut", f.name)
	}
	return nil
}

// head returns where an entry ends whose head is at the start of b, counted from there.
func (r *foreign) head(b []byte) (end int, ok bool) {
	if len(b) < 64 || !bytes.Equal(b[:4], []byte{0x62, 0x77, 0xe5, 0x65}) || !foreignSum(b[:64]) {
		return 0, false
	}
	n, number := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint64(b[8:])
	return 64 + int(n+7)/8*8, n <= 1_310_748 && number > 0 && number > r.last
}

func (r *foreign) entry(file string, at int, b []byte) error {
	sealed := b[64 : 64+binary.BigEndian.Uint32(b[4:])]
	padding := b[64+len(sealed):]
	if crc32.Checksum(sealed, foreignTable) != binary.BigEndian.Uint32(b[56:]) || len(bytes.Trim(padding, "\x00")) > 0 {
		r.broken("damaged", file)
		return nil
	}
	body, err := r.aead.Open(nil, sealed[:12], sealed[12:], []byte{r.kind})
	if err != nil {
		if len(r.entries) == 0 {
			return fmt.Errorf("another key: %w", err)
		}
		r.broken("damaged", file)
		return nil
	}
	number, mark := binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
	r.arrive(number, b[24:56], file)
	inner := sha256.Sum256(sealed)
	outer := sha256.Sum256(append(slices.Clone(b[:64]), inner[:]...))
	r.last, r.hash = number, outer[:]
	r.entries = append(r.entries, fmt.Sprintf("%s: %d %d %s %d %x %x", r.folder, number, mark, file, at, outer, body))
	return nil
}

func (r *foreign) broken(kind, file string) {
	if r.pending == nil {
		r.pending, r.hash = &foreignBreak{kind, file, r.last}, nil
	}
	if kind == "cut" && r.pending.kind != "missing" {
		r.pending.kind = kind
	}
}

// arrive is told what a whole entry, or a file's head, says of itself and of the entry before.
func (r *foreign) arrive(number uint64, before []byte, file string) {
	p := r.pending
	switch r.pending = nil; {
	case p != nil:
		if !r.begun {
			p.after = number - 1
		}
		if p.kind == "torn" && number > p.after+1 {
			p.kind = "damaged"
		}
		r.say(*p, number)
	case !r.begun:
	case number > r.last+1:
		r.say(foreignBreak{"missing", file, r.last}, number)
	case !bytes.Equal(r.hash, before):
		r.say(foreignBreak{"damaged", file, r.last}, number)
	}
	r.begun = true
}

func (r *foreign) say(b foreignBreak, before uint64) {
	first, last := b.after+1, before-1
	if before <= b.after+1 {
		first, last = 0, 0
	}
	r.breaks = append(r.breaks, fmt.Sprintf("break: %s %s %s %d %d", r.folder, b.kind, b.file, first, last))
}
