package resume_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
)

// asked returns a good request of alice's to the bakery, taken apart.
func asked(t *testing.T, alice, bakery *party) *bywayv1.ResumeRequest {
	t.Helper()
	old := alice.copy()
	bakery.say(alice, "cake")
	alice.restore(old, bakery)
	var m bywayv1.ResumeRequest
	alice.road = func(req []byte) ([]byte, error) {
		if err := proto.Unmarshal(req, &m); err != nil {
			t.Fatal(err)
		}
		return nil, errors.New("it stays on the road")
	}
	if err := alice.service.Fetch(t.Context(), alice.key(), bakery.key()); err == nil {
		t.Fatal("nothing was asked")
	}
	return &m
}

func TestBadRequestsAreRefusedAndChangeNothing(t *testing.T) {
	mallory := recordtest.Signer("mallory")
	for _, c := range []struct {
		name   string
		change func(t *testing.T, m *bywayv1.ResumeRequest)
		raw    []byte
		want   answer.Status
	}{
		{name: "no protobuf", raw: []byte{0xff}, want: answer.Malformed},
		{name: "over the bound", raw: make([]byte, resume.MaxRequest+1), want: answer.TooLarge},
		{name: "no claim", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Claim = nil }, want: answer.Malformed},
		{name: "no proof", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Proof = nil }, want: answer.Malformed},
		{name: "a proof for a claim", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Claim = m.Proof }, want: answer.UnknownType},
		{name: "a claim for a proof", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Proof = m.Claim }, want: answer.UnknownType},
		{name: "a wild cursor", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.After = &bywayv1.ResumeCursor{Side: 2} }, want: answer.Malformed},
		{name: "a claim with a bit flipped", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Claim[len(m.Claim)-1] ^= 1 }, want: answer.BadSignature},
		{name: "a proof with a bit flipped", change: func(_ *testing.T, m *bywayv1.ResumeRequest) { m.Proof[len(m.Proof)-1] ^= 1 }, want: answer.BadSignature},
		{name: "a stranger's proof", change: func(t *testing.T, m *bywayv1.ResumeRequest) { m.Proof = proofBy(t, mallory, m.Proof, nil) }, want: answer.WrongSigner},
		{name: "a proof for another claim", change: func(t *testing.T, m *bywayv1.ResumeRequest) {
			m.Proof = proofBy(t, recordtest.Signer("alice"), m.Proof, func(p *bywayv1.Proof) { p.Claim[0] ^= 1 })
		}, want: answer.WrongSigner},
		{name: "a proof for another party", change: func(t *testing.T, m *bywayv1.ResumeRequest) {
			m.Proof = proofBy(t, recordtest.Signer("alice"), m.Proof, func(p *bywayv1.Proof) { k := mallory.Key(); p.To = k[:] })
		}, want: answer.WrongSigner},
		{name: "a proof with a short key", change: func(t *testing.T, m *bywayv1.ResumeRequest) {
			m.Proof = proofBy(t, recordtest.Signer("alice"), m.Proof, func(p *bywayv1.Proof) { p.Seal = p.Seal[1:] })
		}, want: answer.Malformed},
		{name: "a proof with a key of small order", change: func(t *testing.T, m *bywayv1.ResumeRequest) {
			m.Proof = proofBy(t, recordtest.Signer("alice"), m.Proof, func(p *bywayv1.Proof) { p.Seal = make([]byte, len(p.Seal)) })
		}, want: answer.Malformed},
		{name: "a claim to somebody else", change: func(t *testing.T, m *bywayv1.ResumeRequest) {
			r, err := resume.New(t.Context(), resume.Claim{Epoch: 1}, mallory.Key(), record.Link{N: record.Place(1, 1)}, recordtest.Signer("alice"))
			if err != nil {
				t.Fatal(err)
			}
			m.Claim = r.Bytes()
			m.Proof = proofBy(t, recordtest.Signer("alice"), m.Proof, func(p *bywayv1.Proof) {
				id, k := r.ID(), mallory.Key()
				p.Claim, p.To = id[:], k[:]
			})
		}, want: answer.NotAddressed},
	} {
		t.Run(c.name, func(t *testing.T) {
			alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
			req := c.raw
			if c.change != nil {
				m := asked(t, alice, bakery)
				c.change(t, m)
				var err error
				if req, err = proto.Marshal(m); err != nil {
					t.Fatal(err)
				}
			}
			before, err := bakery.store.Size(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var r *answer.Refusal
			if _, err := bakery.service.Handle(t.Context(), req); !errors.As(err, &r) || r.Status != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			if after, err := bakery.store.Size(t.Context()); err != nil || after != before {
				t.Errorf("it changed what is kept: %v, then %v, %v", before, after, err)
			}
		})
	}
}

// proofBy returns the proof in b, changed and signed by somebody.
func proofBy(t *testing.T, by record.Signer, b []byte, change func(*bywayv1.Proof)) []byte {
	t.Helper()
	r, err := record.ParseRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	var p bywayv1.Proof
	if err := proto.Unmarshal(r.Statement().Payload(), &p); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&p)
	}
	payload, err := proto.Marshal(&p)
	if err != nil {
		t.Fatal(err)
	}
	v, err := sign(record.Draft{
		Type: resume.TypeProof, Version: 1, Payload: payload, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	}, by)
	if err != nil {
		t.Fatal(err)
	}
	return v.Bytes()
}

// What comes back is checked as anybody's word is: records of others and altered ones stay out.
func TestALyingCounterpartyPutsNothingIn(t *testing.T) {
	alice, bakery, bob := newParty(t, "alice"), newParty(t, "the bakery"), newParty(t, "bob")
	old := alice.copy()
	bakery.say(alice, "cake")
	bakery.keep(bob.say(bakery, "gossip", true), false)
	// The bakery's journal has a record of bob's where alice's is to be, and one whose signature is wrong.
	alice.restore(old, bakery)
	liar := &lying{party: bakery, add: []record.Verified{bob.say(bakery, "stranger", true)}}
	alice.road = liar.handle
	fetch(t, alice, bakery)
	checkTexts(t, alice, "cake", "cake")
	for _, name := range []string{"gossip", "stranger"} {
		checkTexts(t, alice, name, "")
	}
}

// lying answers with more than is asked for, as far as its service can be made to.
type lying struct {
	*party
	add []record.Verified
}

func (l *lying) handle(req []byte) ([]byte, error) {
	for _, v := range l.add {
		l.keep(v, false)
	}
	return l.service.Handle(l.t.Context(), req)
}
