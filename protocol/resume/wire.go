package resume

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

var deterministic = proto.MarshalOptions{Deterministic: true}

func (c Claim) marshal() ([]byte, error) {
	m := &bywayv1.Claim{
		Epoch: c.Epoch, Sent: c.Sent, Held: c.Held, LostSent: spansToWire(c.LostSent), LostHeld: spansToWire(c.LostHeld),
	}
	if c.Nonce != ([NonceSize]byte{}) {
		m.Nonce = c.Nonce[:]
	}
	for _, id := range c.Records {
		m.Records = append(m.Records, id[:])
	}
	return deterministic.Marshal(m)
}

func unmarshal(b []byte) (Claim, error) {
	var m bywayv1.Claim
	if err := proto.Unmarshal(b, &m); err != nil {
		return Claim{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(m.GetLostSent()) > MaxSpans || len(m.GetLostHeld()) > MaxSpans || len(m.GetRecords()) > MaxRecords {
		return Claim{}, fmt.Errorf("%w: over %d spans a side or %d records", ErrMalformed, MaxSpans, MaxRecords)
	}
	c := Claim{
		Epoch: m.GetEpoch(), Sent: m.GetSent(), Held: m.GetHeld(),
		LostSent: spansFromWire(m.GetLostSent()), LostHeld: spansFromWire(m.GetLostHeld()),
	}
	if n := m.GetNonce(); len(n) > 0 {
		if len(n) != NonceSize || [NonceSize]byte(n) == [NonceSize]byte{} {
			return Claim{}, fmt.Errorf("%w: a nonce of %d bytes, or of zeros", ErrMalformed, len(n))
		}
		c.Nonce = [NonceSize]byte(n)
	}
	for _, b := range m.GetRecords() {
		id, err := idFromWire(b)
		if err != nil {
			return Claim{}, err
		}
		c.Records = append(c.Records, id)
	}
	return c, nil
}

func idFromWire(b []byte) (record.ID, error) {
	if len(b) != len(record.ID{}) || record.ID(b).IsZero() {
		return record.ID{}, fmt.Errorf("%w: an id of %d bytes, or of zeros", ErrMalformed, len(b))
	}
	return record.ID(b), nil
}

func spansToWire(spans []Span) []*bywayv1.Span {
	var out []*bywayv1.Span
	for _, s := range spans {
		out = append(out, &bywayv1.Span{First: s.First, Last: s.Last})
	}
	return out
}

func spansFromWire(spans []*bywayv1.Span) []Span {
	var out []Span
	for _, s := range spans {
		out = append(out, Span{s.GetFirst(), s.GetLast()})
	}
	return out
}

// New returns the claim c of by's to a party, at its place in the chain. c's ID, By, To and Link
// are set here. Errors: ErrMalformed where it is out of bounds or shape, record's, by's own.
func New(ctx context.Context, c Claim, to record.Key, l record.Link, by record.Signer) (record.Record, error) {
	c.Link = l
	if err := c.validate(); err != nil {
		return record.Record{}, err
	}
	payload, err := c.marshal()
	if err != nil {
		return record.Record{}, err
	}
	t := TypeResume
	if c.Epoch == 0 {
		t = TypeAsk
	}
	s, err := record.New(record.Draft{
		Type: t, Version: version, Recipient: to, Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, err
	}
	return record.SignBy(ctx, s, by)
}

// Read returns the claim in v. Errors: form's and record's for another form, ErrMalformed.
func Read(v record.Verified) (Claim, error) { return read(v.Record()) }

func read(r record.Record) (Claim, error) {
	s := r.Statement()
	f := askForm
	if s.Type() == TypeResume {
		f = resumeForm
	}
	if err := f.Check(r); err != nil {
		return Claim{}, err
	}
	c, err := unmarshal(s.Payload())
	if err != nil {
		return Claim{}, err
	}
	c.ID, c.By, c.To, c.Link = r.ID(), s.Author(), s.Recipient(), s.Link()
	if (c.Epoch > 0) != (s.Type() == TypeResume) {
		return Claim{}, fmt.Errorf("%w: epoch %d in a %s", ErrMalformed, c.Epoch, s.Type())
	}
	return c, c.validate()
}

// Cursor is a place in what a claim is answered with. The zero Cursor is the start.
type Cursor struct {
	Side Side
	N    uint64
	Skip uint32 // records there that came before
}

func (c Cursor) toWire() *bywayv1.ResumeCursor {
	if c == (Cursor{}) {
		return nil
	}
	return &bywayv1.ResumeCursor{Side: uint32(c.Side), N: c.N, Skip: c.Skip}
}

func cursorFromWire(m *bywayv1.ResumeCursor) (Cursor, error) {
	if m.GetSide() > uint32(Held) {
		return Cursor{}, fmt.Errorf("%w: side %d", ErrMalformed, m.GetSide())
	}
	return Cursor{Side: Side(m.GetSide()), N: m.GetN(), Skip: m.GetSkip()}, nil
}

// page is some of what an answer holds.
type page struct {
	records [][]byte
	kept    []time.Time // when the answerer kept each, by its word, zero where it doesn't say; as many as there are records, or none
	next    Cursor      // zero on the last
	clone   bool
}

// at returns when the answerer kept a record of the page; zero where it doesn't say.
func (p page) at(i int) time.Time {
	if len(p.kept) == 0 {
		return time.Time{}
	}
	return p.kept[i]
}

func (p page) marshal() ([]byte, error) {
	m := &bywayv1.ResumePage{Records: p.records, Next: p.next.toWire(), Clone: p.clone}
	for _, at := range p.kept {
		ms := form.Milli(at)
		if _, err := form.Time("kept", ms); err != nil {
			ms = 0 // by a clock that was far off: it isn't said
		}
		m.KeptMs = append(m.KeptMs, ms)
	}
	return deterministic.Marshal(m)
}

func unmarshalPage(b []byte) (page, error) {
	var m bywayv1.ResumePage
	if err := proto.Unmarshal(b, &m); err != nil {
		return page{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n := len(m.GetKeptMs()); n > 0 && n != len(m.GetRecords()) {
		return page{}, fmt.Errorf("%w: %d times of %d records", ErrMalformed, n, len(m.GetRecords()))
	}
	next, err := cursorFromWire(m.GetNext())
	p := page{records: m.GetRecords(), next: next, clone: m.GetClone()}
	for _, ms := range m.GetKeptMs() {
		at, err := form.Time("kept", ms)
		if err != nil {
			return page{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		p.kept = append(p.kept, at)
	}
	return p, err
}
