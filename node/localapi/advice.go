package localapi

import (
	"fmt"
	"strings"
)

// Part is where in a store something isn't as it was written.
type Part uint8

// The parts of a store.
const (
	PartLog   Part = iota + 1 // what was said and heard, the truth
	PartSpool                 // what waited to be sent
	PartIndex                 // made from both, and made again from them
	PartVault                 // the keys of what the node knows about its owner
	PartDisk                  // a file that the system can't read, wherever it belongs
)

// Flaw is one thing that reading every byte of a store found. It names no
// value of the owner's.
type Flaw struct {
	Part Part
	// What says in a clause where it is and what is wrong; "" for an index, whose makers' words help nobody.
	What string
	// Done is what an earlier start of the node did about it; "" for one that is new.
	Done string
	// Lost is whether something is gone from here even so; it counts where Done says something.
	Lost bool
}

// Missing is one relationship in which something said is known not to be here.
type Missing struct {
	With string // the owner's name for the other side, with letters of its key
	Key  string // the other side's
	Sent int    // runs of places of what this side said
	Held int    // runs of places of what the other side said
}

// MendedHead begins a sentence, in a StoreCheck and in a status, of a flaw that costs nothing any more.
const MendedHead = "mended: "

// Mended reports whether a sentence of a StoreCheck or a status is of a flaw that costs nothing any more.
func Mended(found string) bool { return strings.HasPrefix(found, MendedHead) }

// advice says in one line what is affected, what that means, and the one command that helps.
func (f Flaw) advice(running bool) string {
	restart, rebuild := "byway up, then byway store check, which knows then what came of it", "byway store rebuild"
	if running {
		restart, rebuild = "byway down && byway up", "byway down && byway store rebuild"
	}
	switch {
	case f.Done != "" && !f.Lost:
		return MendedHead + f.Done + "; nothing is left to do"
	case f.Done != "":
		return "known: " + f.Done + "; the status says how far what others hold is back; try: byway status"
	case f.Part == PartLog:
		return f.What + "; what was said or heard there can't be read from the log: at its next start the node takes it from the index where that has it, " +
			"and asks those you deal with for the rest; try: " + restart
	case f.Part == PartSpool:
		return f.What + "; no agreement is affected, but a letter that was on its way may be gone: at its next start the node sends again what nobody has acknowledged; try: " + restart
	case f.Part == PartIndex:
		return "index: it can't be read as it is; nothing is lost, since it is made anew from the log and the spool; try: " + rebuild
	case f.Part == PartVault:
		return f.What + "; what the node knows about you can't be opened, and agreements aren't affected: a backup has the keys, to be restored into an empty folder; try: byway restore BACKUPDIR --dir EMPTYDIR"
	}
	return f.What + "; the disk may be failing: have a copy on another one before anything else; try: byway backup DIR"
}

func (m Missing) advice() string {
	return fmt.Sprintf("%s: of what was said between you %s isn't here; it is asked for whenever the other side is reached; try: byway contacts show %s", m.With, m.runs(), m.Key)
}

func (m Missing) runs() string {
	words := func(n int, whose string) string {
		if n == 1 {
			return "one stretch of " + whose
		}
		return fmt.Sprintf("%d stretches of %s", n, whose)
	}
	switch {
	case m.Held == 0:
		return words(m.Sent, "yours")
	case m.Sent == 0:
		return words(m.Held, "theirs")
	}
	return words(m.Sent, "yours") + " and " + words(m.Held, "theirs")
}

// found says all of it, a line each.
func (c StoreCheck) found() (out []string) {
	for _, f := range c.Flaws {
		out = append(out, f.advice(c.Running))
	}
	for _, m := range c.Missing {
		out = append(out, m.advice())
	}
	return out
}
