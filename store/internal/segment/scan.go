package segment

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrKey says that the entries are whole, and sealed under another key.
var ErrKey = errors.New("sealed under another key")

// ErrVersion says that a file was written by a program that knows another layout.
var ErrVersion = errors.New("segment of another version")

// Entry is one that is whole.
type Entry struct {
	Place
	// Body is what was sealed. It is the callback's until that returns.
	Body    []byte
	Segment uint32
	Offset  int64
	Hash    [32]byte

	raw []byte // as it is in the file
}

// scan reads files in their order and knows where the chain stands.
type scan struct {
	sealer    *Sealer
	unchecked bool
	each      func(Entry) error

	begun  bool     // something was read that the chain goes on from
	last   Place    // the last whole entry
	hash   [32]byte // of it
	known  bool     // hash is that of the entry before the next, so the chain must fit
	opened bool     // some entry opened, so the key is right
	body   []byte

	breaks  []Break
	pending *Break // begun, and not ended by a whole entry yet
}

// broken notes that bytes aren't what was written; what comes next ends it.
func (s *scan) broken(b Break) {
	if p := s.pending; p != nil {
		if b.Kind == Cut && p.Kind != Missing { // else the first one stands for all up to the next whole entry
			p.Kind = Cut
		}
		return
	}
	b.After = s.last
	s.pending = &b
	s.known = false
}

// arrive ends a break where the entry, or the file's head, at p comes next. before is
// what it says of the entry before it.
func (s *scan) arrive(p Place, before [32]byte, at Break) {
	fits := p.Seq == s.last.Seq+1 && before == s.hash
	switch {
	case s.pending != nil:
		if s.pending.Kind == Torn && p.Seq > s.last.Seq+1 {
			s.pending.Kind = Damaged // more was written after it, and is gone too
		}
		if s.pending.Before = p; !s.begun { // what came before it went long ago, as far as is known
			s.pending.After = Place{p.Seq - 1, p.Mark}
		}
		s.breaks = append(s.breaks, *s.pending)
		s.pending = nil
	case !s.begun, s.unchecked || s.known && fits:
	default:
		at.Kind, at.After, at.Before = Damaged, s.last, p
		if p.Seq > s.last.Seq+1 {
			at.Kind = Missing
		}
		s.breaks = append(s.breaks, at)
	}
	s.begun = true
}

// file reads one file. It returns where the next entry would go, or -1 where nothing may
// be written after what is there.
func (s *scan) file(number uint32, b []byte) (next int64, err error) {
	h, v, ok := decodeHead(b)
	switch {
	case !ok && len(b) < fileHead:
		s.broken(Break{Kind: Cut, Segment: number, Length: fileHead})
	case !ok:
		s.broken(Break{Kind: Damaged, Segment: number, Length: fileHead})
	case v != version:
		return -1, fmt.Errorf("%w: %d, this program knows %d; try a newer byway", ErrVersion, v, version)
	case s.begun && h.first <= s.last.Seq:
		// Read already, under another name: nothing is lost by it, whatever comes next.
		s.breaks = append(s.breaks, Break{Kind: Damaged, Segment: number, Length: int64(len(b)), After: s.last})
		return -1, nil
	default:
		if !s.begun { // the oldest that there is
			s.last, s.hash = Place{h.first - 1, h.mark}, h.before
		}
		if p := s.pending; p != nil && p.Kind == Damaged && h.first == s.last.Seq+1 {
			p.Kind = Torn // it was the end of all when this file was begun
		}
		s.arrive(Place{h.first, h.mark}, h.before, Break{Segment: number})
		s.last, s.hash, s.known = Place{h.first - 1, h.mark}, h.before, true
	}
	next, err = s.entries(number, b, int64(min(fileHead, len(b))))
	if err != nil {
		return -1, err
	}
	if ok && uint64(len(b)) < h.size {
		s.broken(Break{Kind: Cut, Segment: number, Offset: int64(len(b)), Length: int64(h.size) - int64(len(b)), Bare: next >= 0 && next < int64(len(b))})
		next = -1
	}
	return next, nil
}

func (s *scan) entries(number uint32, b []byte, pos int64) (next int64, err error) {
	for {
		rest := b[pos:]
		if isZero(rest) {
			return pos, nil
		}
		e, ok := decodeEntry(rest)
		if ok && e.Seq > s.last.Seq && end(int(e.length)) <= len(rest) {
			whole, err := s.entry(number, pos, e, rest[:end(int(e.length))])
			if err != nil {
				return -1, err
			}
			if !whole {
				s.broken(Break{Kind: Damaged, Segment: number, Offset: pos, Length: int64(end(int(e.length)))})
			}
			pos += int64(end(int(e.length)))
			continue
		}
		n, found := s.search(rest)
		kind := Damaged
		if !found {
			kind = Torn
		}
		s.broken(Break{Kind: kind, Segment: number, Offset: pos, Length: int64(n)})
		if !found {
			return -1, nil
		}
		pos += int64(n)
	}
}

// search returns how far the next head of a later entry is, or all of b where there is none.
func (s *scan) search(b []byte) (n int, found bool) {
	for n = align; n+entryHead <= len(b); n += align {
		if !bytes.HasPrefix(b[n:], entryMagic) {
			continue
		}
		if e, ok := decodeEntry(b[n:]); ok && e.Seq > s.last.Seq {
			return n, true
		}
	}
	return len(b), false
}

// entry hands on an entry whose head is right, or reports that the rest of it isn't.
func (s *scan) entry(number uint32, pos int64, e entry, raw []byte) (whole bool, err error) {
	sealed := raw[entryHead : entryHead+int(e.length)]
	if !s.unchecked && (crc32.Checksum(sealed, castagnoli) != e.sum || !isZero(raw[entryHead+len(sealed):])) {
		return false, nil
	}
	open := s.sealer.open
	if s.unchecked {
		open = s.sealer.openUnchecked
	}
	if s.body, err = open(s.body[:0], sealed); err != nil {
		if !s.opened {
			return false, fmt.Errorf("%w: entry %d; is it the folder of another node?", ErrKey, e.Seq)
		}
		return false, nil
	}
	s.opened = true
	s.arrive(e.Place, e.before, Break{Segment: number, Offset: pos})
	s.last, s.hash, s.known = e.Place, hash(raw, sha256.Sum256(sealed)), true
	return true, s.each(Entry{Place: e.Place, Body: s.body, Segment: number, Offset: pos, Hash: s.hash, raw: raw})
}

// finish ends what no whole entry has ended.
func (s *scan) finish() {
	if s.pending != nil {
		if s.pending.New = true; s.pending.Kind == Damaged {
			s.pending.Kind = Torn // at the end of all the two can't be told apart
		}
		s.breaks = append(s.breaks, *s.pending)
		s.pending = nil
	}
}

func isZero(b []byte) bool {
	for len(b) >= len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}

var zeros = make([]byte, 64<<10)
