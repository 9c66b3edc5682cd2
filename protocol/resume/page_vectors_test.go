package resume

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/hex"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const pagesDir = formtest.Dir + "/pages"

// current holds that a folder has the vectors that the test makes; with -update it writes them.
func current(t *testing.T, dir string, made []recordtest.Vector) {
	t.Helper()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := recordtest.WriteVectors(dir, made); err != nil {
			t.Fatal(err)
		}
	}
	recordtest.Current(t, dir, made)
}

func x25519(t testing.TB, name string) *ecdh.PrivateKey {
	t.Helper()
	seed := recordtest.Seed(name)
	k, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealedPage is the response to a proof with an id.
func sealedPage(t testing.TB, id record.ID, m *bywayv1.ResumePage) []byte {
	t.Helper()
	plain, err := deterministic.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := deterministic.Marshal(&bywayv1.ResumeResponse{Sealed: sealBy(t, x25519(t, "an ephemeral key"), x25519(t, "a key to seal to"), id[:], plain)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pageVectors(t testing.TB) (out []recordtest.Vector) {
	proof := record.SumID([]byte("a proof"))
	resume, err := New(t.Context(), goodResume(), bakery.Key(), after, alice)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := New(t.Context(), Claim{LostHeld: []Span{{2, 3}}}, bakery.Key(), later, alice)
	if err != nil {
		t.Fatal(err)
	}
	two := [][]byte{resume.Bytes(), ask.Bytes()}
	next := &bywayv1.ResumeCursor{Side: 1, N: record.Place(1, 7), Skip: 2}
	flipped := sealedPage(t, proof, &bywayv1.ResumePage{Records: two})
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		about string
		want  error
		body  []byte
	}{
		{"the last page", nil, sealedPage(t, proof, &bywayv1.ResumePage{Records: two, KeptMs: []int64{1_750_000_000_000, 0}})},
		{"a page with no times and a next", nil, sealedPage(t, proof, &bywayv1.ResumePage{Records: two, Next: next})},
		{"an empty page that isn't the last", nil, sealedPage(t, proof, &bywayv1.ResumePage{Next: &bywayv1.ResumeCursor{N: 1025}})},
		{"a next of zeros is the last page", nil, sealedPage(t, proof, &bywayv1.ResumePage{Records: two, Next: &bywayv1.ResumeCursor{}})},
		{"nothing at all", nil, sealedPage(t, proof, &bywayv1.ResumePage{})},
		{"clone", nil, sealedPage(t, proof, &bywayv1.ResumePage{Records: two[:1], Clone: true})},
		{"fewer times than records", ErrMalformed, sealedPage(t, proof, &bywayv1.ResumePage{Records: two, KeptMs: []int64{1}})},
		{"a time after the year 9999", ErrMalformed, sealedPage(t, proof, &bywayv1.ResumePage{Records: two[:1], KeptMs: []int64{253_402_300_800_000}})},
		{"a time before 1970", ErrMalformed, sealedPage(t, proof, &bywayv1.ResumePage{Records: two[:1], KeptMs: []int64{-1}})},
		{"a next on a third side", ErrMalformed, sealedPage(t, proof, &bywayv1.ResumePage{Next: &bywayv1.ResumeCursor{Side: 2, N: 1}})},
		{"sealed for another proof", ErrMalformed, sealedPage(t, record.SumID([]byte("another")), &bywayv1.ResumePage{Records: two})},
		{"a bit flipped", ErrMalformed, flipped},
		{"no response", ErrMalformed, nil},
	} {
		v := formtest.Vector(c.about, c.want, ErrMalformed, c.body)
		add := func(key, value string) { v.Headers = append(v.Headers, recordtest.Header{Key: key, Value: value}) }
		add("secret", hex.EncodeToString(x25519(t, "a key to seal to").Bytes()))
		add("proof", proof.String())
		if p, _, err := opened(t, v); err == nil {
			for _, h := range described(p) {
				add(h.Key, h.Value)
			}
		}
		out = append(out, v)
	}
	return out
}

// opened reads the page in a vector with the package, and the bytes of it with crypto/hpke alone.
func opened(t testing.TB, v recordtest.Vector) (page, []byte, error) {
	t.Helper()
	kem, kdf, aead := suite()
	b, err := hex.DecodeString(v.Get("secret"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := kem.NewPrivateKey(b)
	if err != nil {
		t.Fatal(err)
	}
	id, err := record.ParseID(v.Get("proof"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := openSealed(secret, id, v.Body)
	if err != nil {
		return p, nil, err
	}
	var m bywayv1.ResumeResponse
	if err := proto.Unmarshal(v.Body, &m); err != nil {
		t.Fatal(err)
	}
	plain, err := hpke.Open(secret, kdf, aead, id[:], m.GetSealed())
	return p, plain, err
}

// described says what a page has, as vectors do.
func described(p page) (hs []recordtest.Header) {
	for i, b := range p.records {
		r, err := record.ParseRecord(b)
		if err != nil {
			return nil
		}
		kept := ""
		if at := p.at(i); !at.IsZero() {
			kept = " kept " + strconv.FormatInt(at.UnixMilli(), 10)
		}
		hs = append(hs, recordtest.Header{Key: "record", Value: r.ID().String() + kept})
	}
	hs = append(hs, recordtest.Header{Key: "clone", Value: strconv.FormatBool(p.clone)})
	last := "none"
	if p.next != (Cursor{}) {
		last = fmt.Sprintf("side %d n %d skip %d", p.next.Side, p.next.N, p.next.Skip)
	}
	return append(hs, recordtest.Header{Key: "next", Value: last})
}

func TestPageVectorsAreCurrent(t *testing.T) { current(t, pagesDir, pageVectors(t)) }

func TestPageVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, pagesDir) {
		p, plain, err := opened(t, v)
		if formtest.Outcome(err, ErrMalformed) != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
			continue
		}
		if err != nil {
			continue
		}
		var got []recordtest.Header
		for _, h := range v.Headers {
			if h.Key == "record" || h.Key == "clone" || h.Key == "next" {
				got = append(got, h)
			}
		}
		if want := described(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", v.Name, want, got)
		}
		again, err := p.marshal()
		if err != nil || len(p.kept) > 0 && !bytes.Equal(again, plain) {
			t.Errorf("%s: encoded again it is another page, %v", v.Name, err)
		}
	}
}

// What the second implementation of HPKE seals is opened by the first.
func TestAPageThatIsSealedByHandOpens(t *testing.T) {
	id := record.SumID([]byte("a proof"))
	kem, _, _ := suite()
	secret, err := kem.NewPrivateKey(x25519(t, "a key to seal to").Bytes())
	if err != nil {
		t.Fatal(err)
	}
	p, err := openSealed(secret, id, sealedPage(t, id, &bywayv1.ResumePage{Records: [][]byte{{1}}, KeptMs: []int64{7}}))
	if err != nil || len(p.records) != 1 || !p.at(0).Equal(time.UnixMilli(7)) {
		t.Errorf("%+v, %v", p, err)
	}
}
