package evidence

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// vector is a bundle judged at noon.
func vector(about, state string, faults int, body []byte) recordtest.Vector {
	v := formtest.Vector(about, nil, ErrMalformed, body)
	v.Headers = []recordtest.Header{{Key: "about", Value: about}, {Key: "at", Value: fmt.Sprint(noon.UnixMilli())}}
	if state == "" {
		v.Headers = append(v.Headers, recordtest.Header{Key: "expect", Value: "refused"})
		return v
	}
	v.Headers = append(v.Headers, recordtest.Header{Key: "expect", Value: "ok"}, recordtest.Header{Key: "state", Value: state}, recordtest.Header{Key: "faults", Value: fmt.Sprint(faults)})
	return v
}

// judged is a bundle without faults, or one that is refused, judged so long after noon.
func judged(about, state string, after time.Duration, body []byte) recordtest.Vector {
	v := vector(about, state, 0, body)
	v.Headers[1].Value = fmt.Sprint(noon.Add(after).UnixMilli())
	return v
}

// made are all vectors: bundles that are read, with what they amount to, and such that are refused.
func made(t testing.TB) []recordtest.Vector {
	k := newTalk(t)
	bare := func(vs ...record.Verified) []byte {
		return k.bundle(Parts{Thread: k.proffer.ID(), Records: vs}).Bytes()
	}
	full := k.bundle(k.parts()).Bytes()
	lost := k.parts()
	lost.Offer = record.Verified{}
	id := k.proffer.ID()
	decline := k.says(bakery, alice, record.RoleSecond, "agreement.decline", record.Link{N: 2, Sent: k.end.ID()}, &bywayv1.Decline{Body: id[:], Reason: 1})
	out := []recordtest.Vector{
		vector("all that there is", "ended", 0, full),
		vector("the offer lost", "ended", 0, k.bundle(lost).Bytes()),
		vector("no more than the body", "complete", 1, bare(k.whole)),
		vector("a proffer alone", "open", 0, bare(k.before, k.proffer)),
		vector("declined", "answered", 1, bare(k.before, k.proffer, decline)),
		vector("an acceptance", "complete", 0, k.bundle(Parts{Thread: k.acceptance.ID(), Records: []record.Verified{k.acceptance, k.offer}}).Bytes()),
	}
	return slices.Concat(out, k.chains(), k.breaches(), k.receipts(), k.delegates(), k.refused(full), k.misfits(), k.misfitTakings(), k.misfitOffers())
}

func (k *talk) refused(full []byte) []recordtest.Vector {
	body := full[:len(full)-32]
	change := func(at int, to byte) []byte {
		b := bytes.Clone(body)
		b[at] = to
		return summed(b)
	}
	id := k.proffer.ID()
	changed, unsummed := bytes.Clone(full), bytes.Clone(full)
	changed[50] ^= 1
	unsummed[len(unsummed)-1] ^= 1
	return []recordtest.Vector{
		vector("changed", "", 0, changed),
		vector("the sum alone changed", "", 0, unsummed),
		vector("cut", "", 0, full[:len(full)-1]),
		vector("a byte more", "", 0, append(bytes.Clone(full), 0)),
		vector("a byte more and summed anew", "", 0, summed(append(bytes.Clone(body), 0))),
		vector("another magic", "", 0, change(0, 'B')),
		vector("a newer version", "", 0, change(8, 2)),
		vector("another thread", "", 0, change(9, body[9]^1)),
		vector("a signature changed", "", 0, change(len(body)-1, body[len(body)-1]^1)),
		vector("no records", "", 0, raw(Parts{Thread: id})),
		vector("out of order", "", 0, raw(Parts{Thread: id, Records: []record.Verified{k.whole, k.before}})),
		vector("twice", "", 0, raw(Parts{Thread: id, Records: []record.Verified{k.whole, k.whole}})),
		vector("somebody else's", "", 0, raw(Parts{Thread: id, Records: []record.Verified{k.elsewhere, k.whole}})),
		vector("the offer alone", "", 0, raw(Parts{Thread: id, Offer: k.offer, Records: []record.Verified{k.whole}})),
		vector("an end as the taking", "", 0, raw(Parts{Thread: id, Taking: k.end, Records: []record.Verified{k.whole}})),
		vector("an end as the roster", "", 0, raw(Parts{Thread: id, Roster: k.end, Records: []record.Verified{k.whole}})),
		vector("begins with an end", "", 0, raw(Parts{Thread: k.end.ID(), Records: []record.Verified{k.end}})),
	}
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsAreReadOrRefused(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		at, err := strconv.ParseInt(v.Get("at"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(v.Body, time.UnixMilli(at))
		if (err == nil) != (v.Get("expect") == "ok") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
		if err != nil {
			if b.Bytes() != nil {
				t.Errorf("%s: it is returned although it is refused", v.Name)
			}
			continue
		}
		if s := b.Agreement().State().String(); s != v.Get("state") || fmt.Sprint(len(b.Faults())) != v.Get("faults") {
			t.Errorf("%s: %s with faults %q, want %s with %s", v.Name, s, b.Faults(), v.Get("state"), v.Get("faults"))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		if len(v.Body) > 32 {
			f.Add(v.Body[:len(v.Body)-32])
		}
	}
	recordtest.RoundTrip(f,
		func(body []byte) (Bundle, error) { return Parse(summed(body), noon) },
		func(b Bundle) ([]byte, error) {
			p := Parts{At: noon, Thread: b.Thread(), Taking: b.Taking(), Offer: b.Offer(), Records: b.Records()}
			if b.Roster() != nil {
				p.Roster = b.Roster().Record()
			}
			again, err := New(p)
			if err != nil {
				return nil, err
			}
			return again.Bytes()[:len(again.Bytes())-32], nil
		}, recordtest.Exact(), recordtest.Alloc(600, 64<<20))
}
