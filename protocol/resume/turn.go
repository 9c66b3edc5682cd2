package resume

import (
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Pending is a claim of this party that isn't answered whole.
type Pending struct {
	Claim Claim
	Rec   record.Verified
	// After is where the next page begins.
	After Cursor
}

// Pending returns the first claim that this node made and that isn't answered whole, of those in
// its last epoch: what earlier ones asked for, the resume after them covers. There is none
// where the other side has shown another node's resume; see Overtaken.
func (r Relationship) Pending() (Pending, bool) {
	if _, _, overtaken := r.Overtaken(); overtaken {
		return Pending{}, false
	}
	for _, h := range r.latest() {
		if n := r.notes[h.c.ID]; n.kind != noteDone {
			return Pending{Claim: h.c, Rec: h.rec, After: n.next}, true
		}
	}
	return Pending{}, false
}

// own returns the claims that this node made, by their place.
func (r Relationship) own() []held {
	return slices.DeleteFunc(slices.Clone(r.mine), func(h held) bool { return r.notes[h.c.ID].kind == noteOther })
}

// latest returns those of its last epoch.
func (r Relationship) latest() []held {
	own := r.own()
	return slices.DeleteFunc(own, func(h held) bool { return h.c.Link.Epoch() < own[len(own)-1].c.Link.Epoch() })
}

// Epoch returns the last epoch in which this node claimed something, 0 for none.
func (r Relationship) Epoch() (epoch uint32) {
	for _, h := range r.own() {
		epoch = max(epoch, h.c.Link.Epoch())
	}
	return epoch
}

// Overtaken reports whether the other side has shown, to a claim of this node's last
// epoch, a resume under the same key that this node didn't make, and the highest epoch that
// such a one has. before says that this node's own resume wasn't answered yet: the other one may
// be of a node that is no more, such as an earlier restore of the same backup. Else that one
// resumed after this node, and goes on.
func (r Relationship) Overtaken() (epoch uint32, before, ok bool) {
	before = false
	for _, h := range r.latest() {
		kind := r.notes[h.c.ID].kind
		ok = ok || kind == noteClone
		before = before || h.c.Epoch > 0 && kind == noteClone
	}
	for _, h := range r.Others() {
		epoch = max(epoch, h.Statement().Link().Epoch())
	}
	return epoch, before, ok
}

// Passed reports whether this node's resume of an epoch was answered with one that another node made.
func (r Relationship) Passed(epoch uint32) bool {
	return slices.ContainsFunc(r.own(), func(h held) bool {
		return h.c.Epoch > 0 && h.c.Epoch == epoch && r.notes[h.c.ID].kind == noteClone
	})
}

// Others returns the resumes under this party's key that another node made, as the other side showed them.
func (r Relationship) Others() (out []record.Verified) {
	for _, h := range r.mine {
		if h.c.Epoch > 0 && r.notes[h.c.ID].kind == noteOther {
			out = append(out, h.rec)
		}
	}
	return out
}

// Twice reports whether the other side resumed more than once in one epoch, and whether that is
// over: one of its nodes went on in a later epoch, and in no other is anything taken.
func (r Relationship) Twice() (twice, over bool) {
	last, _ := lastResume(r.theirs)
	for _, v := range several(r.theirs) {
		twice, over = true, v.Statement().Link().Epoch() < last.c.Epoch
	}
	return twice, over
}

// Settled reports whether a fault at place n of a side's chain says no more than that
// an older copy resumed an epoch that an earlier one had resumed, and a later one ended. What this
// party's two nodes said in that epoch, each before it knew of the other, is settled whatever it was.
func (r Relationship) Settled(mine bool, n uint64) bool {
	hs := r.theirs
	if mine {
		hs = r.mine
	}
	at := record.Link{N: n}
	last, _ := lastResume(hs)
	return (mine || at.Count() <= 2) && at.Epoch() < last.c.Epoch && slices.ContainsFunc(several(hs), func(v record.Verified) bool {
		return v.Statement().Link().Epoch() == at.Epoch()
	})
}

// Claimed reports whether a claim with that id under this party's key is held, whoever made it.
func (r Relationship) Claimed(id record.ID) bool {
	return slices.ContainsFunc(r.mine, func(h held) bool { return h.c.ID == id })
}

// Began returns when the first resume of the other side's last epoch was kept, zero where it never resumed.
func (r Relationship) Began() time.Time {
	last, ok := lastResume(r.theirs)
	if !ok {
		return time.Time{}
	}
	first, _ := firstResume(r.theirs, last.c.Epoch)
	return first.at
}

// Late returns when something of an epoch that the other side had ended was refused last and kept, zero for never.
func (r Relationship) Late() (at time.Time) {
	for _, k := range r.kept {
		st := k.rec.Statement()
		if st.Author() != r.them || !k.at.After(at) {
			continue
		}
		for _, h := range r.theirs {
			if h.c.endsAt(st.Link().N) && !k.at.Before(h.at) {
				at = k.at
			}
		}
	}
	return at
}
