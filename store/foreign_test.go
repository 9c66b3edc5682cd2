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
	"maps"
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
	entries []foreignEntry
	breaks  []string
}

// foreignEntry is one that is whole.
type foreignEntry struct {
	number, mark uint64
	file         string
	at           int
	hash, body   []byte
}

type foreignFile struct {
	name   string
	named  uint32 // by its name
	number uint32 // by its head, where that is right
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
		top = max(top, f.named)
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
		named, bad := strconv.ParseUint(strings.TrimSuffix(n.Name(), ".seg"), 10, 32)
		if err := errors.Join(err, bad); err != nil {
			return nil, err
		}
		number := named
		if foreignHead(b) && b[9] == r.kind {
			number = uint64(binary.BigEndian.Uint32(b[12:]))
		}
		out = append(out, foreignFile{n.Name(), uint32(named), uint32(number), b})
	}
	slices.SortStableFunc(out, func(a, b foreignFile) int { return cmp.Compare(a.number, b.number) })
	for len(out) > 0 && len(bytes.Trim(out[len(out)-1].bytes, "\x00")) == 0 {
		r.unused = out[len(out)-1].named
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
			return errors.New("version")
		}
		first, before := binary.BigEndian.Uint64(b[24:]), b[40:72]
		if r.begun && first <= r.last {
			r.breaks = append(r.breaks, fmt.Sprintf("break: %s damaged %s 0 0", r.folder, f.name))
			return nil
		}
		if p := r.pending; p != nil && p.kind == "damaged" && (!r.begun || first == r.last+1) {
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
	body, err := r.open(sealed)
	if err != nil {
		if len(r.entries) == 0 {
			return errors.New("key")
		}
		r.broken("damaged", file)
		return nil
	}
	number, mark := binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
	r.arrive(number, b[24:56], file)
	inner := sha256.Sum256(sealed)
	outer := sha256.Sum256(append(slices.Clone(b[:64]), inner[:]...))
	r.last, r.hash = number, outer[:]
	r.entries = append(r.entries, foreignEntry{number, mark, file, at, outer[:], body})
	return nil
}

func (r *foreign) open(sealed []byte) ([]byte, error) {
	if len(sealed) < 28 {
		return nil, errors.New("too short to have a nonce and a tag")
	}
	return r.aead.Open(nil, sealed[:12], sealed[12:], []byte{r.kind})
}

func (r *foreign) lines() (out []string) {
	for _, e := range r.entries {
		out = append(out, fmt.Sprintf("%s: %d %d %s %d %x %x", r.folder, e.number, e.mark, e.file, e.at, e.hash, e.body))
	}
	return out
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

// foreignBody reads a body, and what of it is there in the end.
type foreignBody struct {
	b      []byte
	bad    bool
	events map[uint64]string
	rows   map[string]string
}

func (r *foreignBody) take(n int) []byte {
	if n > len(r.b) {
		r.bad, n = true, 0
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *foreignBody) number(bytes int) (n uint64) {
	for _, b := range r.take(bytes) {
		n = n<<8 | uint64(b)
	}
	return n
}

// foreignStory is what the bodies of the log and then of the spool come to.
func foreignStory(log, spool []foreignEntry) (lines []string, err error) {
	r := &foreignBody{events: map[uint64]string{}, rows: map[string]string{}}
	for _, e := range log {
		r.b = e.body
		r.logged(e.mark)
	}
	last, void := log[len(log)-1].number, map[uint64]bool{}
	for _, e := range spool {
		if e.body[0] == 4 {
			void[binary.BigEndian.Uint64(e.body[1:])] = true
		}
	}
	for _, e := range spool {
		r.b = e.body[1:]
		if with := r.number(8); e.body[0] == 3 && with <= last && !void[e.number] {
			r.setRows()
		}
	}
	if r.bad {
		return nil, errors.New("a body that is none")
	}
	for _, n := range slices.Sorted(maps.Keys(r.events)) {
		lines = append(lines, fmt.Sprintf("event: %d %s", n, r.events[n]))
	}
	for _, k := range slices.Sorted(maps.Keys(r.rows)) {
		lines = append(lines, fmt.Sprintf("row: %s %x %x", k[2:2+k[1]], k[2+k[1]:], r.rows[k]))
	}
	return lines, nil
}

// logged reads a write or a copy.
func (r *foreignBody) logged(mark uint64) {
	copied := uint64(0)
	if r.number(1) == 2 {
		copied = r.number(8)
	}
	var events []string
	for range r.number(2) {
		subject := r.take(32)
		for range r.number(4) {
			at, mine, form, n := int64(r.number(8)), r.number(1), r.number(1), r.number(4)
			events = append(events, fmt.Sprintf("%x %d %d %d %x", subject, at, mine, form, r.take(int(n))))
		}
	}
	for i, e := range events {
		n := mark - uint64(len(events)-1-i)
		if copied > 0 {
			n = copied
		}
		if _, there := r.events[n]; !there {
			r.events[n] = e
		}
	}
	if copied == 0 {
		r.setRows()
	}
}

func (r *foreignBody) setRows() {
	for range r.number(4) {
		k := string(r.take(int(r.number(2))))
		if r.number(1) == 0 {
			delete(r.rows, k)
			continue
		}
		r.rows[k] = string(r.take(int(r.number(4))))
	}
	r.bad = r.bad || len(r.b) > 0
}
