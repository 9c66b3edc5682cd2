package resuming

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// Standing says how far resuming is.
type Standing struct {
	// Begun is how many relationships were to be resumed since the start, Waiting how many of
	// them aren't yet, and Stopped how many aren't tried any more; see Warnings.
	Begun, Waiting, Stopped int
	// Restored is what this node was restored from.
	Restored Restored
	// Warnings are what the owner should act on, in words; name writes a key as she knows it.
	Warnings []string
}

// Standing returns how far resuming is. name writes a key as the owner knows it.
func (r *Resuming) Standing(name func(record.Key) string) Standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Standing{Begun: len(r.begun), Restored: r.life}
	warn := func(format string, args ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...)) }
	for p, w := range r.waiting {
		switch {
		case w.stopped == "" && w.holds:
			s.Waiting++
		case w.stopped != "":
			s.Stopped++
			if _, _, overtaken := r.known[p].Overtaken(); !overtaken {
				warn("%s doesn't take this node's word: %s", name(p.Them), w.stopped)
			}
		}
	}
	var passed []string
	late := map[string]time.Time{} // a party may have several keys
	for p, rel := range r.known {
		if text := r.overtakenWords(rel); text != "" {
			warn("%s (seen by %s); %s", text, name(p.Them), oneStops)
		} else if rel.Passed(r.life.Epoch) { // of later epochs damage may have lost some that this node began
			passed = append(passed, name(p.Them))
		}
		if twice, over := rel.Twice(); twice && !over {
			warn("%s resumed twice in one turn: two nodes of it may run; what both sign is kept as proof", name(p.Them))
		}
		if at := r.lateOf(p, rel); at.After(late[name(p.Them)]) {
			late[name(p.Them)] = at
		}
	}
	for who, at := range late {
		warn("%s has an older copy of its node running, last seen %s: what that signs is refused and kept as proof", who, at.UTC().Format("2006-01-02 15:04"))
	}
	if len(passed) > 0 {
		slices.Sort(passed)
		passed = slices.Compact(passed)
		warn("this backup was restored before (seen by %s), and this node went on above that one; if that one still runs, stop it: what it signs is refused", strings.Join(passed, ", "))
	}
	slices.Sort(s.Warnings)
	s.Warnings = slices.Compact(s.Warnings)
	return s
}

// overtakenWords says why this node doesn't go on in a relationship in which another one of
// its party was shown to it; "" where none was, or it is about to begin an epoch above that one.
func (r *Resuming) overtakenWords(rel resume.Relationship) string {
	_, before, overtaken := rel.Overtaken()
	switch {
	case overtaken && !before:
		return "another node with your keys resumed after this one, so this one decides nothing more there"
	case overtaken && (r.far || r.life.Rises >= maxRises):
		return "another node with your keys resumes whenever this one does"
	}
	return ""
}

// oneStops is what helps where two nodes of one party run.
const oneStops = "stop one of the two for good; if this one is to go on, back it up and restore that: byway backup DIR, byway down, byway restore DIR --dir NEW"

// lateOf returns when something of an epoch that ended came last, zero where the other side has
// resumed since: its restored node says things before it learns that its epoch is over.
func (r *Resuming) lateOf(p Pair, rel resume.Relationship) time.Time {
	at := r.late[p]
	if at.IsZero() {
		at = rel.Late()
	}
	if at.Before(rel.Began()) {
		return time.Time{}
	}
	return at
}

// Settled reports whether a fault of a chain says no more than that one backup was restored
// twice, and that the later node went on.
func (r *Resuming) Settled(f store.Fault) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	rel := r.known[Pair{f.Me, f.Them}]
	if f.Kind == store.UnknownHeld {
		return rel.Claimed(f.Unknown) // the other node's resume is kept, and at no place of this one's chain
	}
	return rel.Settled(f.Side == store.Sent, f.N)
}

// Words says how far one relationship is resumed; "" where nothing is to resume.
func (r *Resuming) Words(me, them record.Key) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Pair{me, them}
	rel := r.known[p]
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
	if twice, over := rel.Twice(); twice && !over {
		out = append(out, "the other side resumed twice in one turn")
	}
	if !r.lateOf(p, rel).IsZero() {
		out = append(out, "an older copy of the other side's node runs")
	}
	return strings.Join(out, "; ")
}
