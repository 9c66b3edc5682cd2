package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/record"
)

// Side tells the two directions of a relationship.
type Side uint8

// The sides, as the keeper sees them.
const (
	Sent Side = 0 // what the keeper sent
	Held Side = 1 // what the other side sent
)

// Range is a run of places, both ends included. Places are ordered by their n; see record.Link.
type Range struct{ First, Last uint64 }

// The bounds of what is remembered about holes in one side of a chain. Beyond them the
// oldest two ranges count as one, so that a hole may be taken for larger than it is.
const (
	maxGaps = 16
	maxEnds = 16 // earlier epochs whose last place is remembered
)

// spot is what is remembered of the statement at one place of a chain.
type spot struct {
	id, sent record.ID
	at       place
}

const (
	spotSize = 32 + 32 + placeSize
	byID     = 2 // after the sides: where a statement that the keeper sent stands
)

func placesPrefix(p pairKey, side Side) []byte {
	b := append(make([]byte, 0, 1+32+32+1+32), kindPlace)
	return append(append(append(b, p.me[:]...), p.them[:]...), byte(side))
}

func spotKey(p pairKey, side Side, n uint64) []byte {
	return binary.BigEndian.AppendUint64(placesPrefix(p, side), n)
}

func sentIDKey(p pairKey, id record.ID) []byte {
	return append(placesPrefix(p, byID), id[:]...)
}

func (s spot) encode() []byte {
	b := append(make([]byte, 0, spotSize), s.id[:]...)
	return append(append(b, s.sent[:]...), s.at.encode()...)
}

func decodeSpot(b []byte) (spot, error) {
	if len(b) != spotSize {
		return spot{}, fmt.Errorf("%w: a place in a chain of %d bytes", ErrCorrupt, len(b))
	}
	at, err := decodePlace(b[64:])
	return spot{id: record.ID(b[:32]), sent: record.ID(b[32:64]), at: at}, err
}

// chain is a Head, the place that the last statement held has in the other side's chain,
// and what is missing on each side.
type chain struct {
	Head
	heldN uint64
	sides [2]holes
	// doubted says that the other side may hold what the store doesn't know; see UnknownHeld.
	doubted bool
}

// holes is what is missing on one side below its highest place. Copies share the arrays, so nothing is ever
// changed in them.
type holes struct {
	gaps []Range  // in order, apart from each other
	ends []uint64 // the highest place of each earlier epoch, in order
}

// take notes the statement at place n, where top is the highest place so far and nothing is held at n.
func (h *holes) take(n, top uint64) {
	switch end := h.end(n, top); {
	case n <= end:
		h.fill(n)
		return
	case end>>32 != n>>32: // the first of its epoch that is held
		h.open(n&^0xffff_ffff|1, n)
	default:
		h.open(end+1, n)
		h.ends = slices.DeleteFunc(slices.Clone(h.ends), func(e uint64) bool { return e == end })
	}
	switch {
	case n < top: // an earlier epoch goes further than was known
		h.closeEpoch(n)
	case top != 0 && top>>32 != n>>32:
		h.closeEpoch(top)
	}
}

// end returns the highest place held of n's epoch, or zero.
func (h *holes) end(n, top uint64) uint64 {
	if top>>32 == n>>32 {
		return top
	}
	for _, e := range h.ends {
		if e>>32 == n>>32 {
			return e
		}
	}
	return 0
}

func (h *holes) closeEpoch(last uint64) {
	i, found := slices.BinarySearch(h.ends, last)
	if found {
		return
	}
	h.ends = slices.Insert(slices.Clip(h.ends), i, last)
	if len(h.ends) > maxEnds {
		h.ends = h.ends[1:]
	}
}

// open notes that first up to, but not including, n is missing.
func (h *holes) open(first, n uint64) {
	if first == n {
		return
	}
	i, _ := slices.BinarySearchFunc(h.gaps, first, func(r Range, n uint64) int { return compare(r.First, n) })
	h.gaps = slices.Insert(slices.Clip(h.gaps), i, Range{first, n - 1})
	h.bound()
}

func (h *holes) fill(n uint64) {
	i := slices.IndexFunc(h.gaps, func(r Range) bool { return r.First <= n && n <= r.Last })
	if i < 0 {
		return
	}
	var left []Range
	if r := h.gaps[i]; r.First < n {
		left = append(left, Range{r.First, n - 1})
	}
	if r := h.gaps[i]; n < r.Last {
		left = append(left, Range{n + 1, r.Last})
	}
	h.gaps = slices.Replace(slices.Clone(h.gaps), i, i+1, left...)
	h.bound()
}

func (h *holes) bound() {
	if len(h.gaps) > maxGaps {
		h.gaps = append([]Range{{h.gaps[0].First, h.gaps[1].Last}}, h.gaps[2:]...)
	}
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// missing is how many bytes of the row say what is missing.
func (c chain) missing() int {
	n := 0
	for _, h := range c.sides {
		n += 16*len(h.gaps) + 8*len(h.ends)
	}
	if n == 0 && !c.doubted {
		return 0
	}
	return n + 2*len(c.sides) + 1
}

func (c chain) encode() []byte {
	missing := c.missing()
	b := binary.BigEndian.AppendUint64(make([]byte, 0, headSize+missing), c.N)
	b = binary.BigEndian.AppendUint64(append(b, c.Sent[:]...), c.heldN)
	b = append(b, c.Held[:]...)
	if missing == 0 {
		return b
	}
	for _, h := range c.sides {
		b = append(b, byte(len(h.gaps)), byte(len(h.ends)))
		for _, r := range h.gaps {
			b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, r.First), r.Last)
		}
		for _, e := range h.ends {
			b = binary.BigEndian.AppendUint64(b, e)
		}
	}
	if c.doubted {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeChain(b []byte) (chain, error) {
	if b == nil {
		return chain{}, nil
	}
	if len(b) < headSize {
		return chain{}, fmt.Errorf("%w: a chain's head of %d bytes", ErrCorrupt, len(b))
	}
	h := Head{N: binary.BigEndian.Uint64(b), Sent: record.ID(b[8:40]), Held: record.ID(b[48:80])}
	c := chain{Head: h, heldN: binary.BigEndian.Uint64(b[40:48])}
	rest := b[headSize:]
	if len(rest) == 0 {
		return c, nil
	}
	for i := range c.sides {
		var ok bool
		if c.sides[i], rest, ok = decodeHoles(rest); !ok {
			return chain{}, fmt.Errorf("%w: what a chain misses", ErrCorrupt)
		}
	}
	if len(rest) != 1 || rest[0] > 1 {
		return chain{}, fmt.Errorf("%w: what a chain misses", ErrCorrupt)
	}
	if c.doubted = rest[0] == 1; len(c.encode()) != len(b) {
		return chain{}, fmt.Errorf("%w: a chain's head of %d bytes", ErrCorrupt, len(b))
	}
	return c, nil
}

func decodeHoles(b []byte) (h holes, rest []byte, ok bool) {
	if len(b) < 2 {
		return h, nil, false
	}
	gaps, ends := int(b[0]), int(b[1])
	b = b[2:]
	if gaps > maxGaps || ends > maxEnds || len(b) < 16*gaps+8*ends {
		return h, nil, false
	}
	for range gaps {
		h.gaps = append(h.gaps, Range{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])})
		b = b[16:]
	}
	for range ends {
		h.ends = append(h.ends, binary.BigEndian.Uint64(b))
		b = b[8:]
	}
	return h, b, true
}
