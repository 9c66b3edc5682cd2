package offer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// journal is a Journal in memory, of one chain.
type journal struct {
	mu        sync.Mutex
	entries   map[record.ID][]record.Entry
	sent      uint64
	last      record.ID
	conflicts int // to come
	broken    error
}

func (j *journal) Entries(_ context.Context, subject record.ID) ([]record.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries[subject]), nil
}

func (j *journal) Append(_ context.Context, subject record.ID, expect int, es []record.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(subject, expect, es)
}

func (j *journal) append(subject record.ID, expect int, es []record.Entry) error {
	if j.broken != nil {
		return j.broken
	}
	if j.conflicts > 0 || len(j.entries[subject]) != expect {
		j.conflicts--
		return record.ErrConflict
	}
	j.entries[subject] = append(j.entries[subject], es...)
	return nil
}

func (j *journal) AppendLinked(_ context.Context, _, _ record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	es, err := build(record.Link{N: j.sent + 1, Sent: j.last})
	if err != nil {
		return err
	}
	if err := j.append(es[0].Subject, expect, es); err != nil {
		return err
	}
	j.sent, j.last = j.sent+1, es[0].Rec.ID()
	return nil
}

// keys are the named actors whose keys a node has.
type keys []string

func (ks keys) Owns(k record.Key) bool {
	return slices.ContainsFunc(ks, func(name string) bool { return recordtest.Key(name) == k })
}

var errUnknown = errors.New("not our key")

func (ks keys) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	for _, name := range ks {
		if recordtest.Key(name) == k {
			return recordtest.Signer(name), nil
		}
	}
	return nil, errUnknown
}

type call func(req []byte) answer.Outcome

func (c call) Call(_ context.Context, _ record.Key, req []byte) answer.Outcome { return c(req) }

// person is alice's node, which has cast what beans() answers.
type person struct {
	*Service
	journal  *journal
	now      time.Time
	live     error
	accepts  error
	mu       sync.Mutex // guards what follows
	judged   int
	received []Offer
}

func newPerson() *person {
	p := &person{journal: &journal{entries: map[record.ID][]record.Entry{}}, now: noon}
	p.Service = NewService(Config{
		Journal: p.journal, Keys: keys{castKey, newKey},
		Live: func(_ context.Context, cast record.ID, k record.Key) error {
			if cast != beans().Cast || k != recordtest.Key(castKey) {
				return answer.Refuse(answer.NotFound, "no such cast")
			}
			return p.live
		},
		Accepts: func(context.Context, Offer) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.judged++
			return p.accepts
		},
		Received: func(_ context.Context, o Offer) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.received = append(p.received, o)
		},
		Now: func() time.Time { return p.now },
	})
	return p
}

func (p *person) held(t *testing.T) int {
	t.Helper()
	n := 0
	for _, es := range p.journal.entries {
		n += len(es)
	}
	return n
}

func request(t testing.TB, b []byte) []byte {
	t.Helper()
	req, err := proto.Marshal(&bywayv1.OfferRequest{Offer: b})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func status(err error) answer.Status {
	var no *answer.Refusal
	switch {
	case err == nil:
		return answer.OK
	case errors.As(err, &no):
		return no.Status
	}
	return answer.Internal
}

func TestAnOfferIsKeptOnceHoweverOftenItIsSent(t *testing.T) {
	p := newPerson()
	req := request(t, made(t, beans()).Bytes())
	for i := range 3 {
		if resp, err := p.Handle(t.Context(), req); err != nil || len(resp) > 0 {
			t.Fatalf("%x, %v", resp, err)
		}
		if i == 0 {
			// An answer that was lost is asked for again, whatever has changed since.
			p.now, p.live, p.accepts = beans().GoodUntil.Add(time.Hour), answer.Refuse(answer.Expired, "over"), errUnknown
		}
	}
	if p.held(t) != 1 || len(p.received) != 1 || p.judged != 1 {
		t.Errorf("%d kept, told of %d, %d judged", p.held(t), len(p.received), p.judged)
	}
	o, err := p.Offers(t.Context(), beans().Cast)
	if err != nil {
		t.Fatal(err)
	}
	if s := o.All()[0]; s.State(noon) != Received || s.Offer.Price != beans().Price {
		t.Errorf("%s %+v", s.State(noon), s.Offer)
	}
}

func TestARefusedOfferIsNotKept(t *testing.T) {
	elsewhere := beans()
	elsewhere.Cast = record.ID{9}
	toOther := formtest.Draft(made(t, beans()))
	toOther.Recipient = recordtest.Key(newKey)
	long := beans()
	long.GoodUntil = noon.Add(MaxGood + time.Millisecond)
	good := made(t, beans()).Bytes()
	nothing := func(*person) {}
	for _, c := range []struct {
		name   string
		req    []byte
		change func(*person)
		want   answer.Status
	}{
		{"empty", nil, nothing, answer.Malformed},
		{"no protobuf", []byte{0xff}, nothing, answer.Malformed},
		{"oversize", make([]byte, MaxRequest+1), nothing, answer.TooLarge},
		{"lapsed", request(t, good), func(p *person) { p.now = beans().GoodUntil }, answer.Expired},
		{"good for too long", request(t, made(t, long).Bytes()), nothing, answer.Refused},
		{"for no cast of hers", request(t, made(t, elsewhere).Bytes()), nothing, answer.NotFound},
		{"to another key of hers", request(t, formtest.Sign(t, toOther, recordtest.Signer(bakery)).Bytes()), nothing, answer.NotFound},
		{"the cast is over", request(t, good), func(p *person) { p.live = answer.Refuse(answer.Expired, "over") }, answer.Expired},
		{"its acceptance isn't right", request(t, good), func(p *person) { p.accepts = record.ErrSignature }, answer.BadSignature},
		{"the disk is full", request(t, good), func(p *person) { p.journal.broken = errUnknown }, answer.Internal},
		{"the journal grows and grows", request(t, good), func(p *person) { p.journal.conflicts = attempts }, answer.Internal},
	} {
		p := newPerson()
		c.change(p)
		if _, err := p.Handle(t.Context(), c.req); status(err) != c.want || p.held(t) > 0 || len(p.received) > 0 {
			t.Errorf("%s: %v, want %s; %d kept", c.name, err, c.want, p.held(t))
		}
	}
}

func TestBrokenOffersAreAnsweredAndNotKept(t *testing.T) {
	p := newPerson()
	for _, c := range formtest.Broken(t, made(t, beans()), ErrMalformed, recordtest.Signer(bakery)) {
		_, err := p.Handle(t.Context(), request(t, c.Bytes))
		if s := status(err); s == answer.OK || s == answer.Internal || p.held(t) > 0 || p.judged > 0 {
			t.Errorf("%s: %v; %d kept", c.Name, err, p.held(t))
		}
	}
	for name, o := range badOffers() {
		if _, err := p.Handle(t.Context(), request(t, badly(t, o))); status(err) == answer.OK || status(err) == answer.Internal || p.held(t) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAppendThatLostARaceIsDecidedAnew(t *testing.T) {
	p := newPerson()
	p.journal.conflicts = attempts - 1
	if _, err := p.Handle(t.Context(), request(t, made(t, beans()).Bytes())); err != nil || p.held(t) != 1 || p.judged != 1 {
		t.Errorf("%v; %d kept, %d judged", err, p.held(t), p.judged)
	}
}

// handleAtOnce hands over three times as many offers as one vendor may make; service says to which.
func handleAtOnce(t *testing.T, service func() *Service) []error {
	t.Helper()
	var wg sync.WaitGroup
	results := make([]error, 3*MaxPerVendor)
	for i := range results {
		o := beans()
		o.Quantity = uint32(i + 1)
		req := request(t, made(t, o).Bytes())
		s := service()
		wg.Go(func() { _, results[i] = s.Handle(t.Context(), req) })
	}
	wg.Wait()
	return results
}

func TestManyOffersAtOnceAreAllKeptUpToTheBound(t *testing.T) {
	p := newPerson()
	kept := 0
	for _, err := range handleAtOnce(t, func() *Service { return p.Service }) {
		switch status(err) {
		case answer.OK:
			kept++
		case answer.Refused:
		default:
			t.Error(err)
		}
	}
	if kept != MaxPerVendor || p.held(t) != kept || len(p.received) != kept {
		t.Errorf("%d answered ok, %d kept, told of %d", kept, p.held(t), len(p.received))
	}
}

// Services of their own share no lock, as other writers of the same subject don't.
func TestTheJournalsLengthAloneKeepsTheBound(t *testing.T) {
	p := newPerson()
	kept := 0
	for _, err := range handleAtOnce(t, func() *Service { return NewService(p.c) }) {
		switch status(err) {
		case answer.OK:
			kept++
		case answer.Refused, answer.Internal:
		default:
			t.Error(err)
		}
	}
	if kept == 0 || kept > MaxPerVendor || p.held(t) != kept {
		t.Errorf("%d answered ok, %d kept", kept, p.held(t))
	}
}

func TestAPersonCanRefuseAnOffer(t *testing.T) {
	p := newPerson()
	r := made(t, beans())
	if err := p.Refuse(t.Context(), beans().Cast, r.ID(), "too dear"); status(err) != answer.NotFound || p.held(t) > 0 {
		t.Errorf("of an offer that isn't there: %v", err)
	}
	if _, err := p.Handle(t.Context(), request(t, r.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := p.Refuse(t.Context(), beans().Cast, r.ID(), "too dear"); err != nil {
		t.Fatal(err)
	}
	o, err := p.Offers(t.Context(), beans().Cast)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := o.Get(r.ID()); s.State(noon) != Refused || s.Reason != "too dear" {
		t.Errorf("%s, %q", s.State(noon), s.Reason)
	}
}

func FuzzHandle(f *testing.F) {
	for _, vec := range recordtest.Vectors(f, formtest.Dir) {
		f.Add(request(f, vec.Body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := newPerson()
		_, err := p.Handle(t.Context(), b)
		if kept := p.held(t); (err == nil) != (kept == 1) || status(err) == answer.Internal {
			t.Errorf("%v, %d kept", err, kept)
		}
	})
}
