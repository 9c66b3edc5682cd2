package resume

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

var (
	some  = record.SumID([]byte("some statement"))
	after = record.Link{N: record.Place(1, 1), Sent: some, Held: some}
	later = record.Link{N: 7, Sent: some}
)

func goodResume() Claim {
	return Claim{Epoch: 1, Sent: 7, Held: 9, LostSent: []Span{{2, 3}, {5, 7}}, LostHeld: []Span{{9, 9}}, Records: []record.ID{some}, Nonce: [NonceSize]byte{1, 2, 3}}
}

// badly returns a claim of a type with any payload, at any place.
func badly(t testing.TB, typ record.Type, l record.Link, m *bywayv1.Claim) []byte {
	t.Helper()
	payload, err := deterministic.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return formtest.Sign(t, record.Draft{
		Type: typ, Version: version, Recipient: bakery.Key(), Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}},
	}, alice).Bytes()
}

// bad are claims that no reader takes: their place, and what they say.
func bad(t testing.TB) map[string][]byte {
	many := make([]*bywayv1.Span, MaxSpans+1)
	for i := range many {
		many[i] = &bywayv1.Span{First: uint64(2*i + 1), Last: uint64(2*i + 1)}
	}
	ids := slices.Repeat([][]byte{some[:]}, MaxRecords+1)
	resume := func(l record.Link, m *bywayv1.Claim) []byte { return badly(t, TypeResume, l, m) }
	ask := func(m *bywayv1.Claim) []byte { return badly(t, TypeAsk, later, m) }
	spans := func(ns ...uint64) (out []*bywayv1.Span) {
		for i := 0; i < len(ns); i += 2 {
			out = append(out, &bywayv1.Span{First: ns[i], Last: ns[i+1]})
		}
		return out
	}
	return map[string][]byte{
		"resume of no epoch":             resume(after, &bywayv1.Claim{Sent: 7, Held: 9}),
		"resume of another epoch":        resume(after, &bywayv1.Claim{Epoch: 2, Sent: 7, Held: 9}),
		"resume that isn't the first":    resume(record.Link{N: record.Place(1, 2), Sent: some, Held: some}, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 9}),
		"resume that knows itself":       resume(after, &bywayv1.Claim{Epoch: 1, Sent: record.Place(1, 1), Held: 9}),
		"resume with sent but no n":      resume(after, &bywayv1.Claim{Epoch: 1, Held: 9}),
		"resume with held but no n":      resume(after, &bywayv1.Claim{Epoch: 1, Sent: 7}),
		"resume with n but no held":      resume(record.Link{N: record.Place(1, 1), Sent: some}, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 9}),
		"resume with a countless place":  resume(after, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 1 << 32}),
		"resume that lost what is later": resume(after, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 9, LostSent: spans(7, 8)}),
		"ask for nothing":                ask(&bywayv1.Claim{}),
		"resume with a short nonce":      resume(after, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 9, Nonce: make([]byte, NonceSize-1)}),
		"resume with a nonce of zeros":   resume(after, &bywayv1.Claim{Epoch: 1, Sent: 7, Held: 9, Nonce: make([]byte, NonceSize)}),
		"ask with a nonce":               ask(&bywayv1.Claim{LostHeld: spans(1, 1), Nonce: slices.Repeat([]byte{1}, NonceSize)}),
		"ask that says what it knows":    ask(&bywayv1.Claim{Sent: 1, LostHeld: spans(1, 1)}),
		"ask that says what it holds":    ask(&bywayv1.Claim{Held: 9, LostHeld: spans(1, 1)}),
		"ask of an epoch":                ask(&bywayv1.Claim{Epoch: 1, LostHeld: spans(1, 1)}),
		"span from 0":                    ask(&bywayv1.Claim{LostHeld: spans(0, 1)}),
		"span backwards":                 ask(&bywayv1.Claim{LostHeld: spans(2, 1)}),
		"spans that overlap":             ask(&bywayv1.Claim{LostSent: spans(1, 2, 2, 3)}),
		"too many spans":                 ask(&bywayv1.Claim{LostSent: many}),
		"too many records":               ask(&bywayv1.Claim{Records: ids}),
		"short id":                       ask(&bywayv1.Claim{Records: [][]byte{some[:31]}}),
		"id of zeros":                    ask(&bywayv1.Claim{Records: [][]byte{make([]byte, 32)}}),
	}
}

func vectors(t testing.TB) []recordtest.Vector {
	resume, err := New(t.Context(), goodResume(), bakery.Key(), after, alice)
	if err != nil {
		t.Fatal(err)
	}
	nothing, err := New(t.Context(), Claim{Epoch: 1}, bakery.Key(), record.Link{N: record.Place(1, 1)}, alice)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := New(t.Context(), Claim{LostHeld: []Span{{2, 3}}}, bakery.Key(), later, alice)
	if err != nil {
		t.Fatal(err)
	}
	adjoining, err := New(t.Context(), Claim{LostHeld: []Span{{2, 3}, {4, record.Place(1, 2)}}, Records: []record.ID{some, some}}, bakery.Key(), later, alice)
	if err != nil {
		t.Fatal(err)
	}
	wide := formtest.Draft(resume) // 2^32 + 1 where 32 bits are wanted; of a field that comes twice the last counts
	wide.Payload = append(wide.Payload, 8, 0x81, 0x80, 0x80, 0x80, 0x10)
	large := formtest.Draft(resume) // by an unknown field of 12,000 bytes
	large.Payload = append(append(large.Payload, 0xfa, 0x3f, 0xe0, 0x5d), make([]byte, 12_000)...)
	unsigned := append(resume.Bytes()[:8+1+4+len(resume.Statement().Bytes()):8+1+4+len(resume.Statement().Bytes())], 0)
	vs := []recordtest.Vector{
		formtest.Vector("resume over 12288 bytes", record.ErrTooLarge, ErrMalformed, formtest.Sign(t, large, alice).Bytes()),
		formtest.Vector("resume without a signature", record.ErrIncomplete, ErrMalformed, unsigned),
		formtest.Vector("resume", nil, ErrMalformed, resume.Bytes()),
		formtest.Vector("resume of one that knows nothing", nil, ErrMalformed, nothing.Bytes()),
		formtest.Vector("ask", nil, ErrMalformed, ask.Bytes()),
		formtest.Vector("ask with spans that adjoin and an id twice", nil, ErrMalformed, adjoining.Bytes()),
		formtest.Vector("resume of epoch 1 and 32 bits more", nil, ErrMalformed, formtest.Sign(t, wide, alice).Bytes()),
	}
	vs = append(vs, formtest.Vectors("resume", formtest.Broken(t, resume, ErrMalformed, alice), ErrMalformed)...)
	bad := bad(t)
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		vs = append(vs, formtest.Vector(name, ErrMalformed, ErrMalformed, bad[name]))
	}
	return vs
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, vectors(t)) }

// judge reads a vector as the bakery does.
func judge(b []byte) error {
	r, err := record.ParseRecord(b)
	if err != nil {
		return err
	}
	if _, err := read(r); err != nil {
		return err
	}
	_, err = r.Verify(record.Want{To: func(k record.Key) bool { return k == bakery.Key() }, Complete: true})
	return err
}

func TestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		if err := judge(v.Body); formtest.Outcome(err, ErrMalformed) != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
	}
}

func TestWhatNobodyMaySayIsntSigned(t *testing.T) {
	for name, c := range map[string]Claim{
		"an ask for nothing":      {},
		"a resume out of place":   {Epoch: 2, Sent: 7, Held: 9},
		"a resume of what isn't":  {Epoch: 1, Sent: 7},
		"an ask with wild places": {LostHeld: []Span{{3, 1}}},
	} {
		if _, err := New(t.Context(), c, bakery.Key(), after, alice); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func FuzzClaim(f *testing.F) {
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		if r, err := record.ParseRecord(v.Body); err == nil {
			f.Add(r.Statement().Payload())
		}
	}
	recordtest.RoundTrip(f, unmarshal, Claim.marshal)
}

func FuzzProof(f *testing.F) {
	k := bakery.Key()
	b, err := proof{claim: some, to: k, seal: append([]byte{9}, make([]byte, sealSize-1)...)}.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	recordtest.RoundTrip(f, unmarshalProof, proof.marshal)
}

func FuzzPage(f *testing.F) {
	b, err := page{records: [][]byte{{1}, {2, 3}}, kept: []time.Time{time.UnixMilli(1), time.UnixMilli(2)}, next: Cursor{Held, 7, 2}, clone: true}.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	recordtest.RoundTrip(f, unmarshalPage, page.marshal)
}

func FuzzNote(f *testing.F) {
	f.Add(note{kind: noteNext, next: Cursor{Held, 7, 2}}.encode(some))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, n, ok := parseNote(b)
		if !ok {
			return
		}
		if id2, again, ok := parseNote(n.encode(id)); !ok || again != n || id2 != id {
			t.Errorf("%q reads as %+v, then as %+v", b, n, again)
		}
	})
}
