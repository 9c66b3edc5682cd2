package store

import (
	"fmt"
	"time"

	"github.com/bywaynet/byway/store/internal/segment"
)

// FindingKind says what wasn't as it was written. It is stored: append-only.
type FindingKind uint8

// The kinds of findings.
const (
	// FoundTorn: the last write isn't whole. It may have been acknowledged or not.
	FoundTorn FindingKind = iota + 1
	// FoundDamaged: entries of the log can't be read.
	FoundDamaged
	// FoundCut: a file is shorter than it was.
	FoundCut
	// FoundMissing: a file is gone.
	FoundMissing
	// FoundAhead: the index has what the log hasn't.
	FoundAhead
	// FoundLetters: something of the spool can't be read.
	FoundLetters
	// FoundUnreadable: the system can't read a file. A check alone finds it.
	FoundUnreadable
	// FoundGone: a whole trail is gone. A check alone finds it.
	FoundGone
)

var findingNames = map[FindingKind]string{
	FoundTorn: "torn", FoundDamaged: "damaged", FoundCut: "cut", FoundMissing: "missing", FoundAhead: "ahead", FoundLetters: "letters",
	FoundUnreadable: "unreadable", FoundGone: "gone",
}

// String returns the kind in a word.
func (k FindingKind) String() string { return findingNames[k] }

// Finding is something that isn't as it was written: met at a start, which made of it what
// it could, or by a check before any start met it. Mended and Lossy are the one rule of what it costs.
type Finding struct {
	Kind  FindingKind
	Trail Trail     // 0 where a file of neither can't be read
	At    time.Time // when a start met it; zero where none did yet
	// Segment, Offset and Length say in which file of the trail, and where in it in bytes.
	Segment        uint32 `json:",omitempty"`
	Offset, Length int64  `json:",omitempty"`
	// After is the last whole entry before it.
	After uint64 `json:",omitempty"`
	// First and Last are the numbers of the entries that are gone; 0 where none is known to be.
	First, Last uint64
	// Open says that more may be gone that was written after After, and nobody knows how much.
	Open bool `json:",omitempty"`
	// Knew is the last entry that the index knew of a trail that ended before it; 0 where it knew of none.
	Knew uint64 `json:",omitempty"`
	// Events are the numbers of the first and the last event that may be gone with them; 0 for none.
	Events [2]uint64
	// Had is how many of Events the index still had: they are in the log again, with all rows of tables.
	Had uint64 `json:",omitempty"`
	// Remade says that the index had to be made from the trails, so it had nothing that they lost.
	Remade bool `json:",omitempty"`
	// Restored says that the index had all of it, so that it is in the trail again.
	Restored bool
	// Answered is when all whom this party is known to deal with had sent back what they hold; see DB.Answered.
	Answered time.Time `json:",omitzero"`
	// File and Why are the file that the system can't read, and what it says.
	File, Why string `json:",omitempty"`
}

// Lossy reports whether something is, or may be, gone by it that no start took from the index again.
func (f Finding) Lossy() bool {
	open := f.Open || f.Kind == FoundTorn || f.Kind == FoundUnreadable || f.Kind == FoundGone
	return !f.Restored && (f.First > 0 || open)
}

// Mended reports whether nothing is left to do about it: nothing was lost, or the index had
// it, or all who could send something back have done so. Where it is Lossy even so, what was only here is gone.
func (f Finding) Mended() bool { return !f.Lossy() || f.Known() && !f.Answered.IsZero() }

// Known reports whether a start of the node met it.
func (f Finding) Known() bool { return !f.At.IsZero() }

// Entries says in words which entries of its trail it is about.
func (f Finding) Entries() string {
	switch f.First {
	case 0:
		return fmt.Sprintf("entries after %d", f.After)
	case f.Last:
		return fmt.Sprintf("entry %d", f.First)
	}
	return fmt.Sprintf("entries %d to %d", f.First, f.Last)
}

// String says in a clause where it is, and what is gone by it.
func (f Finding) String() string {
	switch {
	case f.Kind == FoundUnreadable:
		return f.File + " can't be read: " + f.Why
	case f.Kind == FoundGone:
		return "the " + f.Trail.folder() + " is gone"
	case f.Knew > 0 && (f.Kind == FoundAhead || f.Kind == FoundLetters):
		return fmt.Sprintf("%s: it ends at entry %d, and the index knew entry %d: a file is gone, or was put back to an older one", f.trail(), f.After, f.Knew)
	case f.Kind == FoundMissing && f.Open:
		return fmt.Sprintf("%s: file %d is gone, %s", f.trail(), f.Segment, f.lost())
	}
	return fmt.Sprintf("%s: segment %d, %d bytes from byte %d: %s, %s", f.trail(), f.Segment, f.Length, f.Offset, f.kind(), f.lost())
}

// lost says in words what is gone.
func (f Finding) lost() string {
	switch open := f.Open || f.Kind == FoundTorn; {
	case f.First > 0 && f.First == f.Last:
		return f.Entries() + " is lost"
	case f.First > 0:
		return f.Entries() + " are lost"
	case !open:
		return "no entry is lost"
	case f.Restored:
		return fmt.Sprintf("and the index knew what was written after entry %d, up to entry %d", f.After, f.Knew)
	case f.Kind == FoundTorn:
		return fmt.Sprintf("what was written after entry %d may be lost: it may or may not have been acknowledged", f.After)
	}
	return fmt.Sprintf("what was written after entry %d may be lost", f.After)
}

func (f Finding) trail() string {
	if f.Trail == 0 && f.Kind != FoundLetters { // of a store that an earlier program wrote
		return LogTrail.folder()
	}
	if f.Trail == 0 {
		return SpoolTrail.folder()
	}
	return f.Trail.folder()
}

func (f Finding) kind() string {
	if f.Kind == FoundLetters {
		return FoundDamaged.String()
	}
	return f.Kind.String()
}

// finding is what is known of a flaw before anything is made of it.
func (l flaw) finding() Finding {
	f := Finding{Kind: l.kind, Trail: l.trail, Segment: l.Segment, Offset: l.Offset, Length: l.Length, After: l.After.Seq, Open: l.Open(), Knew: l.knew.seq}
	f.First, f.Last = l.Lost()
	if f.First > 0 && l.Before.Mark > l.After.Mark {
		f.Events = [2]uint64{l.After.Mark + 1, l.Before.Mark}
	}
	return f
}

// flaw is one place where the store isn't as it was written.
type flaw struct {
	segment.Break
	trail Trail
	kind  FindingKind
	knew  position // how far the index knew a trail that ends before that; zero for a break in one
}

// flawOf is a break of a trail.
func flawOf(t Trail, b segment.Break) flaw {
	if t == SpoolTrail {
		return flaw{Break: b, trail: t, kind: FoundLetters}
	}
	kinds := map[segment.BreakKind]FindingKind{
		segment.Torn: FoundTorn, segment.Damaged: FoundDamaged, segment.Cut: FoundCut, segment.Missing: FoundMissing,
	}
	return flaw{Break: b, trail: t, kind: kinds[b.Kind]}
}
