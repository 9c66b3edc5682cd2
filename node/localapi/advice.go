package localapi

import (
	"fmt"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// Part is where in a store something isn't as it was written.
type Part uint8

// The parts of a store.
const (
	PartLog     Part = iota + 1 // what was said and heard, the truth
	PartSpool                   // what waited to be sent
	PartIndex                   // made from both, and made again from them
	PartVault                   // the keys of what the node knows about its owner
	PartDisk                    // a file that the system can't read, wherever it belongs
	PartRoom                    // the disk, which is full
	PartCatalog                 // a shop's price list
	PartParty                   // the file that says whose node it is
)

var partNames = map[Part]string{
	PartLog: "log", PartSpool: "spool", PartIndex: "index", PartVault: "vault", PartDisk: "disk", PartRoom: "room",
	PartCatalog: "catalog", PartParty: "party",
}

// String returns the part in a word.
func (p Part) String() string { return partNames[p] }

// Flaw is one thing in a store that isn't as it was written. It names no value of the owner's.
type Flaw struct {
	Part Part
	Kind string // how, in a word: see the proto's StoreFlaw
	// What says in a clause where it is and what is wrong; "" for an index, whose makers' words help nobody.
	What string
	// Entries says in words which entries it is about, and First and Last are their numbers; 0 where none is known to be gone.
	Entries     string
	First, Last uint64
	Known       bool // a start of the node met it, and did what it could
	Had         bool // the index had all that was lost by it
	Lost        bool // something is, or may be, gone from here
	Mended      bool // nothing is left to do
}

// Missing is one relationship in which something said is known not to be here.
type Missing struct {
	With string // the owner's name for the other side, with letters of its key
	Key  string // the other side's
	Sent int    // runs of places of what this side said
	Held int    // runs of places of what the other side said
}

// VaultHelp is what helps where the keys of the owner's fields are gone or damaged.
const VaultHelp = "byway restore BACKUPDIR --dir EMPTYDIR; or, without a backup, byway up, then byway forget --all, which gives up what was in it"

// PartyHelp is what helps where the file that says whose node it is is damaged: nothing else is in it but
// what tells the root from others, which a start adds.
const PartyHelp = `write {} there for a person, {"organisation":"NAME"} for a shop; or byway restore BACKUPDIR --dir EMPTYDIR`

// advice says what is affected and what that means, and the one command that helps; "" where none is needed.
func (f Flaw) advice(running bool) (says, try string) {
	restart, rebuild, room, again := "byway up, then byway store check, which knows then what came of it", "byway store rebuild", "byway up, once there is room", "byway up, then byway catalog import FILE"
	if running {
		restart, rebuild, room, again = "byway down && byway up", "byway down && byway store rebuild", "byway down && byway up, once there is room", "byway catalog import FILE"
	}
	if f.Mended || f.Known {
		return f.met()
	}
	switch f.Part {
	case PartLog:
		return f.What + "; what was said or heard there can't be read from the log: at its next start the node takes it from the index where that has it, " +
			"and asks those you deal with for the rest", restart
	case PartSpool:
		return f.What + "; no agreement is affected, but a letter that was on its way may be gone: at its next start the node sends again what nobody has acknowledged", restart
	case PartIndex:
		return "index: it can't be read as it is; nothing is lost, since it is made anew from the log and the spool", rebuild
	case PartVault:
		return f.What + "; what the node knows about you can't be opened, and agreements aren't affected: a backup has the keys", VaultHelp
	case PartCatalog:
		return f.What + "; a node that starts with it offers nothing from it, and agreements aren't affected", again
	case PartParty:
		return f.What + "; no node starts with it, and keys and agreements aren't affected", PartyHelp
	case PartRoom:
		return f.What + "; the index wasn't read, and nothing is lost by that", room
	}
	return f.What + "; the disk may be failing: have a copy on another one before anything else", "byway backup DIR"
}

// met is advice on what a start met.
func (f Flaw) met() (says, try string) {
	switch {
	case f.Mended && f.Lost:
		return "answered: " + f.What + "; what those you deal with hold of it is back; own notes and rows of " + f.Entries + " aren't, and nobody else has them", ""
	case f.Mended && f.Had:
		return "mended: " + f.What + "; the index still had what was lost there, and it is written again; nothing is left to do", ""
	case f.Mended:
		return "mended: " + f.What + "; nothing is left to do", ""
	case f.Known && f.Part == PartSpool:
		return "known: " + f.What + "; what nobody has acknowledged is sent again, and those you deal with are asked for what they hold", "byway status, which says how far that is"
	}
	return "known: " + f.What + "; those you deal with are asked for what they hold", "byway status, which says how far that is"
}

func (f Flaw) toWire(running bool) *localv1.StoreFlaw {
	w := &localv1.StoreFlaw{Trail: f.Part.String(), Kind: f.Kind, First: f.First, Last: f.Last, Mended: f.Mended, Lost: f.Lost}
	w.Text, w.Try = f.advice(running)
	return w
}

func (m Missing) advice() (says, try string) {
	return fmt.Sprintf("%s: of what was said between you %s isn't here; it is asked for whenever the other side is reached", m.With, m.runs()), "byway contacts show " + m.Key
}

func (m Missing) toWire() *localv1.StoreFlaw {
	w := &localv1.StoreFlaw{Trail: "relationship", Kind: "missing", Lost: true}
	w.Text, w.Try = m.advice()
	return w
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

// toWire is all that was found.
func (c StoreCheck) toWire() *localv1.StoreCheck {
	w := &localv1.StoreCheck{Entries: c.Entries, Bytes: c.Bytes}
	for _, f := range c.Flaws {
		w.Flaws = append(w.Flaws, f.toWire(c.Running))
	}
	for _, m := range c.Missing {
		w.Flaws = append(w.Flaws, m.toWire())
	}
	return w
}
