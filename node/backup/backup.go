package backup

import (
	"context"
	"errors"
	"io"
	"time"
)

// Format is what every manifest names; a reader refuses another one.
const Format = "byway-backup/1"

const (
	// MaxPiece bounds one piece of a trail, in bytes: what a reader holds in memory.
	MaxPiece = 16 << 20
	// PartsPerFull is how many parts build on one full backup before the next is full
	// again: more of them save little, and each is one more file that must be whole.
	PartsPerFull = 30
)

// What goes wrong with backups. Match with errors.Is; the texts say what to do.
var (
	// ErrWords: a file isn't opened by these words. Nothing was written.
	ErrWords = errors.New("these words don't open it")
	// ErrDamaged: a file isn't as it was written, or isn't whole.
	ErrDamaged = errors.New("damaged")
	// ErrIncomplete: what the newest backup builds on is damaged or missing; a
	// *BrokenError in the chain lists it. An earlier state can be restored.
	ErrIncomplete = errors.New("backup incomplete")
	// ErrNone: there is no backup in the folder.
	ErrNone = errors.New("no backup there")
	// ErrNoRoom: the medium, or what its owner may use of it, is full. The backups there are
	// as they were.
	ErrNoRoom = errors.New("no room for the backup")
	// ErrFormat: made by a program with another format. Restore with that one.
	ErrFormat = errors.New("backup of another format")
)

// Place is where a trail stands after one of its entries; zero before its first.
type Place struct {
	Seq  uint64 `json:"seq"`
	Mark uint64 `json:"mark"` // of the store's events: how many records and notes there were
	Hash Hash   `json:"hash"` // of the entry
}

// Piece is a run of a trail's entries, as they are on disk.
type Piece struct {
	Raw  []byte // at most MaxPiece bytes; the maker's again when the callback returns
	Last Place  // of its last entry
}

// Trail is a chain of sealed entries that grows at its end: the log, or the spool,
// which loses its oldest, too.
type Trail interface {
	// Head returns where the trail stands.
	Head(ctx context.Context) (Place, error)
	// Holds reports whether the trail leads through p: another one's doesn't.
	Holds(ctx context.Context, p Place) (bool, error)
	// Copy calls each with the entries after one place up to the other, in order, and
	// returns how many in between are lost.
	Copy(ctx context.Context, after, upTo Place, each func(Piece) error) (lost uint64, err error)
}

// A Check reads pieces of trails without their store.
type Check interface {
	// Log and Spool report where a trail stands that stood at after, zero for its start,
	// once the entries of raw have come, and how many those are. They fail where the
	// entries aren't whole, or don't follow.
	Log(after Place, raw []byte) (at Place, n uint64, err error)
	Spool(after Place, raw []byte) (at Place, n uint64, err error)
}

// Named is a file that a backup holds whole.
type Named struct {
	// Name is its path in the backup, with slashes, such as "node/party.json".
	Name string
	// Open returns its content now, and how many bytes that is. An error that is
	// fs.ErrNotExist leaves the file out.
	Open func() (io.ReadCloser, int64, error)
}

// Source is what is backed up.
type Source struct {
	// Party is "person" or "organisation".
	Party      string
	Log, Spool Trail
	// Fitting are small files that have to fit the log as far as it is copied: they are as
	// they were at the moment when the log ended there.
	Fitting []Named
	// Files are other files, as they are when it is their turn.
	Files []Named
	Check Check
}

// Progress says how far it got.
type Progress struct {
	// Step is what is done now: StepWrite, StepVerify or StepRestore.
	Step Step
	// Done and Total count entries of the log, Total 0 where it isn't known.
	Done, Total uint64
	// Bytes is how many were written or read in this step.
	Bytes int64
}

// Step is a stage of work, in a word that a person can read.
type Step string

// The steps.
const (
	StepWrite   Step = "writing"
	StepVerify  Step = "verifying"
	StepRestore Step = "restoring"
)

// Options say how a backup is made. The zero value makes a part where it can.
type Options struct {
	// Full asks for a full backup.
	Full bool
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Medium is what it is written to. Default: the folder itself.
	Medium Medium
	// Progress, where set, is called now and then, from the caller's own goroutine.
	Progress func(Progress)
}

// Made is one backup that was written and read back.
type Made struct {
	Link
	// Why says why it is full though that wasn't asked for; empty otherwise.
	Why string
	// Lost is how many entries of the log aren't in it since they were damaged in the store.
	Lost uint64
}
