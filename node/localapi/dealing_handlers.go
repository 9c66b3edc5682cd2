package localapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/dealing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// Settings are the owner's, as node/dealing keeps them.
type Settings interface {
	Preferences() dealing.Preferences
	SetPreferences(ctx context.Context, p dealing.Preferences) error
	Policy() dealing.Policy
	SetPolicy(ctx context.Context, p dealing.Policy) error
	Proffer(ctx context.Context, s dealing.Service, who contacts.Contact, ask dealing.Ask, with ...agreement.Along) (agreement.Agreement, error)
}

// Agreements settles and holds them: protocol/agreement's Service.
type Agreements interface {
	dealing.Service
	Get(ctx context.Context, id record.ID) (agreement.Agreement, error)
	Decide(ctx context.Context, id record.ID, d agreement.Decision) (agreement.Agreement, error)
	End(ctx context.Context, id record.ID, r agreement.Reason, text string) (agreement.Agreement, error)
}

// Threads lists and reads what is kept about agreements: a store.
type Threads interface {
	// Threads returns at most limit ids of threads that began after a place, oldest
	// first, with the place of the last.
	Threads(ctx context.Context, after uint64, limit int) (ids []record.ID, next uint64, err error)
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
}

// Book is the owner's contacts.
type Book interface {
	Resolve(who string) (contacts.Contact, error)
	Get(k record.Key) (contacts.Contact, bool)
	List() []contacts.Contact
	Other(v agreement.View) string
	Name(ctx context.Context, k record.Key, petname string) (contacts.Contact, error)
}

// Dealing serves the DealingService. All its fields but Organisation are required.
type Dealing struct {
	localv1connect.UnimplementedDealingServiceHandler
	Settings   Settings
	Agreements Agreements
	Threads    Threads
	Book       Book
	Answers    Answers
	Roster     *terms.Roster
	Now        func() time.Time
	// Organisation says that the owner is one: it has a policy, a person has preferences.
	Organisation bool
}

// GetPreferences implements the service.
func (d *Dealing) GetPreferences(context.Context, *localv1.GetPreferencesRequest) (*localv1.GetPreferencesResponse, error) {
	return &localv1.GetPreferencesResponse{Preferences: preferencesToWire(d.Settings.Preferences())}, nil
}

// SetPreferences implements the service; an empty field keeps what was set.
func (d *Dealing) SetPreferences(ctx context.Context, req *localv1.SetPreferencesRequest) (*localv1.SetPreferencesResponse, error) {
	if d.Organisation {
		return nil, Fail(BadInput, "this is an organisation's node: it answers by a policy, and has no preferences").Hint("byway policy")
	}
	p := d.Settings.Preferences()
	in := req.GetPreferences()
	if len(in.GetAcceptable()) > 0 {
		p.Acceptable = in.GetAcceptable()
	}
	if in.GetApply() != "" {
		p.Apply = dealing.Apply(in.GetApply())
	}
	if in.GetOffList() != "" {
		p.OffList = dealing.OffList(in.GetOffList())
	}
	if err := d.Settings.SetPreferences(ctx, p); err != nil {
		return nil, dealingFailure(err)
	}
	return &localv1.SetPreferencesResponse{Preferences: preferencesToWire(p)}, nil
}

func preferencesToWire(p dealing.Preferences) *localv1.Preferences {
	return &localv1.Preferences{Acceptable: p.Acceptable, Apply: string(p.Apply), OffList: string(p.OffList)}
}

// GetPolicy implements the service.
func (d *Dealing) GetPolicy(context.Context, *localv1.GetPolicyRequest) (*localv1.GetPolicyResponse, error) {
	return &localv1.GetPolicyResponse{Policy: d.policyToWire(d.Settings.Policy())}, nil
}

// SetPolicy implements the service; rules are added to those that are there, and an empty field keeps what was set.
func (d *Dealing) SetPolicy(ctx context.Context, req *localv1.SetPolicyRequest) (*localv1.SetPolicyResponse, error) {
	if !d.Organisation {
		return nil, Fail(BadInput, "this is a person's node: it goes by preferences, and has no policy").Hint("byway prefer")
	}
	old := d.Settings.Policy()
	p := dealing.Policy{Rules: map[string]dealing.Rule{}, Otherwise: old.Otherwise, From: old.From}
	for id, r := range old.Rules {
		p.Rules[id] = r
	}
	for _, r := range req.GetPolicy().GetRules() {
		p.Rules[r.GetTerms()] = dealing.Rule{Reply: dealing.Reply(r.GetAnswer()), Alternative: r.GetAlternative()}
	}
	if o := req.GetPolicy().GetOtherwise(); o != "" {
		p.Otherwise = dealing.Reply(o)
	}
	if f := req.GetPolicy().GetFrom(); f != "" {
		p.From = dealing.From(f)
	}
	if err := d.Settings.SetPolicy(ctx, p); err != nil {
		return nil, dealingFailure(err)
	}
	return &localv1.SetPolicyResponse{Policy: d.policyToWire(p)}, nil
}

// policyToWire lists the rules in the roster's order.
func (d *Dealing) policyToWire(p dealing.Policy) *localv1.Policy {
	out := &localv1.Policy{Otherwise: string(p.Otherwise), From: string(p.From)}
	for _, t := range d.Roster.All() {
		if r, ok := p.Rules[t.Ref.ID]; ok {
			out.Rules = append(out.Rules, &localv1.PolicyRule{Terms: t.Ref.ID, Answer: string(r.Reply), Alternative: r.Alternative})
		}
	}
	return out
}

// Proffer implements the service. A proffer that couldn't be delivered yet is returned
// as it stands: the node goes on sending it.
func (d *Dealing) Proffer(ctx context.Context, req *localv1.ProfferRequest) (*localv1.ProfferResponse, error) {
	answerBy, err := span("time to answer", req.GetAnswerBySeconds(), time.Second)
	if err != nil {
		return nil, err
	}
	wait, err := span("wait", req.GetWaitMs(), time.Millisecond)
	if err != nil {
		return nil, err
	}
	who, err := d.Book.Resolve(req.GetWho())
	if err != nil {
		return nil, contactFailure(err)
	}
	a, err := d.Settings.Proffer(ctx, d.Agreements, who, dealing.Ask{
		Terms: req.GetTerms(), Purpose: req.GetPurpose(), Data: req.GetData(), Law: req.GetLaw(),
		AnswerBy: answerBy,
	})
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		return nil, dealingFailure(err)
	}
	if a, err = d.Answers.await(ctx, a, wait); err != nil {
		return nil, err
	}
	w, err := d.toWire(ctx, a)
	return &localv1.ProfferResponse{Agreement: w}, err
}

// Decide implements the service.
func (d *Dealing) Decide(ctx context.Context, req *localv1.DecideRequest) (*localv1.DecideResponse, error) {
	id, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	decision, err := d.decision(req)
	if err != nil {
		return nil, err
	}
	a, err := d.Agreements.Decide(ctx, id, decision)
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		return nil, threadFailure(id, err)
	}
	w, err := d.toWire(ctx, a)
	return &localv1.DecideResponse{Agreement: w}, err
}

// decision reads an answer; what doesn't go with it is refused, so that nothing that
// the owner said is lost.
func (d *Dealing) decision(req *localv1.DecideRequest) (agreement.Decision, error) {
	word, text := req.GetAnswer(), req.GetText()
	switch {
	case word != "accept" && word != "decline" && word != "alternative":
		return agreement.Decision{}, Fail(BadInput, "answer %q, want accept, decline or alternative", word)
	case word != "decline" && text != "":
		return agreement.Decision{}, Fail(BadInput, "a text goes with decline alone").Hint("leave out --text")
	case word != "alternative" && req.GetTerms() != "":
		return agreement.Decision{}, Fail(BadInput, "terms go with alternative alone")
	case word == "accept":
		return agreement.Decision{Kind: agreement.Accept}, nil
	case word == "decline":
		return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonPerson, Text: text}, nil
	}
	t, ok := d.Roster.Lookup(req.GetTerms())
	if !ok {
		return agreement.Decision{}, Fail(BadInput, "%q isn't on the roster", req.GetTerms()).Hint("byway terms")
	}
	return agreement.Decision{Kind: agreement.Alternative, Terms: t.Ref}, nil
}

// End implements the service.
func (d *Dealing) End(ctx context.Context, req *localv1.EndRequest) (*localv1.EndResponse, error) {
	id, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	a, err := d.Agreements.End(ctx, id, agreement.ReasonEnded, req.GetText())
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		return nil, threadFailure(id, err)
	}
	w, err := d.toWire(ctx, a)
	return &localv1.EndResponse{Agreement: w}, err
}

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
