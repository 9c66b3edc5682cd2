package listing

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/store"
)

// encode writes a line: numbers as varints, texts with their length before them, times in
// Unix ms with 0 for none. A change here needs another layout number.
func (k kept) encode() []byte {
	v := k.View
	e := encoder(make([]byte, 0, 512))
	e.fixed(v.ID[:], v.First[:], v.Second[:], v.Agreed[:], k.Sum[:], v.Body.About[:], v.Body.Answers[:], v.Body.Nonce[:], v.Body.Terms.Text[:])
	e.number(uint64(v.Me), uint64(v.State), uint64(v.Refused), uint64(v.EndedBy), uint64(v.Reason),
		bits(v.Withdrawn, v.Void, v.Unreceived, k.ByOffer))
	e.times(v.Began, v.Since, v.Body.AnswerBy, v.Body.ValidFrom, v.Body.ValidUntil)
	e.text(v.Body.Terms.Roster, v.Body.Terms.ID, v.Body.Terms.Version, v.Body.SecondName, v.Body.Purpose, v.Body.Law, v.Text, k.Proffered)
	e.list(v.Body.Data)
	e.list(k.Breaches)
	e.number(uint64(len(k.phases)))
	for i, p := range k.phases {
		same := i > 0 && p == k.phases[i-1]
		e.number(bits(same, p.InForce, p.Asked, p.Theirs, p.Expired))
		if !same {
			e.text(p.Words)
		}
	}
	return e
}

func decode(place uint64, b []byte) (kept, error) {
	k := kept{Line: Line{Place: place}}
	v := &k.View
	d := decoder{b: b}
	d.fixed(v.ID[:], v.First[:], v.Second[:], v.Agreed[:], k.Sum[:], v.Body.About[:], v.Body.Answers[:], v.Body.Nonce[:], v.Body.Terms.Text[:])
	v.Me, v.State, v.Refused = agreement.Side(d.number()), agreement.State(d.number()), answer.Status(d.number())
	v.EndedBy, v.Reason = agreement.Side(d.number()), agreement.Reason(d.number())
	set(d.number(), &v.Withdrawn, &v.Void, &v.Unreceived, &k.ByOffer)
	d.times(&v.Began, &v.Since, &v.Body.AnswerBy, &v.Body.ValidFrom, &v.Body.ValidUntil)
	d.text(&v.Body.Terms.Roster, &v.Body.Terms.ID, &v.Body.Terms.Version, &v.Body.SecondName, &v.Body.Purpose, &v.Body.Law, &v.Text, &k.Proffered)
	v.Body.Data, k.Breaches = d.list(), d.list()
	for n := d.number(); n > 0 && !d.short; n-- {
		var p phase
		var same bool
		if set(d.number(), &same, &p.InForce, &p.Asked, &p.Theirs, &p.Expired); same && len(k.phases) > 0 {
			p = k.phases[len(k.phases)-1]
		} else {
			d.text(&p.Words)
		}
		k.phases = append(k.phases, p)
	}
	if d.short || len(d.b) > 0 || len(k.phases) != len(cuts(v.Body))+1 {
		return kept{}, fmt.Errorf("%w: a line of the listing, %d bytes; try: byway store rebuild", store.ErrCorrupt, len(b))
	}
	return k, nil
}

func bits(flags ...bool) (out uint64) {
	for i, f := range flags {
		if f {
			out |= 1 << i
		}
	}
	return out
}

func set(bits uint64, flags ...*bool) {
	for i, f := range flags {
		*f = bits&(1<<i) != 0
	}
}

type encoder []byte

func (e *encoder) fixed(parts ...[]byte) {
	for _, p := range parts {
		*e = append(*e, p...)
	}
}

func (e *encoder) number(ns ...uint64) {
	for _, n := range ns {
		*e = binary.AppendUvarint(*e, n)
	}
}

func (e *encoder) times(ts ...time.Time) {
	for _, t := range ts {
		if t.IsZero() {
			e.number(0)
			continue
		}
		*e = binary.AppendUvarint(*e, uint64(t.UnixMilli()))
	}
}

func (e *encoder) text(ss ...string) {
	for _, s := range ss {
		e.number(uint64(len(s)))
		*e = append(*e, s...)
	}
}

func (e *encoder) list(ss []string) {
	e.number(uint64(len(ss)))
	e.text(ss...)
}

// decoder reads what an encoder wrote; short says that there was too little.
type decoder struct {
	b     []byte
	short bool
}

func (d *decoder) fixed(parts ...[]byte) {
	for _, p := range parts {
		d.b = d.b[copy(p, d.take(uint64(len(p)))):]
	}
}

// take returns the next n bytes, which stay where they are; none where there are fewer.
func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.short, d.b = true, nil
		return nil
	}
	return d.b[:n]
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.short, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) times(ts ...*time.Time) {
	for _, t := range ts {
		if ms := d.number(); ms != 0 {
			*t = time.UnixMilli(int64(ms)).UTC()
		}
	}
}

func (d *decoder) text(ss ...*string) {
	for _, s := range ss {
		b := d.take(d.number())
		*s, d.b = string(b), d.b[len(b):]
	}
}

func (d *decoder) list() (out []string) {
	for n := d.number(); n > 0 && !d.short; n-- {
		var s string
		d.text(&s)
		out = append(out, s)
	}
	return out
}
