package resume_test

import (
	"context"
	"errors"
	"flag"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

const requestsDir = formtest.Dir + "/requests"

// sealedTo is an X25519 public key for whose secret nobody cares.
func sealedTo() []byte { return append([]byte{9}, make([]byte, 31)...) }

// request is alice's of the bakery, in its parts.
type request struct {
	claim []byte
	proof record.Draft
	says  *bywayv1.Proof
	by    record.Signer
	after *bywayv1.ResumeCursor
}

func requested(t testing.TB, c resume.Claim, by record.Signer, to record.Key) request {
	t.Helper()
	l := record.Link{N: record.Place(1, 1)}
	if c.Epoch == 0 {
		l = record.Link{N: 1}
	}
	rec, err := resume.New(context.Background(), c, to, l, by)
	if err != nil {
		t.Fatal(err)
	}
	id := rec.ID()
	return request{
		claim: rec.Bytes(), by: by, says: &bywayv1.Proof{Claim: id[:], To: to[:], Seal: sealedTo()},
		proof: record.Draft{Type: resume.TypeProof, Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}}},
	}
}

func (r request) bytes(t testing.TB) []byte {
	t.Helper()
	payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(r.says)
	if err != nil {
		t.Fatal(err)
	}
	r.proof.Payload = append(payload, r.proof.Payload...)
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(&bywayv1.ResumeRequest{
		Claim: r.claim, Proof: formtest.Sign(t, r.proof, r.by).Bytes(), After: r.after,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func requestVectors(t testing.TB) (out []recordtest.Vector) {
	alice, bakery, mallory := recordtest.Signer("alice"), recordtest.Signer("the bakery"), recordtest.Signer("mallory")
	good := func(change func(*request)) []byte {
		r := requested(t, resume.Claim{Epoch: 1, Nonce: [resume.NonceSize]byte{1}}, alice, bakery.Key())
		if change != nil {
			change(&r)
		}
		return r.bytes(t)
	}
	mallorys, flipped := mallory.Key(), good(nil)
	flipped[len(flipped)-40] ^= 1 // the proof comes last
	for _, c := range []struct {
		about string
		want  answer.Status
		own   []record.Key // besides the bakery's
		body  []byte
	}{
		{"resume", answer.OK, nil, good(nil)},
		{"ask", answer.OK, nil, requested(t, resume.Claim{LostHeld: []resume.Span{{First: 2, Last: 3}}}, alice, bakery.Key()).bytes(t)},
		{"resume after a cursor", answer.OK, nil, good(func(r *request) { r.after = &bywayv1.ResumeCursor{Side: 1, N: 7, Skip: 2} })},
		{"cursor on a third side", answer.Malformed, nil, good(func(r *request) { r.after = &bywayv1.ResumeCursor{Side: 2} })},
		{"resume from a key of its own", answer.WrongSigner, []record.Key{alice.Key()}, good(nil)},
		{"ask from a key of its own", answer.OK, []record.Key{alice.Key()}, requested(t, resume.Claim{LostHeld: []resume.Span{{First: 2, Last: 3}}}, alice, bakery.Key()).bytes(t)},
		{"resume to somebody else", answer.NotAddressed, nil, requested(t, resume.Claim{Epoch: 1}, alice, mallorys).bytes(t)},
		{"claim without a signature", answer.WrongSigner, nil, good(func(r *request) { r.claim = append(r.claim[:len(r.claim)-1-1-32-2-64:len(r.claim)-1-1-32-2-64], 0) })},
		{"claim that is cut", answer.Malformed, nil, good(func(r *request) { r.claim = r.claim[:len(r.claim)-1] })},
		{"no claim", answer.Malformed, nil, good(func(r *request) { r.claim = nil })},
		{"proof for another claim", answer.WrongSigner, nil, good(func(r *request) { r.says.Claim = slices.Repeat([]byte{1}, 32) })},
		{"proof for another party", answer.WrongSigner, nil, good(func(r *request) { r.says.To = mallorys[:] })},
		{"proof by somebody else", answer.WrongSigner, nil, good(func(r *request) { r.by, r.proof.Signers[0].Key = mallory, mallorys })},
		{"proof with a recipient", answer.NotAddressed, nil, good(func(r *request) { r.proof.Recipient, r.proof.Link = bakery.Key(), record.Link{N: 1} })},
		{"proof over 2048 bytes", answer.TooLarge, nil, good(func(r *request) { r.proof.Payload = append([]byte{0xfa, 0x3f, 0xd0, 0x0f}, make([]byte, 2000)...) })},
		{"proof with no claim", answer.Malformed, nil, good(func(r *request) { r.says.Claim = nil })},
		{"proof with a short key to seal to", answer.Malformed, nil, good(func(r *request) { r.says.Seal = r.says.Seal[1:] })},
		{"proof with a key of small order to seal to", answer.Malformed, nil, good(func(r *request) { r.says.Seal = make([]byte, 32) })},
		{"proof wrongly signed", answer.BadSignature, nil, flipped},
	} {
		v := recordtest.Vector{Name: formtest.Vector(c.about, nil, resume.ErrMalformed, nil).Name, Body: c.body}
		v.Headers = []recordtest.Header{{Key: "about", Value: c.about}, {Key: "expect", Value: c.want.String()}, {Key: "to", Value: bakery.Key().String()}}
		for _, k := range c.own {
			v.Headers = append(v.Headers, recordtest.Header{Key: "to", Value: k.String()})
		}
		out = append(out, v)
	}
	return out
}

func TestRequestVectorsAreCurrent(t *testing.T) {
	made := requestVectors(t)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := recordtest.WriteVectors(requestsDir, made); err != nil {
			t.Fatal(err)
		}
	}
	recordtest.Current(t, requestsDir, made)
}

// owning is the keyring of a vector's reader.
type owning []string

func (o owning) Owns(k record.Key) bool                                    { return slices.Contains(o, k.String()) }
func (o owning) Signer(context.Context, record.Key) (record.Signer, error) { return nil, record.ErrKey }

func TestRequestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, requestsDir) {
		s := store.NewMemory()
		p := party{t: t, store: s}
		service := resume.NewService(resume.Config{Journal: s, Keys: owning(v.All("to")), Spots: p.spots, Now: func() time.Time { return noon }})
		before, err := s.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = service.Handle(t.Context(), v.Body)
		var r *answer.Refusal
		got := answer.OK
		if errors.As(err, &r) {
			got = r.Status
		} else if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if got.String() != v.Get("expect") {
			t.Errorf("%s: %s, want %s", v.Name, got, v.Get("expect"))
		}
		if after, err := s.Size(t.Context()); err != nil || (after != before) != (got == answer.OK) {
			t.Errorf("%s: kept %v, then %v, %v", v.Name, before, after, err)
		}
	}
}
