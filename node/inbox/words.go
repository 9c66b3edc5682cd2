package inbox

import (
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
)

// of says what a message of an agreement means to the owner; false for what says
// nothing new to her.
func (b *Inbox) of(m agreement.Message, v agreement.View, mine bool) (Item, bool) {
	it := Item{Who: b.Book.Other(v), Commands: []string{"byway agreements show " + v.ID.Short()}}
	switch m.Kind {
	case agreement.KindProffer:
		// Not only once she was asked: one that came back after a loss is noted as asked when the other
		// side sends it again, which may be never, and a note brings no entry that could wait.
		it.Kind, it.Waiting = "proffer", v.State == agreement.Open && !v.Expired
		it.Text = fmt.Sprintf("%s proffers %s for %q, to be answered by %s", it.Who, m.Body.Terms.ID, m.Body.Purpose, m.Body.AnswerBy.In(b.Now().Location()).Format("2006-01-02 15:04 MST"))
		it.Commands = answers(v, true)
		return it, !mine && it.Waiting
	case agreement.KindAlternative:
		it.Kind, it.Waiting = "alternative", v.Asked
		it.undecided = v.State == agreement.Answered && !v.Expired && v.EndedBy == 0
		it.Text = fmt.Sprintf("%s names %s instead", it.Who, m.Body.Terms.ID)
		if it.Waiting {
			it.Commands = answers(v, false)
		}
		return it, !mine
	case agreement.KindAccept, agreement.KindAcceptance:
		it.Kind = "agreement"
		it.Text = fmt.Sprintf("agreed with %s on %s", it.Who, m.Body.Terms.ID)
		return it, true
	case agreement.KindDecline:
		it.Kind = "declined"
		it.Text = fmt.Sprintf("%s declined %s: %s", b.by(v, mine), v.Body.Terms.ID, why(m))
		return it, true
	case agreement.KindEnd:
		it.Kind = "ended"
		it.Text = fmt.Sprintf("%s ended %s: %s", b.by(v, mine), v.Body.Terms.ID, why(m))
		return it, true
	}
	return Item{}, false
}

// why is the reason, with what was said to it; quoted, since the other side may have written it.
func why(m agreement.Message) string {
	if m.Text == "" {
		return m.Reason.String()
	}
	return fmt.Sprintf("%s, %q", m.Reason, m.Text)
}

func answers(v agreement.View, alternative bool) []string {
	id := v.ID.Short()
	out := []string{"byway decide " + id + " accept", "byway decide " + id + " decline"}
	if alternative {
		out = append(out, "byway decide "+id+" alternative TERMS")
	}
	return out
}

func (b *Inbox) by(v agreement.View, mine bool) string {
	if mine {
		return "this node"
	}
	return b.Book.Other(v)
}
