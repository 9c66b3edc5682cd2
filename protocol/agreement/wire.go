package agreement

import (
	"fmt"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
	"google.golang.org/protobuf/proto"
)

// parse reads a payload into m. Fields that this version doesn't know are skipped:
// the payload is signed and kept as it is, never encoded again.
func parse(payload []byte, m proto.Message) error {
	if err := proto.Unmarshal(payload, m); err != nil {
		return fmt.Errorf("%w: not the payload that its type says", ErrMalformed)
	}
	return nil
}

// encode writes a payload. Its bytes are signed and kept, so another encoder's order is as good.
func encode(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	return b, nil
}

func bodyToWire(b Body) *bywayv1.AgreementBody {
	return &bywayv1.AgreementBody{
		Terms: terms.ToWire(b.Terms), SecondName: b.SecondName, About: idToWire(b.About), Purpose: b.Purpose, Data: b.Data, Law: b.Law,
		AnswerBy: timeToWire(b.AnswerBy), ValidFrom: timeToWire(b.ValidFrom), ValidUntil: timeToWire(b.ValidUntil),
		Nonce: b.Nonce[:], Answers: idToWire(b.Answers), Commitments: commitmentsToWire(b.Commitments),
	}
}

func bodyFromWire(payload []byte) (Body, error) {
	var w bywayv1.AgreementBody
	if err := parse(payload, &w); err != nil {
		return Body{}, err
	}
	b := Body{SecondName: w.GetSecondName(), Purpose: w.GetPurpose(), Data: w.GetData(), Law: w.GetLaw()}
	var err error
	if b.Terms, err = terms.FromWire(w.GetTerms()); err != nil {
		return Body{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	d := decoder{}
	d.fixed("nonce", w.GetNonce(), b.Nonce[:])
	b.About, b.Answers = d.id("about", w.GetAbout()), d.id("answers", w.GetAnswers())
	b.AnswerBy, b.ValidFrom, b.ValidUntil = d.time(w.GetAnswerBy()), d.time(w.GetValidFrom()), d.time(w.GetValidUntil())
	b.Commitments = d.commitments(w.GetCommitments())
	if d.err != nil {
		return Body{}, d.err
	}
	return b, b.Validate()
}

// openFromWire reads the open proffer in field 1 of a carrier's payload as a body
// without SecondName and About.
func openFromWire(payload []byte) (Body, error) {
	var w bywayv1.OpenProfferCarrier
	if err := parse(payload, &w); err != nil {
		return Body{}, err
	}
	p := w.GetProffer()
	if p == nil {
		return Body{}, fmt.Errorf("%w: it holds no open proffer", ErrMalformed)
	}
	b := Body{Purpose: p.GetPurpose(), Data: p.GetData(), Law: p.GetLaw()}
	var err error
	if b.Terms, err = terms.FromWire(p.GetTerms()); err != nil {
		return Body{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	d := decoder{}
	d.fixed("nonce", p.GetNonce(), b.Nonce[:])
	b.AnswerBy, b.ValidUntil = d.time(p.GetAcceptBy()), d.time(p.GetValidUntil())
	if d.err != nil {
		return Body{}, d.err
	}
	return b, b.Validate()
}

func receivedToWire(rs []Received) *bywayv1.Receipt {
	w := &bywayv1.Receipt{}
	for _, r := range rs {
		one := &bywayv1.Received{Id: idToWire(r.ID), Sha256: r.Sum[:]}
		if r.Proffer != r.ID {
			one.Proffer = idToWire(r.Proffer)
		}
		w.Received = append(w.Received, one)
	}
	return w
}

func receivedFromWire(payload []byte) ([]Received, error) {
	var w bywayv1.Receipt
	if err := parse(payload, &w); err != nil {
		return nil, err
	}
	if n := len(w.GetReceived()); n < 1 || n > MaxReceived {
		return nil, fmt.Errorf("%w: a receipt of %d records, want 1 to %d", ErrMalformed, n, MaxReceived)
	}
	out := make([]Received, 0, len(w.GetReceived()))
	seen := make(map[record.ID]bool, len(w.GetReceived()))
	for _, r := range w.GetReceived() {
		d := decoder{}
		one := Received{ID: d.id("id", r.GetId()), Proffer: d.id("proffer", r.GetProffer())}
		d.fixed("sha256", r.GetSha256(), one.Sum[:])
		if d.err != nil {
			return nil, d.err
		}
		if one.Proffer.IsZero() {
			one.Proffer = one.ID
		}
		if one.ID.IsZero() || seen[one.ID] {
			return nil, fmt.Errorf("%w: a receipt names a record twice, or none", ErrMalformed)
		}
		seen[one.ID] = true
		out = append(out, one)
	}
	return out, nil
}

// request is one request as it travels.
type request struct {
	rec  []byte
	with [][]byte
}

func (r request) encode() ([]byte, error) {
	return encode(&bywayv1.AgreementRequest{Record: r.rec, With: r.with})
}

func decodeRequest(b []byte) (request, error) {
	if len(b) > MaxRequest {
		return request{}, fmt.Errorf("%w: a request of %d bytes, at most %d", record.ErrTooLarge, len(b), MaxRequest)
	}
	var w bywayv1.AgreementRequest
	if err := parse(b, &w); err != nil {
		return request{}, err
	}
	if n := len(w.GetWith()); n > MaxWith {
		return request{}, fmt.Errorf("%w: %d records go with it, at most %d", record.ErrTooLarge, n, MaxWith)
	}
	return request{rec: w.GetRecord(), with: w.GetWith()}, nil
}

// response is one answer as it travels.
type response struct {
	records [][]byte
	pending bool
}

// maxAnswered bounds the records of a response: all that one side can say about a thread.
const maxAnswered = 12

func (r response) encode() ([]byte, error) {
	return encode(&bywayv1.AgreementResponse{Records: r.records, Pending: r.pending})
}

func decodeResponse(b []byte) (response, error) {
	if len(b) > MaxResponse {
		return response{}, fmt.Errorf("%w: a response of %d bytes, at most %d", record.ErrTooLarge, len(b), MaxResponse)
	}
	var w bywayv1.AgreementResponse
	if err := parse(b, &w); err != nil {
		return response{}, err
	}
	if n := len(w.GetRecords()); n > maxAnswered {
		return response{}, fmt.Errorf("%w: a response of %d records, at most %d", record.ErrTooLarge, n, maxAnswered)
	}
	return response{records: w.GetRecords(), pending: w.GetPending()}, nil
}

// decoder reads fields, and keeps the first failure.
type decoder struct{ err error }

func (d *decoder) fixed(field string, b, into []byte) {
	if len(b) != len(into) && d.err == nil {
		d.err = fmt.Errorf("%w: %s of %d bytes, want %d", ErrMalformed, field, len(b), len(into))
	}
	copy(into, b)
}

func (d *decoder) id(field string, b []byte) record.ID {
	var id record.ID
	if len(b) == 0 {
		return id
	}
	d.fixed(field, b, id[:])
	if id.IsZero() && d.err == nil {
		d.err = fmt.Errorf("%w: %s of zeros; leave it out where there is none", ErrMalformed, field)
	}
	return id
}

func (d *decoder) commitments(bs [][]byte) []commitment.Commitment {
	if len(bs) > MaxData && d.err == nil {
		d.err = fmt.Errorf("%w: %d commitments, at most %d", ErrMalformed, len(bs), MaxData)
	}
	if len(bs) == 0 || d.err != nil {
		return nil
	}
	cs := make([]commitment.Commitment, len(bs))
	for i, b := range bs {
		if len(b) == 0 {
			continue
		}
		d.fixed("commitment", b, cs[i][:])
		if cs[i].IsZero() && d.err == nil {
			d.err = fmt.Errorf("%w: a commitment of zeros; leave it empty where there is none", ErrMalformed)
		}
	}
	return cs
}

func (d *decoder) time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	if t := time.UnixMilli(ms); ms > 0 && !t.After(lastTime) {
		return t.UTC()
	}
	if d.err == nil {
		d.err = fmt.Errorf("%w: a time out of 1970 to 9999", ErrMalformed)
	}
	return time.Time{}
}

func idToWire(id record.ID) []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

func commitmentsToWire(cs []commitment.Commitment) [][]byte {
	var out [][]byte
	for _, c := range cs {
		if c.IsZero() {
			out = append(out, nil)
			continue
		}
		out = append(out, c[:])
	}
	return out
}

func timeToWire(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
