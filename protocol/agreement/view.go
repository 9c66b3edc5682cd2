package agreement

import (
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// View is a thread as a listing shows it. What isn't in State follows from the
// clock, from local notes, or from a contradiction.
type View struct {
	// ID is the thread's: of the proffer, or of the acceptance.
	ID            record.ID
	Me            Side
	First, Second record.Key
	State         State
	// Words say in short how it stands, such as "waits for your decision".
	Words string
	// Body is the one agreed; else the alternative; else the proffer.
	Body Body
	// Agreed is the id of the body or acceptance that has what it takes; zero where none has.
	Agreed  record.ID
	InForce bool
	// Asked: a human on this side is to decide, with Decide. Theirs: one on the other side.
	Asked, Theirs bool
	// Expired: not complete, and its time to answer is over by this clock.
	Expired bool
	// Withdrawn: the person ended it before anything was complete.
	Withdrawn bool
	// Void: the other side, or this one, contradicted itself; see Breaches.
	Void bool
	// Unreceived: this side signed something that the other hasn't acknowledged.
	Unreceived bool
	// Refused is why the other side didn't look at the proffer; OK where it did.
	Refused answer.Status
	// EndedBy, Reason and Text say who ended or declined it, and why.
	EndedBy Side
	Reason  Reason
	Text    string
	// Began is when the first record was kept, Since when the one that made State was. Where the
	// first came back after a loss, Began is when the other side kept it, by its word.
	Began, Since time.Time
}

// View returns how the thread stands at the given time.
func (a Agreement) View(now time.Time) View {
	if a.proffer == nil {
		return View{Words: "nothing is held"}
	}
	f := a.agreed()
	v := View{
		ID: a.ID(), Me: a.me, First: a.First(), Second: a.Second(), State: a.State(), Body: a.proffer.m.Body,
		InForce: a.InForce(now), Void: a.breached(First) || a.breached(Second), Refused: a.note.refused,
		Unreceived: a.me != 0 && len(a.unreceived()) > 0, Began: a.began(), Since: a.proffer.at,
	}
	switch {
	case f != nil:
		v.Agreed, v.Body, v.Since = f.m.Rec.ID(), f.m.Body, f.at
	case a.alts[0].body != nil:
		v.Body, v.Since = a.alts[0].body.m.Body, a.alts[0].body.at
	}
	if d := a.last(); d != nil {
		v.EndedBy, v.Reason, v.Text, v.Since = d.m.By, d.m.Reason, d.m.Text, d.at
	}
	v.Withdrawn = f == nil && a.ends[First-1] != nil
	v.Expired = f == nil && v.State < Ended && a.declines == [2]*fact{} && now.After(v.Body.AnswerBy)
	id := a.asks()
	v.Asked = !id.IsZero() && a.note.asked == id && !v.Expired
	v.Theirs = a.note.theirs && v.State == Open && !v.Expired
	v.Words = a.words(v, now)
	return v
}

func (a Agreement) began() time.Time {
	if at := a.note.began; !at.IsZero() && at.Before(a.proffer.at) {
		return at
	}
	return a.proffer.at
}

// last returns the end that was kept first; else the decline; nil where there is neither.
func (a Agreement) last() *fact {
	for _, said := range [][2]*fact{a.ends, a.declines} {
		switch x, y := said[0], said[1]; {
		case x == nil && y == nil:
		case y == nil, x != nil && x.at.Before(y.at):
			return x
		default:
			return y
		}
	}
	return nil
}

func (a Agreement) words(v View, now time.Time) string {
	switch {
	case v.Void:
		return "void: " + a.Breaches()[0].By.String() + " " + a.Breaches()[0].What
	case v.Withdrawn:
		return "withdrawn before it was agreed"
	case v.State == Ended:
		return "ended by " + v.EndedBy.String() + ": " + v.Reason.String()
	case v.InForce:
		return "in force"
	case v.State == Complete && !v.Body.ValidUntil.IsZero() && !now.Before(v.Body.ValidUntil):
		return "agreed; its time is over"
	case v.State == Complete:
		return "agreed; not in force yet"
	case a.declines != [2]*fact{}:
		return "declined by " + v.EndedBy.String() + ": " + v.Reason.String()
	case v.Refused != answer.OK:
		return "not looked at over there: " + v.Refused.String()
	case v.Expired:
		return "expired unanswered"
	case v.Asked:
		return "waits for your decision"
	case v.State == Answered:
		return "answered with other terms, which wait for the person"
	case v.Theirs:
		return "waits for a human over there"
	}
	return "waits for an answer"
}
