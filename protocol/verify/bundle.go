package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// bundle is a file of evidence in which every record is genuine and in its place.
type bundle struct {
	id                    digest   // of the thread
	roster, taking, offer *message // nil for none
	rows                  []row    // of the roster
	all                   []*message
	thread                *thread
}

func parseBundle(b []byte, at time.Time) (e *bundle, err error) {
	body := b[:max(len(b)-sha256.Size, 0)]
	if len(b) > 8<<20 {
		return nil, fmt.Errorf("%w: %d bytes, at most 8 MiB", ErrTooLarge, len(b))
	}
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, fmt.Errorf("%w: it was changed or cut since it was made", ErrMalformed)
	}
	c := cursor{b: body}
	record := func(needed bool) (m *message) {
		if one := c.block(4, maxRecord); c.err == nil && (needed || len(one) > 0) {
			m, c.err = open(one, at)
		}
		return m
	}
	c.magic("byway-ev")
	e = &bundle{id: c.digest(), roster: record(false), taking: record(false), offer: record(false)}
	n := c.uint(2)
	if n > 4096 {
		c.fail(ErrTooLarge, "%d records, at most 4096", n)
	}
	for ; n > 0 && c.err == nil; n-- {
		e.all = append(e.all, record(true))
	}
	if err = c.end(); err == nil {
		e.thread, err = fold(e.id, e.all)
	}
	switch {
	case err != nil:
	case e.roster != nil && !e.readRoster():
		err = fmt.Errorf("%w: its roster is none", ErrMalformed)
	case !e.ordered():
		err = fmt.Errorf("%w: out of order, twice, of somebody else, or with a second signature of one signer", ErrConflict)
	case !e.taken(at):
		err = fmt.Errorf("%w: the offer, its taking and the proffer", ErrConflict)
	}
	return e, err
}

// side is which of the two said m: they come one after the other.
func (e *bundle) side(m *message) int {
	return slices.Index([]key{person: e.thread.head.first, organisation: e.thread.head.second}, m.author)
}

// ordered holds each record to its one place, and lets none in that isn't between the two alone.
func (e *bundle) ordered() bool {
	h, made, last, ok := e.thread.head, map[string][]byte{}, []byte{}, true
	for _, m := range e.all {
		place := slices.Concat(binary.BigEndian.AppendUint64([]byte{byte(e.side(m))}, m.n), m.id[:], m.sum[:])
		ok, last = ok && bytes.Compare(last, place) < 0, place
		for _, s := range append([]signer{{key: m.to}}, m.signers...) {
			ok = ok && (s.key == h.first || s.key == h.second)
		}
		for _, x := range m.sigs {
			k, is := fmt.Sprint(m.id, x.signer), slices.Concat(x.delegation, x.bytes)
			ok = ok && (made[k] == nil || bytes.Equal(made[k], is))
			made[k] = is
		}
	}
	return ok
}

// taken holds the taking to this thread, and the offer to the taking and to the acceptance in it.
func (e *bundle) taken(at time.Time) bool {
	h, t, o := e.thread.head, e.taking, e.offer
	var offer, caster, fresh, vendor, proffer, acceptance, cast []byte
	if t == nil {
		return o == nil
	}
	by := t.signers[0].key
	ok := t.is("offer.taking", h.second, signer{4, by}, signer{5, h.first}) && len(t.sigs) == 2 &&
		decode(t.payload, fields{1: &offer, 2: &caster, 3: &fresh, 4: &vendor, 5: &proffer}) && len(offer) == len(e.id) &&
		bytes.Equal(slices.Concat(caster, fresh, vendor, proffer), slices.Concat(by[:], h.first[:], t.to[:], e.id[:]))
	if o == nil || !ok {
		return ok
	}
	ok = o.is("offer.offer", by, signer{1, h.second}) && bytes.Equal(offer, o.id[:]) && decode(o.payload, fields{1: &acceptance, 2: &cast})
	a, err := open(acceptance, at)
	return ok && err == nil && a.kind == "acceptance" && a.first == by && a.second == h.second && bytes.Equal(a.body.about[:], cast)
}
