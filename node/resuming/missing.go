package resuming

import (
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// Missing returns the places of both sides at which nothing is held and something may still
// come: the gaps of p less what was given up by resuming, and what is kept elsewhere.
func (r *Resuming) Missing(p store.Pair) (sent, held []store.Range) {
	r.mu.Lock()
	rel := r.known[Pair{p.Me, p.Them}]
	r.mu.Unlock()
	return ranges(rel.Missing(true, asSpans(p.Gaps[store.Sent]))), ranges(rel.Missing(false, asSpans(p.Gaps[store.Held])))
}

func asSpans(rs []store.Range) (out []resume.Span) {
	for _, r := range rs {
		out = append(out, resume.Span(r))
	}
	return out
}

func ranges(ss []resume.Span) (out []store.Range) {
	for _, s := range ss {
		out = append(out, store.Range(s))
	}
	return out
}
