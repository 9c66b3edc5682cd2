package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

// talk is what alice and the bakery say to each other in these tests.
type talk struct {
	t                         testing.TB
	alice, bakery             record.Signer
	proffer, whole, end, note record.Verified
}

func newTalk(t testing.TB) *talk {
	t.Helper()
	k := &talk{t: t, alice: recordtest.Signer("alice"), bakery: recordtest.Signer("the bakery")}
	base, ok := terms.Default().Lookup("SD-BASE")
	if !ok {
		t.Fatal("no SD-BASE")
	}
	body := record.Draft{
		Type: "agreement.body", Version: 1, Recipient: k.bakery.Key(), Link: record.Link{N: 1},
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: k.alice.Key()}, {Role: record.RoleSecond, Key: k.bakery.Key()}},
		Payload: k.encode(&bywayv1.AgreementBody{Terms: terms.ToWire(base.Ref), SecondName: "The Bakery", AnswerBy: 1767225600000, Nonce: make([]byte, 16)}),
	}
	k.proffer, k.whole = k.sign(body, k.alice), k.sign(body, k.alice, k.bakery)
	id := k.proffer.ID()
	k.end = k.says(k.bakery, record.RoleSecond, "agreement.end", record.Link{N: 1, Held: id}, &bywayv1.End{Body: id[:], Reason: 5, Text: "we close"})
	k.note = k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 2, Sent: id}, &bywayv1.End{})
	return k
}

func (k *talk) encode(m proto.Message) []byte {
	k.t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (k *talk) sign(d record.Draft, by ...record.Signer) record.Verified {
	k.t.Helper()
	v, err := formtest.Sign(k.t, d, by...).Verify(record.Want{})
	if err != nil {
		k.t.Fatal(err)
	}
	return v
}

func (k *talk) says(by record.Signer, as record.Role, typ record.Type, l record.Link, m proto.Message) record.Verified {
	to := k.bakery.Key()
	if by.Key() == to {
		to = k.alice.Key()
	}
	return k.sign(record.Draft{Type: typ, Version: 1, Recipient: to, Link: l, Signers: []record.Signatory{{Role: as, Key: by.Key()}}, Payload: k.encode(m)}, by)
}

func (k *talk) bundle(vs ...record.Verified) evidence.Bundle {
	k.t.Helper()
	b, err := evidence.New(evidence.Parts{Thread: k.proffer.ID(), Roster: terms.Default().Record(), Records: vs})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func someBundle(t testing.TB) evidence.Bundle {
	k := newTalk(t)
	return k.bundle(k.proffer, k.whole, k.end, k.note)
}

func summed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return slices.Concat(body, sum[:])
}

// refused fails the test where one of the readers takes b.
func refused(t *testing.T, what string, at int, b []byte) {
	t.Helper()
	if _, err := Bundle(bytes.Clone(b), judgedAt); err == nil {
		t.Errorf("%s at %d: taken", what, at)
	}
	if _, err := evidence.Parse(bytes.Clone(b), judgedAt); err == nil {
		t.Errorf("%s at %d: taken by the main reader", what, at)
	}
}

func TestABundleWithAnyByteChangedIsRefused(t *testing.T) {
	whole := someBundle(t).Bytes()
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			refused(t, "a bit changed", i, b)
		}
	}
	for i := 0; i < len(whole); i += 61 {
		for by := 1; by < 256; by++ {
			b := bytes.Clone(whole)
			b[i] ^= byte(by)
			refused(t, "a byte changed", i, b)
		}
	}
	if !t.Failed() {
		t.Logf("0 accepted, of changes to each of %d bytes", len(whole))
	}
}

// full returns the bundle of a thread that took an offer: each part that a bundle can have is in it.
func full(t *testing.T) []byte {
	t.Helper()
	for _, v := range recordtest.Vectors(t, "../evidence/testdata/vectors") {
		if v.Name == "all-that-there-is" {
			return v.Body
		}
	}
	t.Fatal("no such vector")
	return nil
}

func TestABundleWithAnOfferChangedInAnyByteIsRefused(t *testing.T) {
	whole := full(t)
	if _, err := Bundle(bytes.Clone(whole), judgedAt); err != nil {
		t.Fatal(err)
	}
	body, step := whole[:len(whole)-sha256.Size], 1
	if testing.Short() {
		step = 29
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		refused(t, "a bit changed", i, b)
		if i < len(body) && i%step == 0 {
			refused(t, "a bit changed and summed anew", i, summed(b[:len(body)]))
		}
	}
}

func TestNoMoreRecordsAreReadThanABundleHas(t *testing.T) {
	k := newTalk(t)
	vs, last := []record.Verified{k.whole}, k.whole.ID()
	for n := uint64(2); n <= evidence.MaxRecords; n++ {
		v := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: n, Sent: last}, &bywayv1.End{})
		vs, last = append(vs, v), v.ID()
	}
	most := k.bundle(vs...).Bytes()
	if _, err := Bundle(most, judgedAt); err != nil {
		t.Fatal(err)
	}
	one := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: evidence.MaxRecords + 1, Sent: last}, &bywayv1.End{}).Bytes()
	over := slices.Concat(most[:len(most)-sha256.Size], binary.BigEndian.AppendUint32(nil, uint32(len(one))), one)
	at := 41 + 4 + len(terms.Default().Record().Bytes()) + 4 + 4 // where the number stands
	binary.BigEndian.PutUint16(over[at:], evidence.MaxRecords+1)
	refused(t, "a record more than there may be", at, summed(over))
	if _, err := Bundle(summed(over), judgedAt); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// sized returns a bundle of records that are as large as they may be, of so many bytes in all.
func (k *talk) sized(t *testing.T, size int) []byte {
	t.Helper()
	const most, less = 48_000, 24_000 // of bytes that say nothing
	out := []record.Verified{k.whole}
	for n, last, left := uint64(2), k.whole.ID(), size-41-3*4-2-4-len(k.whole.Bytes())-sha256.Size; left > 0; n++ {
		l := record.Link{N: n, Sent: last}
		around := 4 + len(k.says(k.alice, record.RoleFirst, "example.note", l, &bywayv1.Acceptance{Carrier: make([]byte, less)}).Bytes()) - less
		fill := left - around
		if fill > most {
			fill = min(most, left-2*around-less)
		}
		v := k.says(k.alice, record.RoleFirst, "example.note", l, &bywayv1.Acceptance{Carrier: make([]byte, fill)})
		out, last, left = append(out, v), v.ID(), left-4-len(v.Bytes())
	}
	id := k.whole.ID()
	b := slices.Concat([]byte("byway-ev\x01"), id[:], make([]byte, 12), binary.BigEndian.AppendUint16(nil, uint16(len(out))))
	for _, v := range out {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(v.Bytes()))), v.Bytes()...)
	}
	if b = summed(b); len(b) != size {
		t.Fatalf("%d bytes, want %d", len(b), size)
	}
	return b
}

func TestABundleHasEightMiBAtMost(t *testing.T) {
	k := newTalk(t)
	most := k.sized(t, evidence.MaxBundle)
	if _, err := Bundle(most, judgedAt); err != nil {
		t.Error(err)
	}
	if _, err := evidence.Parse(most, judgedAt); err != nil {
		t.Error(err)
	}
	refused(t, "a byte more than there may be", evidence.MaxBundle, k.sized(t, evidence.MaxBundle+1))
}

// Whoever changes a bundle can make its checksum anew: then the signatures and the one form refuse it.
func TestABundleChangedAndSummedAnewIsRefused(t *testing.T) {
	whole := someBundle(t).Bytes()
	body := whole[:len(whole)-sha256.Size]
	step := 1
	if testing.Short() {
		step = 13 // under the race detector each signature takes its time
	}
	for i := 0; i < len(body); i += step {
		b := bytes.Clone(body)
		b[i] ^= 1 << (i % 8)
		refused(t, "a bit changed and summed anew", i, summed(b))
	}
	for n := range body {
		if n%17 == 0 {
			refused(t, "cut and summed anew", n, summed(body[:n]))
		}
	}
	refused(t, "a byte more and summed anew", len(body), summed(append(bytes.Clone(body), 0)))
}

func TestABundleCutOrWithMoreIsRefused(t *testing.T) {
	whole := someBundle(t).Bytes()
	for n := range whole {
		refused(t, "cut", n, whole[:n])
	}
	for _, more := range [][]byte{{0}, {0xff}, whole[:32], whole, make([]byte, sha256.Size)} {
		refused(t, "more", len(whole), slices.Concat(whole, more))
		refused(t, "more before", 0, slices.Concat(more, whole))
	}
}

func TestABundleSaysWhatWasAgreedAndWhatIsMissing(t *testing.T) {
	k := newTalk(t)
	gap := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 5, Sent: record.SumID(nil)}, &bywayv1.End{})
	fork := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 2, Sent: k.proffer.ID()}, &bywayv1.End{Text: "another"})
	rewrite := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 2, Sent: record.SumID(nil)}, &bywayv1.End{})
	again := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 1<<32 + 1, Sent: k.note.ID()}, &bywayv1.End{})
	anew := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 1<<32 + 1}, &bywayv1.End{})
	later := k.says(k.alice, record.RoleFirst, "example.note", record.Link{N: 1<<32 + 3, Sent: anew.ID()}, &bywayv1.End{})
	for name, c := range map[string]struct {
		b           evidence.Bundle
		state, says string
	}{
		"open":     {k.bundle(k.proffer), "open", "which hasn't signed it here"},
		"complete": {k.bundle(k.whole), "complete", `"The Bakery"`},
		"ended":    {k.bundle(k.whole, k.end), "ended", `ended by choice, saying "we close"`},
		"accepted": {k.bundle(k.proffer, k.whole), "complete", "the organisation, 1 of the person: accept"},
		"excused":  {k.bundle(k.whole, again), "complete", "! the person says at place 1 of epoch 1 that another statement came before than the one here; it may also have lost something, and no longer have known it"},
		"roster":   {k.bundle(k.whole), "complete", `"Service only"`},
		"gap":      {k.bundle(k.whole, gap), "complete", "! what the person said at places 2 to 4 isn't here"},
		"epoch":    {k.bundle(k.whole, k.note, again), "complete", "the person, 1 of epoch 1: example.note"},
		"anew":     {k.bundle(k.whole, k.note, anew), "complete", "the person, 1 of epoch 1: example.note"},
		"unknown":  {k.bundle(k.whole, again), "complete", "! the person says at place 1 of epoch 1 that another statement came before"},
		"epoch's":  {k.bundle(k.whole, k.note, anew, later), "complete", "! what the person said at places 2 of epoch 1 to 2 of epoch 1 isn't here"},
		"fork":     {k.bundle(k.whole, k.note, fork), "complete", "! the person said two things at place 2"},
		"rewrite":  {k.bundle(k.whole, rewrite), "complete", "! the person says at place 2 that another statement came before"},
	} {
		r, err := Bundle(c.b.Bytes(), judgedAt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		words := strings.Join(r.Says, "\n") + "\n! " + strings.Join(r.Faults, "\n! ")
		if r.State != c.state || !strings.Contains(words, c.says) || r.Thread != k.proffer.ID().String() {
			t.Errorf("%s: it is %s, saying\n%s", name, r.State, words)
		}
		if wrong := strings.HasPrefix(c.says, "!"); wrong != (len(r.Faults) > 0) {
			t.Errorf("%s: faults %v", name, r.Faults)
		}
	}
}

func TestVectorsOfBundlesHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, "../evidence/testdata/vectors") {
		r, err := Bundle(v.Body, judged(t, v))
		if v.Get("expect") != "ok" {
			if err == nil {
				t.Errorf("%s is taken: %v", v.Name, r.Says)
			}
			continue
		}
		if err != nil || r.State != v.Get("state") || strconv.Itoa(len(r.Faults)) != v.Get("faults") {
			t.Errorf("%s: %s %v, want %s with %s faults: %v", v.Name, r.State, r.Faults, v.Get("state"), v.Get("faults"), err)
		}
	}
}
