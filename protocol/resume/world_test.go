package resume_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

const said record.Type = "test.said"

var noon = time.UnixMilli(1_750_000_000_000).UTC()

// party is one actor with all that it keeps. road leads to the other party's service.
type party struct {
	t       *testing.T
	by      record.Signer
	store   *store.Memory
	service *resume.Service
	road    func(req []byte) ([]byte, error)
	told    []resume.Relationship
	refuse  map[string]bool // texts that its protocol refuses to keep
}

func newParty(t *testing.T, name string) *party {
	p := &party{t: t, by: recordtest.Signer(name), store: store.NewMemory(), refuse: map[string]bool{}}
	p.serve()
	return p
}

// serve begins anew over what is kept.
func (p *party) serve() {
	p.service = resume.NewService(resume.Config{
		Journal: p.store, Keys: p, Caller: p, Spots: p.spots, Take: p.take, Acknowledged: acknowledged, Now: func() time.Time { return noon },
		Told: func(r resume.Relationship) { p.told = append(p.told, r) },
	})
}

func (p *party) key() record.Key                                           { return p.by.Key() }
func (p *party) Owns(k record.Key) bool                                    { return k == p.key() }
func (p *party) Signer(context.Context, record.Key) (record.Signer, error) { return p.by, nil }
func (p *party) Call(_ context.Context, _ record.Key, req []byte) answer.Outcome {
	if p.road == nil {
		return answer.Outcome{Inferred: answer.ErrNoRoad}
	}
	resp, err := p.road(req)
	var r *answer.Refusal
	switch {
	case errors.As(err, &r):
		return answer.Outcome{Said: r.Status, Text: r.Text}
	case err != nil:
		return answer.Outcome{Said: answer.Internal}
	}
	return answer.Outcome{Resp: resp}
}

func (p *party) spots(ctx context.Context, me, them record.Key, sent bool, from uint64, limit int) (out []resume.Spot, err error) {
	side := store.Held
	if sent {
		side = store.Sent
	}
	ps, err := p.store.Places(ctx, me, them, side, from, limit)
	for _, s := range ps {
		out = append(out, resume.Spot{N: s.N, ID: s.ID, Subject: s.Subject})
	}
	return out, err
}

// acknowledged are the sums that a text "receipt:…" has.
func acknowledged(v record.Verified) [][32]byte {
	text, ok := strings.CutPrefix(string(v.Statement().Payload()), "receipt:")
	b, err := hex.DecodeString(text)
	if !ok || err != nil || len(b) != 32 {
		return nil
	}
	return [][32]byte{[32]byte(b)}
}

// thread is the subject of what is said: its first word.
func thread(text string) record.ID {
	first, _, _ := strings.Cut(text, " ")
	return record.SumID([]byte(first))
}

// take keeps what begins a thread, and what belongs to one that is there.
func (p *party) take(ctx context.Context, me, _ record.Key, v record.Verified, kept time.Time) error {
	if !kept.Equal(noon) && !kept.Equal(before) {
		p.t.Errorf("kept at %v by the other side", kept)
	}
	text := string(v.Statement().Payload())
	if p.refuse[text] {
		return errors.New("contradicts what is held")
	}
	es, err := p.store.Entries(ctx, thread(text))
	if err != nil {
		return err
	}
	if len(es) == 0 && strings.Contains(text, " ") {
		return resume.ErrUnknown
	}
	for _, e := range es {
		if string(e.Rec.Bytes()) == string(v.Bytes()) {
			return nil
		}
	}
	mine := v.Statement().Author() == me && len(v.Record().Signatures()) == 1 || v.Statement().Recipient() == me && len(v.Record().Signatures()) == 2
	return p.store.Append(ctx, thread(text), len(es), []record.Entry{{At: noon, Mine: mine, Rec: v}})
}

// say signs a text to another party and keeps it; the other keeps it too unless it is lost.
func (p *party) say(to *party, text string, lost ...bool) record.Verified {
	p.t.Helper()
	var v record.Verified
	err := p.store.AppendLinked(p.t.Context(), p.key(), to.key(), -1, func(l record.Link) ([]record.Entry, error) {
		var err error
		v, err = sign(record.Draft{
			Type: said, Version: 1, Recipient: to.key(), Link: l, Payload: []byte(text), Signers: signers(p.key(), to.key(), text),
		}, p.by)
		return []record.Entry{{Subject: thread(text), At: noon, Mine: true, Rec: v}}, err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(lost) == 0 {
		to.keep(v, false)
	}
	return v
}

// signers has a text that ends in "?" signed by both.
func signers(by, to record.Key, text string) []record.Signatory {
	if !strings.HasSuffix(text, "?") {
		return []record.Signatory{{Role: record.RoleAuthor, Key: by}}
	}
	return []record.Signatory{{Role: record.RoleFirst, Key: by}, {Role: record.RoleSecond, Key: to}}
}

func sign(d record.Draft, by ...record.Signer) (record.Verified, error) {
	st, err := record.New(d)
	if err != nil {
		return record.Verified{}, err
	}
	r, err := record.SignBy(context.Background(), st, by...)
	if err != nil {
		return record.Verified{}, err
	}
	return r.Verify(record.Want{At: noon})
}

func (p *party) keep(v record.Verified, mine bool) {
	p.t.Helper()
	if err := p.store.Append(p.t.Context(), thread(string(v.Statement().Payload())), -1, []record.Entry{{At: noon, Mine: mine, Rec: v}}); err != nil {
		p.t.Fatal(err)
	}
}

// countersign completes what the other said; the other keeps the whole too.
func (p *party) countersign(other *party, v record.Verified) record.Verified {
	p.t.Helper()
	sig, err := p.by.Sign(p.t.Context(), v.Statement(), record.RoleSecond)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := v.Record().With(sig)
	if err != nil {
		p.t.Fatal(err)
	}
	whole, err := r.Verify(record.Want{At: noon, Complete: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.keep(whole, true)
	other.keep(whole, false)
	return whole
}

// copy returns what p keeps now, to be put back later.
func (p *party) copy() *store.Memory { return p.store.Clone() }

// restore puts p back to an older copy, in a new epoch, and signs its resume.
func (p *party) restore(old *store.Memory, them *party) {
	p.t.Helper()
	p.store = old
	if _, err := p.store.NextEpoch(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.serve()
	if err := p.service.Resume(p.t.Context(), p.key(), them.key(), p.known(them)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *party) known(them *party) resume.Claim {
	p.t.Helper()
	pair, err := p.store.Pair(p.t.Context(), p.key(), them.key())
	if err != nil {
		p.t.Fatal(err)
	}
	return resume.Claim{Sent: pair.Head.N, Held: pair.HeldN, LostHeld: spans(pair.Gaps[store.Held]), LostSent: spans(pair.Gaps[store.Sent])}
}

func spans(rs []store.Range) (out []resume.Span) {
	for _, r := range rs {
		out = append(out, resume.Span(r))
	}
	return out
}

// meet has requests of both reach the other.
func meet(a, b *party) {
	a.road = func(req []byte) ([]byte, error) { return b.service.Handle(context.Background(), req) }
	b.road = func(req []byte) ([]byte, error) { return a.service.Handle(context.Background(), req) }
}

// texts are what p keeps of a thread, "+" after what is signed by both.
func (p *party) texts(name string) string {
	p.t.Helper()
	es, err := p.store.Entries(p.t.Context(), record.SumID([]byte(name)))
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, e := range es {
		text := string(e.Rec.Statement().Payload())
		if len(e.Rec.Record().Signatures()) > 1 {
			text += "+"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
