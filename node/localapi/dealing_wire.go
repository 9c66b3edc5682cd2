package localapi

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// find returns the one thread whose id is s or begins with it, as listings show it. An
// id in full is looked up; a part of one in the listing.
func (d *Dealing) find(ctx context.Context, s string) (record.ID, error) {
	if id, err := record.ParseID(s); err == nil {
		_, err = d.Agreements.Get(ctx, id)
		return id, dealingFailure(err)
	}
	return pick(s, "byway agreements list", begun(ctx, s, d.Threads.Find))
}

func (d *Dealing) read(ctx context.Context, id record.ID) (*localv1.Agreement, error) {
	a, err := d.Agreements.Get(ctx, id)
	if err != nil {
		return nil, dealingFailure(err)
	}
	return d.toWire(ctx, a)
}

// proffered returns the terms of the proffer that a thread began with.
func (d *Dealing) proffered(ctx context.Context, id record.ID) (string, error) {
	es, err := d.Threads.Entries(ctx, id)
	if err != nil || len(es) == 0 {
		return "", err
	}
	m, err := agreement.Read(es[0].Rec)
	return m.Body.Terms.ID, err
}

func (d *Dealing) toWire(ctx context.Context, a agreement.Agreement) (*localv1.Agreement, error) {
	proffered := ""
	if now := d.Now(); !a.View(now).Body.Answers.IsZero() {
		var err error
		if proffered, err = d.proffered(ctx, a.ID()); err != nil {
			return nil, err
		}
	}
	return d.lineToWire(listing.Of(a, proffered, d.Now())), nil
}

func (d *Dealing) lineToWire(l listing.Line) *localv1.Agreement {
	v := l.View
	w := &localv1.Agreement{
		Id: v.ID.String(), State: v.State.String(), View: v.Words, Terms: v.Body.Terms.ID, Proffered: l.Proffered,
		FirstKey: v.First.String(), SecondKey: v.Second.String(), SecondName: v.Body.SecondName, Who: d.Book.Other(v),
		Purpose: v.Body.Purpose, Data: v.Body.Data, Law: v.Body.Law, Made: timestamppb.New(v.Began),
		AnswerBy: stamp(v.Body.AnswerBy), ValidFrom: stamp(v.Body.ValidFrom), ValidUntil: stamp(v.Body.ValidUntil),
		InForce: v.InForce, Waiting: v.Asked, Alternative: !v.Body.Answers.IsZero(), Refused: refusedBy(v),
		Breaches: l.Breaches, Cursor: l.Place,
	}
	if !v.Body.About.IsZero() {
		w.About = v.Body.About.String()
	}
	if !v.Agreed.IsZero() {
		w.Receipt, w.ByOffer = !v.Unreceived, l.ByOffer
		w.Sha256, w.RecordId = hex.EncodeToString(l.Sum[:]), v.Agreed.String()
	}
	return w
}

func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// refusedBy reports whether the other side said no before anything was agreed: it
// declined, ended it, or didn't look.
func refusedBy(v agreement.View) bool {
	return v.Agreed.IsZero() && (v.Refused != answer.OK || v.EndedBy != 0 && v.EndedBy != v.Me)
}

// contactFailure turns what the book says into a Failure.
func contactFailure(err error) error {
	var several *contacts.AmbiguousError
	switch {
	case errors.As(err, &several):
		var lines []string
		for _, c := range several.Matches {
			lines = append(lines, c.Label()+"  "+c.Key.String())
		}
		return Fail(Ambiguous, "%q could be one of %d", several.Who, len(lines)).Among(lines...).Hint("byway name KEY PETNAME")
	case errors.Is(err, contacts.ErrUnknown):
		return Fail(NotFound, "%v", err).Hint("byway contacts, byway find CATEGORY, or byway meet ADDRESS")
	case errors.Is(err, contacts.ErrPetname):
		f := Fail(BadInput, "%w", err)
		f.Text, _, _ = strings.Cut(f.Text, "; try ") // one hint is enough
		return f.Hint("another name: byway contacts, for those that are taken")
	}
	return err
}

// threadFailure turns what settling says of one thread into a Failure; its owner can
// look how it stands.
func threadFailure(id record.ID, err error) error {
	for _, over := range []error{agreement.ErrExpired, agreement.ErrAnswered, agreement.ErrEnded, agreement.ErrVoid} {
		if errors.Is(err, over) {
			return Fail(Failed, "%w", err).Hint("byway agreements show %s", id.Short())
		}
	}
	return dealingFailure(err)
}

// dealingFailure turns what settling says into a Failure.
func dealingFailure(err error) error {
	var no *answer.Refusal
	switch {
	case err == nil:
		return nil
	case errors.Is(err, dealing.ErrRoster):
		return Fail(BadInput, "%w", err).Hint("byway terms")
	case errors.Is(err, dealing.ErrSettings):
		return Fail(BadInput, "%w", err)
	case errors.Is(err, dealing.ErrSecondParty):
		return Fail(BadInput, "%w", err).Hint("byway inbox --waiting")
	case errors.Is(err, agreement.ErrMalformed), errors.Is(err, agreement.ErrDecision):
		return Fail(BadInput, "%w", err)
	case errors.Is(err, agreement.ErrDoesntSpeak):
		return Fail(Refused, "%v, so nothing was proffered", err)
	case errors.Is(err, agreement.ErrUnknown):
		return Fail(NotFound, "%v", err).Hint("byway agreements list")
	case errors.As(err, &no):
		return Fail(Refused, "the other side refused: %v", no)
	case errors.Is(err, answer.ErrNoRoad):
		return Fail(Failed, "%v", err).Hint("byway meet ADDRESS")
	}
	return contactFailure(err)
}
