package agreement

import (
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// Do is what a step does.
type Do uint8

// The kinds of step.
const (
	DoSend    Do = iota + 1 // send Rec to the other side
	DoEnd                   // sign an End for Reason, and send it
	DoAsk                   // have the Decider decide on the body with the id About
	DoReceipt               // sign a receipt that names Received, and send it once
)

// Step is one thing that this side is to do.
type Step struct {
	Do       Do
	Rec      record.Verified
	About    record.ID
	Reason   Reason
	Received []Received
}

// Due returns what this side is to do at the given time, and when to look again: zero
// for not before something new is applied. It follows from what is held alone, so a
// party that lost all but its journal does the same. Sending is repeated, at intervals that
// the caller chooses, until a receipt or an answer makes it stop.
func (a Agreement) Due(now time.Time) (send []Step, wake time.Time) {
	if a.proffer == nil || a.me == 0 {
		return nil, time.Time{}
	}
	if r, must := a.mustEnd(); must {
		send = append(send, Step{Do: DoEnd, Reason: r, About: a.ID()})
	}
	if id := a.asks(); !id.IsZero() && a.note.asked != id && a.me == First && !now.After(a.alts[0].body.m.Body.AnswerBy) {
		send = append(send, Step{Do: DoAsk, About: id})
	}
	later := func(t time.Time) {
		if wake.IsZero() || t.Before(wake) {
			wake = t
		}
	}
	for _, f := range a.unreceived() {
		switch from, until := f.at.Add(ResendAfter), a.giveUp(f); {
		case !now.Before(until):
		case now.Before(from):
			later(from)
		default:
			send = append(send, Step{Do: DoSend, Rec: f.m.Rec, About: f.m.Rec.ID()})
		}
	}
	if rs := a.owed(); len(rs) > 0 {
		send = append(send, Step{Do: DoReceipt, Received: rs, About: a.ID()})
	}
	return send, wake
}

// mustEnd reports whether this side has to end the thread by itself: a body was
// completed too late by its clock, or the other side contradicted itself.
func (a Agreement) mustEnd() (Reason, bool) {
	if a.State() == Ended || a.me == 0 {
		return ReasonNone, false
	}
	if a.breached(a.me.Other()) {
		return ReasonVoid, true
	}
	if a.late() {
		return ReasonLate, true
	}
	return ReasonNone, false
}

// asks returns the id of the body that waits for this side's decision; zero for none.
func (a Agreement) asks() record.ID {
	if a.proffer == nil || a.State() > Answered {
		return record.ID{}
	}
	switch a.me {
	case Second:
		if a.State() == Open {
			return a.ID()
		}
	case First:
		if x := a.alts[0].body; x != nil && a.alts[1].body == nil && a.declines == [2]*fact{} {
			return x.m.Rec.ID()
		}
	}
	return record.ID{}
}

// unreceived returns what this side said and the other hasn't been seen to hold.
func (a Agreement) unreceived() []*fact {
	var fs []*fact
	if a.me == First && a.State() == Open && a.note.refused == answer.OK && a.proffer.m.Kind == KindProffer {
		fs = append(fs, a.proffer)
	}
	for _, f := range a.waiting() {
		if f.m.By == a.me && !a.received(f) && !a.overtaken(f) {
			fs = append(fs, f)
		}
	}
	return fs
}

// overtaken reports whether the other side has answered f, so that it holds it.
func (a Agreement) overtaken(f *fact) bool {
	if f.m.Kind != KindAlternative {
		return false
	}
	id := f.m.Rec.ID()
	if d := a.declines[First-1]; d != nil && d.m.About == id {
		return true
	}
	for _, x := range a.alts {
		if x.whole != nil && x.whole.m.Rec.ID() == id {
			return true
		}
	}
	return false
}

// giveUp returns when this side stops sending f unasked. A withdrawal of what the other
// side has never answered is moot once the time to answer is over there too.
func (a Agreement) giveUp(f *fact) time.Time {
	if f.m.Kind == KindEnd && a.me == First && a.proffer.m.Kind == KindProffer && !a.heard() {
		return a.proffer.m.Body.AnswerBy.Add(time.Hour)
	}
	if f.m.Kind == KindProffer {
		return f.m.Body.AnswerBy.Add(GiveUp)
	}
	return f.at.Add(GiveUp)
}

// heard reports whether anything that the other side said is held.
func (a Agreement) heard() bool {
	for _, f := range a.waiting() {
		if f.m.By != a.me {
			return true
		}
	}
	return a.note.theirs || len(a.receipts[a.me.Other()-1]) > 0
}

// owed returns what the other side said and this one hasn't acknowledged.
func (a Agreement) owed() []Received {
	var rs []Received
	for _, f := range a.waiting() {
		if f.m.By != a.me && !a.received(f) && !a.overtaken(f) {
			rs = append(rs, Received{ID: f.m.Rec.ID(), Sum: f.sum, Proffer: a.ID()})
		}
	}
	return rs
}
