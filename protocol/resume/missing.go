package resume

import "github.com/bywaynet/byway/protocol/record"

// Missing returns, of spans of places at which nothing is held, those at which something may
// still come: of this party's own side where mine is true, else of the other side's. Nothing comes any more in
// a stretch that its author gave up by resuming; of this party's own that is known once such a resume
// was answered to its end, since then the other side has sent back what it holds. Nor is a place
// empty at which a claim of another node of this party stands, kept in a note.
func (r Relationship) Missing(mine bool, spans []Span) []Span {
	if len(spans) == 0 {
		return nil
	}
	for _, s := range r.over(mine) {
		spans = without(spans, s)
	}
	return spans
}

// over returns the spans of one side in which nothing is missing whatever is held there.
func (r Relationship) over(mine bool) (out []Span) {
	ended := r.theirs
	if mine {
		for _, h := range r.mine {
			out = append(out, Span{h.c.Link.N, h.c.Link.N})
		}
		ended = r.answered()
	}
	for _, h := range ended {
		if c := h.c; c.Epoch > 0 {
			out = append(out, Span{c.Sent + 1, record.Place(c.Epoch, 1) - 1})
		}
	}
	return out
}

// answered returns this node's claims up to its last resume that was answered to its end: that covers those before.
func (r Relationship) answered() []held {
	own := r.own()
	for i := len(own) - 1; i >= 0; i-- {
		if own[i].c.Epoch > 0 && r.notes[own[i].c.ID].kind == noteDone {
			return own[:i+1]
		}
	}
	return nil
}

// without returns spans less what is in s.
func without(spans []Span, s Span) (out []Span) {
	for _, one := range spans {
		if s.First > s.Last || s.Last < one.First || one.Last < s.First {
			out = append(out, one)
			continue
		}
		if one.First < s.First {
			out = append(out, Span{one.First, s.First - 1})
		}
		if s.Last < one.Last {
			out = append(out, Span{s.Last + 1, one.Last})
		}
	}
	return out
}
