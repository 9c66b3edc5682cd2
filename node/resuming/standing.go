package resuming

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bywaynet/byway/protocol/record"
)

// Standing says how far resuming is.
type Standing struct {
	// Begun is how many relationships were to be resumed since the start, Waiting how many aren't yet.
	Begun, Waiting int
	// Warnings are what the owner should act on, in words; name writes a key as she knows it.
	Warnings []string
}

// Standing returns how far resuming is. name writes a key as the owner knows it.
func (r *Resuming) Standing(name func(record.Key) string) Standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Standing{Begun: r.begun}
	warn := func(format string, args ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...)) }
	for p, w := range r.waiting {
		if w.holds {
			s.Waiting++
		}
		if w.stopped != "" && !r.cloned[p] {
			warn("%s doesn't take this node's word: %s", name(p.Them), w.stopped)
		}
	}
	for p := range r.cloned {
		warn("another node resumed from the same backup and signs under your keys (seen by %s): stop one of the two, then restore once more", name(p.Them))
	}
	for p, rel := range r.theirs {
		if _, theirs := rel.Clones(); len(theirs) > 0 {
			warn("%s runs twice: two nodes resumed from one backup; what both sign may contradict itself, and is kept as proof", name(p.Them))
		}
	}
	for p, at := range r.late {
		warn("%s has an older copy of its node running, last seen %s: what that signs is refused", name(p.Them), at.UTC().Format("2006-01-02 15:04"))
	}
	slices.Sort(s.Warnings)
	return s
}

// Words says how far one relationship is resumed; "" where nothing is to resume.
func (r *Resuming) Words(me, them record.Key) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Pair{me, them}
	var out []string
	if w := r.waiting[p]; w != nil {
		switch {
		case w.stopped != "":
			out = append(out, "not resumed: "+w.stopped)
		case w.holds && w.last != "":
			out = append(out, "waits to be resumed: "+w.last)
		case w.holds:
			out = append(out, "being resumed")
		default:
			out = append(out, "what is missing is asked for")
		}
	}
	if r.cloned[p] {
		out = append(out, "another node resumed from the same backup")
	}
	if rel, ok := r.theirs[p]; ok {
		if _, theirs := rel.Clones(); len(theirs) > 0 {
			out = append(out, "the other side resumed twice from one backup")
		}
	}
	if _, ok := r.late[p]; ok {
		out = append(out, "an older copy of the other side's node runs")
	}
	return strings.Join(out, "; ")
}
