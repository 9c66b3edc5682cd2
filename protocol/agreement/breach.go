package agreement

import (
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Breach is a proof that one side contradicted itself: two records that no honest
// party signs both of, whatever the order in which they came.
type Breach struct {
	By Side
	// What says it in plain words.
	What string
	// Proof holds both records.
	Proof [2]record.Verified
}

// Breaches returns every proof that the records held amount to, in one order whatever came first.
func (a Agreement) Breaches() []Breach {
	var out []Breach
	add := func(by Side, what string, x, y *fact) {
		if x != nil && y != nil {
			out = append(out, Breach{by, what, [2]record.Verified{x.m.Rec, y.m.Rec}})
		}
	}
	if a.proffer == nil || a.proffer.m.Kind == KindAcceptance {
		return nil
	}
	declined := a.declines[Second-1]
	add(Second, "countersigned a proffer that it declined", a.whole, declined)
	for _, x := range a.alts {
		add(Second, "countersigned a proffer that it answered with an alternative", a.whole, x.body)
		add(Second, "answered a proffer that it declined with an alternative", declined, x.body)
		if d := a.declines[First-1]; d != nil && x.whole != nil && d.m.About == x.whole.m.Rec.ID() {
			add(First, "countersigned an alternative that it declined", x.whole, d)
		}
	}
	add(Second, "answered one proffer with two alternatives", a.alts[0].body, a.alts[1].body)
	add(First, "countersigned two alternatives to one proffer", a.alts[0].whole, a.alts[1].whole)
	return out
}

// breached reports whether side contradicted itself.
func (a Agreement) breached(side Side) bool {
	if a.alts[0].body == nil && a.declines == [2]*fact{} {
		return false
	}
	for _, b := range a.Breaches() {
		if b.By == side {
			return true
		}
	}
	return false
}

// agreed returns the body that has both signatures; nil for none. Where there are
// two, which takes a breach, it is the proffered one, then the one of the lesser id.
func (a Agreement) agreed() *fact {
	for _, f := range []*fact{a.whole, a.alts[0].whole, a.alts[1].whole} {
		if f != nil {
			return f
		}
	}
	return nil
}

// late reports whether a body that the other side completed came after its time to answer. What
// this side acknowledged and didn't end came in time, whenever it was brought back after a loss.
func (a Agreement) late() bool {
	for _, f := range []*fact{a.whole, a.alts[0].whole, a.alts[1].whole} {
		if f != nil && f.m.Kind == KindAccept && f.m.By != a.me && f.at.After(f.m.Body.AnswerBy) && !a.received(f) {
			return true
		}
	}
	return false
}

// InForce reports whether something was agreed that binds at the given time: complete,
// in time, not ended, within its validity, and no contradiction in what is held. It never
// depends on what the other side knows.
func (a Agreement) InForce(now time.Time) bool {
	f := a.agreed()
	if f == nil || a.State() != Complete || a.late() || a.breached(First) || a.breached(Second) {
		return false
	}
	b := f.m.Body
	return !now.Before(b.ValidFrom) && (b.ValidUntil.IsZero() || now.Before(b.ValidUntil))
}

// Agreed returns the whole record that both sides keep: the body with both
// signatures, or the acceptance. False where there is none.
func (a Agreement) Agreed() (record.Verified, bool) {
	if f := a.agreed(); f != nil {
		return f.m.Rec, true
	}
	return record.Verified{}, false
}
