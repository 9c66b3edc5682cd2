package agreement

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// scenario is one kind of message, and a receiver that is just waiting for it.
type scenario struct {
	name string
	to   Side
	good record.Record
	// held is what the receiver holds before it comes.
	held []record.Entry
	by   []record.Signer // all who sign good
}

// badRequest is one request that has to be refused, and how.
type badRequest struct {
	name string
	req  []byte
	want answer.Status
}

var (
	actorAlice  = recordtest.Signer("alice")
	actorBakery = recordtest.Signer("the bakery")
	actorOther  = recordtest.Signer("mallory")
)

// between is a fixed talk between alice and the bakery, each statement in its place.
type between struct {
	t                        testing.TB
	proffer, whole           record.Record
	alternative, wholeAlt    record.Record
	decline, declineAlt, end record.Record
	receipt                  record.Record
}

func newBetween(t testing.TB) between {
	t.Helper()
	w := between{t: t}
	d, err := profferDraft(actorAlice.Key(), actorBakery.Key(), someBody(), record.Link{N: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.proffer = formtest.Sign(t, d, actorAlice)
	w.whole = formtest.Sign(t, d, actorAlice, actorBakery)
	a := w.agreement(Second, w.proffer)
	w.alternative = w.sign(a, act{kind: KindAlternative, terms: other}, actorBakery)
	w.wholeAlt = formtest.Sign(t, formtest.Draft(w.alternative), actorBakery, actorAlice)
	w.decline = w.sign(a, act{kind: KindDecline, body: a.ID(), reason: ReasonTerms, text: "not these"}, actorBakery)
	w.end = w.sign(a, act{kind: KindEnd, reason: ReasonEnded}, actorBakery)
	a.me = First
	w.declineAlt = w.sign(a, act{kind: KindDecline, body: w.alternative.ID(), reason: ReasonPerson}, actorAlice)
	rd, err := receiptDraft(First, actorAlice.Key(), actorBakery.Key(), []Received{{ID: w.whole.ID(), Sum: w.whole.Sum(), Proffer: w.whole.ID()}}, record.Link{N: 2, Sent: w.proffer.ID()})
	if err != nil {
		t.Fatal(err)
	}
	w.receipt = formtest.Sign(t, rd, actorAlice)
	return w
}

func (w between) agreement(me Side, rs ...record.Record) Agreement {
	w.t.Helper()
	a := For(me)
	for _, r := range rs {
		var err error
		if _, a, err = a.applyOwn(r, epoch); err != nil {
			w.t.Fatal(err)
		}
	}
	return a
}

func (w between) sign(a Agreement, x act, by record.Signer) record.Record {
	w.t.Helper()
	d, err := a.draft(x, record.Link{N: 1}, [16]byte{7}, epoch)
	if err != nil {
		w.t.Fatal(err)
	}
	return formtest.Sign(w.t, d, by)
}

func (w between) entries(me Side, rs ...record.Record) []record.Entry {
	w.t.Helper()
	var out []record.Entry
	for _, r := range rs {
		v, err := r.Verify(record.Want{At: epoch})
		if err != nil {
			w.t.Fatal(err)
		}
		m, err := Read(v)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, record.Entry{Subject: w.proffer.ID(), At: epoch, Mine: m.By == me, Rec: v})
	}
	return out
}

func (w between) scenarios() []scenario {
	both := []record.Signer{actorAlice, actorBakery}
	alice, bakery := both[:1], both[1:]
	return []scenario{
		{"proffer", Second, w.proffer, nil, alice},
		{"accept", First, w.whole, w.entries(First, w.proffer), both},
		{"alternative", First, w.alternative, w.entries(First, w.proffer), bakery},
		{"accept of an alternative", Second, w.wholeAlt, w.entries(Second, w.proffer, w.alternative), both},
		{"decline", First, w.decline, w.entries(First, w.proffer), bakery},
		{"decline of an alternative", Second, w.declineAlt, w.entries(Second, w.proffer, w.alternative), alice},
		{"end", First, w.end, w.entries(First, w.proffer, w.whole), bakery},
		{"receipt", Second, w.receipt, w.entries(Second, w.proffer, w.whole), alice},
	}
}

// receiver is the service that the message goes to, with its journal.
func (s scenario) receiver(now time.Time) (*Service, *memJournal) {
	j := newJournal()
	if len(s.held) > 0 {
		j.entries[s.held[0].Subject] = slices.Clone(s.held)
	}
	me := actorAlice
	if s.to == Second {
		me = actorBakery
	}
	return NewService(Config{
		Journal: j, Keys: ring{me}, Caller: &wire{}, Rand: zeros{}, Now: func() time.Time { return now },
		Decider: &script{say: []Decision{{Kind: Accept}}},
	}), j
}

func (w between) request(rec []byte, with ...[]byte) []byte {
	w.t.Helper()
	b, err := request{rec: rec, with: with}.encode()
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// bad are the requests that a scenario's receiver has to refuse.
func (w between) bad(s scenario) []badRequest {
	good := s.good.Bytes()
	changed := func(f func([]byte) []byte) []byte { return w.request(f(bytes.Clone(good))) }
	again := func(f func(*record.Draft), more ...record.Signer) []byte {
		d := formtest.Draft(s.good)
		f(&d)
		return w.request(formtest.Sign(w.t, d, append(slices.Clone(s.by), more...)...).Bytes())
	}
	return []badRequest{
		{"no record", w.request(nil), answer.Malformed},
		{"no request", []byte{0xff, 0xff, 0xff}, answer.Malformed},
		{"oversize request", make([]byte, MaxRequest+1), answer.TooLarge},
		{"oversize record", changed(func(b []byte) []byte { return append(b, make([]byte, record.MaxRecord)...) }), answer.TooLarge},
		{"truncated", w.request(good[:len(good)-1]), answer.Malformed},
		{"a byte after the end", changed(func(b []byte) []byte { return append(b, 0) }), answer.Malformed},
		{"unknown version of the framing", changed(func(b []byte) []byte { b[len("byway-re")] = 99; return b }), answer.UnknownVersion},
		{"unknown version of the payload", again(func(d *record.Draft) { d.Version = 99 }), answer.UnknownVersion},
		{"another type", again(func(d *record.Draft) { d.Type = "test.other" }), answer.UnknownType},
		{"wrongly signed", changed(func(b []byte) []byte { b[len(b)-40] ^= 1; return b }), answer.BadSignature},
		{"signed by a second key", again(func(d *record.Draft) {
			d.Signers = append(d.Signers, record.Signatory{Role: 99, Key: actorOther.Key()})
		}, actorOther), answer.WrongSigner},
		{"signed in another role", again(func(d *record.Draft) { d.Signers[len(d.Signers)-1].Role = 99 }), answer.WrongSigner},
		{"a payload that is none", again(func(d *record.Draft) { d.Payload = []byte{0xff, 0xff} }), answer.Malformed},
		{"an empty payload", again(func(d *record.Draft) { d.Payload = nil }), answer.Malformed},
		{"wrongly addressed", w.request(w.readdressed(s)), answer.NotAddressed},
		{"more than may go along", w.request(good, good, good, good, good, good), answer.TooLarge},
		{"a message of this protocol goes along", w.request(good, good), map[bool]answer.Status{true: answer.UnknownType, false: answer.Malformed}[s.name == "proffer"]},
	}
}

// readdressed is the message with mallory in the receiver's place.
func (w between) readdressed(s scenario) []byte {
	d := formtest.Draft(s.good)
	me, by := actorBakery.Key(), []record.Signer{actorAlice}
	if s.to == First {
		me, by = actorAlice.Key(), []record.Signer{actorBakery}
	}
	for i := range d.Signers {
		if d.Signers[i].Key == me {
			d.Signers[i].Key = actorOther.Key()
			if len(s.by) == 2 {
				by = append(by, actorOther)
			}
		}
	}
	if d.Recipient == me {
		d.Recipient = actorOther.Key()
	}
	return formtest.Sign(w.t, d, by...).Bytes()
}

// contradicting are requests whose form is right and that don't fit what is held.
func (w between) contradicting() map[string][]badRequest {
	stranger := someBody()
	stranger.Nonce[5] = 9
	d, err := profferDraft(actorAlice.Key(), actorBakery.Key(), stranger, record.Link{N: 3, Sent: w.proffer.ID()})
	if err != nil {
		w.t.Fatal(err)
	}
	x := formtest.Sign(w.t, d, actorAlice)
	a := w.agreement(Second, x)
	alt := w.sign(a, act{kind: KindAlternative, terms: other}, actorBakery)
	wider := w.agreement(Second, w.proffer)
	f := *wider.proffer
	f.m.Body.Data = append(slices.Clone(f.m.Body.Data), "health")
	wider.proffer = &f
	wide := w.sign(wider, act{kind: KindAlternative, terms: other}, actorBakery)
	late := someBody()
	late.AnswerBy = epoch.Add(-time.Second)
	ld, err := profferDraft(actorAlice.Key(), actorBakery.Key(), late, record.Link{N: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	otherSum, err := receiptDraft(First, actorAlice.Key(), actorBakery.Key(), []Received{{ID: w.whole.ID(), Sum: [32]byte{1}, Proffer: w.whole.ID()}}, record.Link{N: 2, Sent: w.proffer.ID()})
	if err != nil {
		w.t.Fatal(err)
	}
	unknownSum, err := receiptDraft(First, actorAlice.Key(), actorBakery.Key(), []Received{{ID: x.ID(), Sum: x.Sum(), Proffer: x.ID()}}, record.Link{N: 2, Sent: w.proffer.ID()})
	if err != nil {
		w.t.Fatal(err)
	}
	byOther := formtest.Draft(w.end)
	byOther.Signers[0].Key = actorOther.Key()
	secondOnly := formtest.Sign(w.t, formtest.Draft(w.proffer), actorBakery)
	firstOnly := formtest.Sign(w.t, formtest.Draft(w.alternative), actorAlice)
	toUnknown := formtest.Sign(w.t, formtest.Draft(alt), actorBakery, actorAlice)
	more := w.uncommitted()
	return map[string][]badRequest{
		"proffer": append([]badRequest{
			{"expired", w.request(formtest.Sign(w.t, ld, actorAlice).Bytes()), answer.Expired},
			{"alternative signed by the person alone", w.request(firstOnly.Bytes()), answer.WrongSigner},
		}, more["proffer"]...),
		"accept": {
			{"of an unknown proffer", w.request(formtest.Sign(w.t, d, actorAlice, actorBakery).Bytes()), answer.NotFound},
			{"without the person's signature", w.request(secondOnly.Bytes()), answer.WrongSigner},
		},
		"alternative": append([]badRequest{
			{"to an unknown proffer", w.request(alt.Bytes()), answer.NotFound},
			{"that asks for more data", w.request(wide.Bytes()), answer.Malformed},
		}, more["alternative"]...),
		"accept of an alternative": {
			{"to an unknown proffer", w.request(toUnknown.Bytes()), answer.NotFound},
		},
		"decline": {
			{"of an unknown proffer", w.request(w.sign(a, act{kind: KindDecline, body: a.ID()}, actorBakery).Bytes()), answer.NotFound},
		},
		"end": {
			{"of an unknown proffer", w.request(w.sign(a, act{kind: KindEnd}, actorBakery).Bytes()), answer.NotFound},
			{"by somebody else", w.request(formtest.Sign(w.t, byOther, actorOther).Bytes()), answer.WrongSigner},
		},
		"receipt": {
			{"of other bytes", w.request(formtest.Sign(w.t, otherSum, actorAlice).Bytes()), answer.Conflict},
			{"of an unknown record", w.request(formtest.Sign(w.t, unknownSum, actorAlice).Bytes()), answer.NotFound},
		},
	}
}
