package localapi

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

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
	keep, err := d.filter(req.GetState(), req.GetWho())
	if err != nil {
		return nil, err
	}
	limit := bounded(req.GetLimit())
	out := &localv1.ListAgreementsResponse{}
	after := req.GetAfter()
	for {
		// Never more than there is room for, so that the page's last place is the answer's.
		size := min(listPage, limit-len(out.Agreements))
		ids, next, err := d.Threads.Threads(ctx, after, size)
		if err != nil {
			return nil, err
		}
		after = next
		for _, id := range ids {
			w, err := d.read(ctx, id)
			if err != nil {
				return nil, err
			}
			if keep(w) {
				out.Agreements = append(out.Agreements, w)
			}
		}
		switch {
		case len(ids) < size:
			return out, nil
		case len(out.Agreements) == limit:
			out.Next = after
			return out, nil
		}
	}
}

// filter returns which lines a listing keeps.
func (d *Dealing) filter(state, who string) (func(*localv1.Agreement) bool, error) {
	if !slices.Contains([]string{"", "open", "answered", "complete", "ended"}, state) {
		return nil, Fail(BadInput, "state %q, want open, answered, complete or ended", state)
	}
	key := ""
	if k, err := record.ParseKeyText(who); err == nil {
		key = k.String() // a person's key, which is in no book, as well
	} else if who != "" {
		c, err := d.Book.Resolve(who)
		if err != nil {
			return nil, contactFailure(err)
		}
		key = c.Key.String()
	}
	return func(a *localv1.Agreement) bool {
		return (state == "" || a.GetState() == state) && (key == "" || a.GetSecondKey() == key || a.GetFirstKey() == key)
	}, nil
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
