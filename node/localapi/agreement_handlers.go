package localapi

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

const (
	listPage = 256
	// MaxList bounds one answer of a listing, in lines.
	MaxList = 1000
)

// ListAgreements implements the service.
func (d *Dealing) ListAgreements(ctx context.Context, req *localv1.ListAgreementsRequest) (*localv1.ListAgreementsResponse, error) {
	q, err := d.query(req)
	if err != nil {
		return nil, err
	}
	limit := bounded(req.GetLimit())
	lines, err := d.Threads.Page(ctx, q, limit, d.Now())
	if err != nil {
		return nil, err
	}
	out := &localv1.ListAgreementsResponse{Agreements: make([]*localv1.Agreement, 0, len(lines))}
	for _, l := range lines {
		out.Agreements = append(out.Agreements, d.lineToWire(l))
	}
	out.Next = nextPage(lines, limit, func(l listing.Line) uint64 { return l.Place })
	return out, nil
}

// query reads which lines a listing has.
func (d *Dealing) query(req *localv1.ListAgreementsRequest) (listing.Query, error) {
	q := listing.Query{After: req.GetAfter(), Newest: req.GetNewest()}
	if word := req.GetState(); word != "" {
		s, ok := parseState(word)
		if !ok {
			return q, Fail(BadInput, "state %q, want open, answered, complete or ended", word)
		}
		q.State = &s
	}
	who := req.GetWho()
	if k, err := record.ParseKeyText(who); err == nil {
		q.With = k // a person's key, which is in no book, as well
	} else if who != "" {
		c, err := d.Book.Resolve(who)
		if err != nil {
			return q, contactFailure(err)
		}
		q.With = c.Key
	}
	return q, nil
}

func parseState(word string) (agreement.State, bool) {
	for s := agreement.Open; s <= agreement.Ended; s++ {
		if s.String() == word {
			return s, true
		}
	}
	return 0, false
}

// GetAgreement implements the service.
func (d *Dealing) GetAgreement(ctx context.Context, req *localv1.GetAgreementRequest) (*localv1.GetAgreementResponse, error) {
	id, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	w, err := d.read(ctx, id)
	if err != nil {
		return nil, err
	}
	es, err := d.Threads.Entries(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &localv1.GetAgreementResponse{Agreement: w}
	for _, e := range es {
		out.History = append(out.History, historyLine(e))
	}
	return out, nil
}

func historyLine(e record.Entry) *localv1.HistoryLine {
	l := &localv1.HistoryLine{At: timestamppb.New(e.At), Mine: e.Mine, Kind: "note", Text: "a note of this node's own, no evidence"}
	if e.Rec.IsZero() {
		return l
	}
	l.Kind, l.Id, l.Text = string(e.Rec.Statement().Type()), e.Rec.ID().String(), ""
	if m, err := agreement.Read(e.Rec); err == nil {
		l.Kind, l.Text = m.Kind.String(), m.Text
	}
	return l
}

// Export implements the service.
func (d *Dealing) Export(ctx context.Context, req *localv1.ExportRequest) (*localv1.ExportResponse, error) {
	id, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	a, err := d.Agreements.Get(ctx, id)
	if err != nil {
		return nil, dealingFailure(err)
	}
	v, ok := a.Agreed()
	if !ok {
		return nil, Fail(Failed, "nothing is agreed there: %s", a.View(d.Now()).Words).Hint("byway agreements show %s", id.Short())
	}
	return &localv1.ExportResponse{Record: v.Bytes(), RecordId: v.ID().String()}, nil
}
