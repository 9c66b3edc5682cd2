package agreement

import (
	"fmt"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
)

// parsers read each type of statement, without verifying anything.
var parsers = map[record.Type]func(record.Record) (Message, error){
	TypeBody:       parseBody,
	TypeAcceptance: parseAcceptance,
	TypeDecline:    parseDecline,
	TypeEnd:        parseEnd,
	TypeReceipt:    parseReceipt,
}

func parseBody(r record.Record) (Message, error) {
	st := r.Statement()
	m := Message{}
	var err error
	if m.First, m.Second, err = parties(st); err != nil {
		return Message{}, err
	}
	if m.Body, err = bodyFromWire(st.Payload()); err != nil {
		return Message{}, err
	}
	by, to, kind := First, m.Second, KindProffer
	if !m.Body.Answers.IsZero() {
		by, to, kind = Second, m.First, KindAlternative
	}
	if st.Recipient() != to {
		return Message{}, fmt.Errorf("%w: a body goes to who is to countersign it", ErrMalformed)
	}
	m.By, m.Kind = by, kind
	if r.Complete() {
		m.By, m.Kind = by.Other(), KindAccept
	} else if r.Signatures()[0].Role != by.role() {
		return Message{}, fmt.Errorf("%w: a %s is signed by %s first", ErrSigner, kind, by)
	}
	return m, nil
}

// parties returns the two signers of a body.
func parties(st record.Statement) (first, second record.Key, err error) {
	s := st.Signers()
	if len(s) != 2 || s[0].Role != record.RoleFirst || s[1].Role != record.RoleSecond || s[0].Key == s[1].Key {
		return first, second, fmt.Errorf("%w: it takes one first party and one second, with keys of their own", ErrSigner)
	}
	return s[0].Key, s[1].Key, nil
}

func parseDecline(r record.Record) (Message, error) {
	m, err := said(r, KindDecline)
	if err != nil {
		return Message{}, err
	}
	var w bywayv1.Decline
	if err := parse(r.Statement().Payload(), &w); err != nil {
		return Message{}, err
	}
	d := decoder{}
	m.About, m.thread = d.id("body", w.GetBody()), d.id("proffer", w.GetProffer())
	m.Reason, m.Text = reasonFromWire(w.GetReason()), w.GetText()
	if d.err != nil {
		return Message{}, d.err
	}
	if m.About.IsZero() || m.thread == m.About || (m.By == First) == m.thread.IsZero() {
		return Message{}, fmt.Errorf("%w: the person declines an alternative and names the proffer too, the organisation declines the proffer", ErrMalformed)
	}
	return m, validText("text", m.Text, MaxText)
}

func parseEnd(r record.Record) (Message, error) {
	m, err := said(r, KindEnd)
	if err != nil {
		return Message{}, err
	}
	var w bywayv1.End
	if err := parse(r.Statement().Payload(), &w); err != nil {
		return Message{}, err
	}
	d := decoder{}
	m.About, m.Reason, m.Text = d.id("body", w.GetBody()), reasonFromWire(w.GetReason()), w.GetText()
	if d.err != nil {
		return Message{}, d.err
	}
	if m.About.IsZero() {
		return Message{}, fmt.Errorf("%w: it ends nothing", ErrMalformed)
	}
	return m, validText("text", m.Text, MaxText)
}

func parseReceipt(r record.Record) (Message, error) {
	m, err := said(r, KindReceipt)
	if err != nil {
		return Message{}, err
	}
	m.Received, err = receivedFromWire(r.Statement().Payload())
	return m, err
}

func parseAcceptance(r record.Record) (Message, error) {
	m, err := said(r, KindAcceptance)
	if err != nil {
		return Message{}, err
	}
	if m.By != Second {
		return Message{}, fmt.Errorf("%w: the organisation accepts", ErrSigner)
	}
	var w bywayv1.Acceptance
	if err := parse(r.Statement().Payload(), &w); err != nil {
		return Message{}, err
	}
	if m.carrier, err = record.ParseRecord(w.GetCarrier()); err != nil {
		return Message{}, fmt.Errorf("the cast that it accepts: %w", err)
	}
	for _, sig := range m.carrier.Signatures() {
		if len(sig.Delegation) > 0 { // a delegation holds for a time, and the cast names none
			return Message{}, fmt.Errorf("%w: an open proffer is signed by its own key", ErrSigner)
		}
	}
	k, body, err := openProffer(m.carrier.Statement())
	if err != nil {
		return Message{}, err
	}
	if k != m.First {
		return Message{}, fmt.Errorf("%w: an acceptance goes to the key that cast", ErrSigner)
	}
	m.Body, m.Body.SecondName = body, w.GetSecondName()
	return m, m.Body.Validate()
}

// openProffer reads the open proffer that st carries, and who made it.
func openProffer(st record.Statement) (record.Key, Body, error) {
	if s := st.Signers(); len(s) != 1 || (s[0].Role != record.RoleAuthor && s[0].Role != record.RoleFirst) || !st.Recipient().IsZero() {
		return record.Key{}, Body{}, fmt.Errorf("%w: an open proffer is open, by one key", ErrSigner)
	}
	b, err := openFromWire(st.Payload())
	b.About = st.ID()
	return st.Signers()[0].Key, b, err
}

// said reads the frame of what one side says to the other: one signer, whose role is
// its side, and the other's key as the recipient.
func said(r record.Record, kind Kind) (Message, error) {
	st := r.Statement()
	s := st.Signers()
	to := st.Recipient()
	if len(s) != 1 || to.IsZero() || to == s[0].Key {
		return Message{}, fmt.Errorf("%w: a %s has one signer, and goes to the other party", ErrSigner, kind)
	}
	switch s[0].Role {
	case record.RoleFirst:
		return Message{Kind: kind, By: First, First: s[0].Key, Second: to}, nil
	case record.RoleSecond:
		return Message{Kind: kind, By: Second, First: to, Second: s[0].Key}, nil
	}
	return Message{}, fmt.Errorf("%w: a %s is signed as first or second party", ErrSigner, kind)
}

// reasonFromWire keeps reasons that this version doesn't know as they are, up to a byte.
func reasonFromWire(r bywayv1.Reason) Reason {
	if r < 0 || r > 255 {
		return ReasonNone
	}
	return Reason(r)
}
