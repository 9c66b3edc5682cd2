package localapi

import (
	"context"
	"errors"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/listing"
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

// Threads lists and reads what is kept about agreements: a listing over a store.
type Threads interface {
	// Page returns up to limit lines as they stand at the given time.
	Page(ctx context.Context, q listing.Query, limit int, now time.Time) ([]listing.Line, error)
	// Find returns up to limit ids that, after what all ids begin with, have the given letters.
	Find(ctx context.Context, letters string, limit int) ([]record.ID, error)
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
		Terms: req.GetTerms(), Purpose: req.GetPurpose(), Data: req.GetData(), Law: req.GetLaw(), NoCommit: req.GetNoCommit(),
		AnswerBy: answerBy,
	})
	unreached := errors.Is(err, agreement.ErrUnreached)
	if err != nil && !unreached {
		return nil, dealingFailure(err)
	}
	if a, err = d.Answers.await(ctx, a, wait); err != nil {
		return nil, err
	}
	w, err := d.toWire(ctx, a)
	if err != nil {
		return nil, err
	}
	w.Unreached = unreached && a.State() == agreement.Open // an answer says that it came
	return &localv1.ProfferResponse{Agreement: w}, nil
}

// Decide implements the service. What couldn't be delivered yet is kept: the node goes on sending it.
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
	w, err := d.signed(ctx, id, a, err)
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

// signed returns how a thread stands after the owner signed something in it: that it
// couldn't be delivered yet is said there, and is no failure.
func (d *Dealing) signed(ctx context.Context, id record.ID, a agreement.Agreement, err error) (*localv1.Agreement, error) {
	unreached := errors.Is(err, agreement.ErrUnreached)
	if err != nil && !unreached {
		return nil, threadFailure(id, err)
	}
	w, err := d.toWire(ctx, a)
	if err != nil {
		return nil, err
	}
	w.Unreached = unreached
	return w, nil
}

// End implements the service. What couldn't be delivered yet is kept: the node goes on sending it.
func (d *Dealing) End(ctx context.Context, req *localv1.EndRequest) (*localv1.EndResponse, error) {
	id, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	a, err := d.Agreements.End(ctx, id, agreement.ReasonEnded, req.GetText())
	w, err := d.signed(ctx, id, a, err)
	return &localv1.EndResponse{Agreement: w}, err
}
