package agreement

import (
	"fmt"
	"slices"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"google.golang.org/protobuf/proto"
)

// DecisionKind is what a Decider or a human says to a body.
type DecisionKind uint8

// The decisions.
const (
	Ask         DecisionKind = iota // a human is asked, and answers with Decide
	Accept                          // countersign it
	Alternative                     // answer a proffer with other terms; the organisation alone
	Decline                         // refuse it
)

// Decision answers a body that waits for this side's signature.
type Decision struct {
	Kind DecisionKind
	// Terms are the other terms of an Alternative.
	Terms Terms
	// Reason and Text, at most MaxText bytes, go with a Decline.
	Reason Reason
	Text   string
}

// act is one thing to sign. Which one follows from what is held and a decision, so the
// service and the exploration of all states share it.
type act struct {
	kind   Kind      // KindAccept, KindAlternative, KindDecline or KindEnd
	body   record.ID // the body accepted or declined
	terms  Terms
	reason Reason
	text   string
}

// decided returns what this side has to sign so that d holds. Errors: ErrEnded,
// ErrAnswered, ErrVoid, ErrExpired, ErrDecision; ErrUnknown where nothing waits for this side.
func (a Agreement) decided(d Decision, now time.Time) (act, error) {
	id := a.asks()
	if id.IsZero() {
		return act{}, a.whyNot()
	}
	f := a.proffer
	if a.me == First {
		f = a.alts[0].body
	}
	// A decline after the time to answer still tells the other side what became of it.
	if d.Kind != Decline && now.After(f.m.Body.AnswerBy) {
		return act{}, fmt.Errorf("%w: it was until %s", ErrExpired, f.m.Body.AnswerBy.UTC().Format(time.RFC3339))
	}
	switch d.Kind {
	case Accept:
		return act{kind: KindAccept, body: id}, nil
	case Decline:
		return act{kind: KindDecline, body: id, reason: d.Reason, text: d.Text}, validText("text", d.Text, MaxText)
	case Alternative:
		if a.me != Second || d.Terms == f.m.Body.Terms || d.Terms.Validate() != nil {
			return act{}, fmt.Errorf("%w: an alternative names other terms, and the organisation alone offers one, once", ErrDecision)
		}
		return act{kind: KindAlternative, body: id, terms: d.Terms}, nil
	}
	return act{}, fmt.Errorf("%w: try accept, alternative or decline", ErrDecision)
}

// whyNot says why nothing waits for this side's decision.
func (a Agreement) whyNot() error {
	switch {
	case a.proffer == nil:
		return ErrUnknown
	case a.State() == Ended:
		return ErrEnded
	case a.breached(a.me.Other()):
		return ErrVoid
	case a.State() == Complete, a.me == Second:
		return fmt.Errorf("%w: it is %s", ErrAnswered, a.State())
	case a.declines[a.me-1] != nil:
		return fmt.Errorf("%w: it was declined", ErrAnswered)
	}
	return fmt.Errorf("%w: nothing waits for a decision; it is the other side's turn", ErrDecision)
}

// ended returns the act of ending the thread, or ErrEnded where this side has done it.
func (a Agreement) ended(r Reason, text string) (act, error) {
	if a.proffer == nil {
		return act{}, ErrUnknown
	}
	if a.ends[a.me-1] != nil {
		return act{}, ErrEnded
	}
	return act{kind: KindEnd, reason: r, text: text}, validText("text", text, MaxText)
}

// draft returns the statement that an act other than an accept says, with its place in
// the chain of the relationship.
func (a Agreement) draft(x act, l record.Link, nonce [16]byte, now time.Time) (record.Draft, error) {
	me, them := a.First(), a.Second()
	if a.me == Second {
		me, them = them, me
	}
	d := record.Draft{
		Version: PayloadVersion, Recipient: them, Link: l,
		Signers: []record.Signatory{{Role: a.me.role(), Key: me}},
	}
	var m proto.Message
	switch x.kind {
	case KindAlternative:
		d.Type, d.Signers = TypeBody, bodySigners(a.First(), a.Second())
		m = bodyToWire(a.alternativeBody(x.terms, nonce, now))
	case KindDecline:
		w := &bywayv1.Decline{Body: idToWire(x.body), Reason: bywayv1.Reason(x.reason), Text: x.text}
		if x.body != a.ID() {
			w.Proffer = idToWire(a.ID())
		}
		d.Type, m = TypeDecline, w
	case KindEnd:
		d.Type, m = TypeEnd, &bywayv1.End{Body: idToWire(a.ID()), Reason: bywayv1.Reason(x.reason), Text: x.text}
	default:
		return record.Draft{}, fmt.Errorf("%w: no statement says %s", ErrType, x.kind)
	}
	var err error
	d.Payload, err = encode(m)
	return d, err
}

// alternativeBody is the proffered body with other terms.
func (a Agreement) alternativeBody(t Terms, nonce [16]byte, now time.Time) Body {
	b := a.proffer.m.Body
	b.Terms, b.Nonce, b.Answers = t, nonce, a.ID()
	b.AnswerBy = now.Add(AlternativeLife)
	if last := b.ValidUntil.Add(-time.Millisecond); !b.ValidUntil.IsZero() && b.AnswerBy.After(last) {
		b.AnswerBy = last
	}
	return b
}

// profferDraft returns the statement of a body that the person proffers.
func profferDraft(first, second record.Key, b Body, l record.Link) (record.Draft, error) {
	payload, err := encode(bodyToWire(b))
	return record.Draft{
		Type: TypeBody, Version: PayloadVersion, Signers: bodySigners(first, second),
		Recipient: second, Link: l, Payload: payload,
	}, err
}

// receiptDraft returns the statement that names what me holds from them.
func receiptDraft(me Side, mine, theirs record.Key, rs []Received, l record.Link) (record.Draft, error) {
	payload, err := encode(receivedToWire(rs))
	return record.Draft{
		Type: TypeReceipt, Version: PayloadVersion, Signers: []record.Signatory{{Role: me.role(), Key: mine}},
		Recipient: theirs, Link: l, Payload: payload,
	}, err
}

func bodySigners(first, second record.Key) []record.Signatory {
	return []record.Signatory{{Role: record.RoleFirst, Key: first}, {Role: record.RoleSecond, Key: second}}
}

// answers returns what this side tells one who asks about the thread: all that it
// signed, the first receipt of what was just sent again included, and whether its human is asked.
func (a Agreement) answers(to Message) (rs []record.Verified, pending bool) {
	for _, f := range a.waiting() {
		if f.m.By == a.me && !a.overtaken(f) && (to.Kind == KindProffer || !a.received(f)) {
			rs = append(rs, f.m.Rec)
		}
	}
	if a.me != 0 && to.Kind != KindProffer && to.Kind != KindReceipt {
		names := func(one Received) bool { return one.ID == to.Rec.ID() }
		i := slices.IndexFunc(a.receipts[a.me-1], func(r *fact) bool { return slices.ContainsFunc(r.m.Received, names) })
		if i >= 0 {
			rs = append(rs, a.receipts[a.me-1][i].m.Rec)
		}
	}
	id := a.asks()
	return rs, !id.IsZero() && a.me == Second && a.note.asked == id
}
