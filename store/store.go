package store

import (
	"errors"

	"github.com/bywaynet/byway/protocol/record"
)

// The bounds of what is stored. A write beyond one is refused whole, with ErrTooLarge or ErrInvalid.
const (
	// MaxBatch bounds one write, in bytes: its keys, values, records and notes, and
	// rowCost for each index row. It stays under the limit of one Badger transaction
	// (15 % of the memtable, 2.5 MB), and keeps every value out of the value log.
	MaxBatch = 1 << 20
	// MaxTable is the largest length of a table's name: 1 to MaxTable of a–z and '-'.
	MaxTable = 24
	// MaxKey is the largest key of a row, in bytes; the smallest is 1.
	MaxKey = 512
	// MaxLimit is the most that one call of Feed, Subjects or Scan returns; a larger
	// limit, or none, means MaxLimit.
	MaxLimit = 4096

	rowCost = 128 // bytes charged for each row beside its key and value: Badger caps a transaction's rows, too
)

// What a store refuses. Match with errors.Is; record.ErrConflict is the other one.
var (
	// ErrNotFound: no row under that key.
	ErrNotFound = errors.New("not in the store")
	// ErrTooLarge: over MaxBatch, MaxKey or record.MaxNote. Split it; nothing was written.
	ErrTooLarge = errors.New("too large for the store")
	// ErrInvalid: a bad table name, an entry without subject or content, a made record out of its link. A fault of the caller's code.
	ErrInvalid = errors.New("not a valid write")
	// ErrClosed: the store was closed. Nothing was written.
	ErrClosed = errors.New("store closed")
	// ErrReadOnly: an earlier write failed on disk, so nothing more is written; what
	// was acknowledged before can be read. Free space or mend the disk, start again.
	// The write that failed first returns it too: whether it is on disk shows after the restart.
	ErrReadOnly = errors.New("store is read-only")
	// ErrLocked: another process, or this one, has the folder open.
	ErrLocked = errors.New("store already open")
	// ErrLayout: written by a program with another layout of keys. Open it with that one.
	ErrLayout = errors.New("store of another layout")
	// ErrCorrupt: what is on disk isn't what was written. Restore from a backup.
	ErrCorrupt = errors.New("store damaged")
)

// Table names a set of rows that one package owns: 1 to MaxTable of a–z and '-'.
type Table string

// Row is one key of a table.
type Row struct {
	Table Table
	Key   []byte // 1 to MaxKey bytes
	Value []byte // nil in a Batch deletes; empty but not nil is a value
}

// Append adds entries to a subject.
type Append struct {
	// Subject is what the entries are about; never zero. An entry's own Subject is this one or zero.
	Subject record.ID
	// Expect is how many entries the subject must have, or -1 for however many.
	Expect int
	// Entries are added in this order.
	Entries []record.Entry
}

// Batch is one write: all of it or none. Appends apply in order and see those before
// them. The store keeps what it points to only until the call returns.
type Batch struct {
	Appends []Append
	Rows    []Row
}

// Event is one appended entry with its place among all.
type Event struct {
	// Seq counts all entries that were ever appended: 1 for the first, no gaps.
	Seq uint64
	// Index is the entry's position within its subject, from 0.
	Index int
	Entry record.Entry
}

// Head is the end of the chain of one relationship, as the keeper sees it.
type Head struct {
	// N is the place of what was sent last, as in record.Link; Sent is its id. Zero for none.
	N    uint64
	Sent record.ID
	// Held is the id of what is held from the other side with the highest place in its chain; zero for none.
	Held record.ID
}

// Size says how much is kept.
type Size struct {
	// Bytes is what the store occupies on disk, sparse files by what they use; for Memory the bytes of keys and values.
	Bytes int64
	// Entries is the number of entries, which is the last event's Seq.
	Entries uint64
}
