package segment

import "fmt"

// BreakKind says how a folder isn't as it was written.
type BreakKind uint8

// The kinds of breaks.
const (
	// Torn: the end of what was written last isn't whole. It may have been acknowledged or not.
	Torn BreakKind = iota + 1
	// Damaged: bytes in the middle aren't what was written.
	Damaged
	// Cut: a file is shorter than it was made. It stands before Torn and Damaged, since what a
	// cut leaves at its end looks like either.
	Cut
	// Missing: a file is gone.
	Missing
)

var breakNames = map[BreakKind]string{Torn: "torn", Damaged: "damaged", Cut: "cut", Missing: "missing"}

// String returns the kind in a word.
func (k BreakKind) String() string { return breakNames[k] }

// Break is one place where a folder isn't as it was written.
type Break struct {
	Kind    BreakKind
	Segment uint32
	// Offset and Length say where in the file, in bytes.
	Offset, Length int64
	// After is the last whole entry before it, and Before the first one after it; zero for none.
	After, Before Place
	// New says that nothing was written since: it is at the end of all.
	New bool
	// Bare says that a file was cut behind its last entry: zeros show that no other was there.
	Bare bool
}

// Lost returns the numbers of the first and the last entry that are gone; 0 and 0 where
// none is, or where that can't be known: see Open.
func (b Break) Lost() (first, last uint64) {
	if b.Before.Seq <= b.After.Seq+1 {
		return 0, 0
	}
	return b.After.Seq + 1, b.Before.Seq - 1
}

// Open reports whether entries after After may be lost without anybody knowing how many: it
// is, or was, at the end of all, and the numbers go on after it.
func (b Break) Open() bool {
	first, _ := b.Lost()
	return first == 0 && !b.Bare && (b.New || b.Kind != Damaged)
}

// String says in words what is broken.
func (b Break) String() string {
	where := fmt.Sprintf("segment %d, %d bytes from byte %d: %s", b.Segment, b.Length, b.Offset, b.Kind)
	first, last := b.Lost()
	switch {
	case b.Open():
		return fmt.Sprintf("%s, what was written after entry %d may be lost", where, b.After.Seq)
	case first == 0:
		return where + ", no entry is lost"
	case first == last:
		return fmt.Sprintf("%s, entry %d is lost", where, first)
	}
	return fmt.Sprintf("%s, entries %d to %d are lost", where, first, last)
}
