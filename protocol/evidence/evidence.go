package evidence

import (
	"crypto/sha256"
	"errors"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// The bounds of a bundle. They are part of the format.
const (
	// MaxBundle is the largest bundle, in bytes.
	MaxBundle = 8 << 20
	// MaxRecords is how many records a bundle holds besides roster, taking and offer.
	MaxRecords = 4096
	// Ext is how the name of a file with a bundle ends.
	Ext = ".evidence"
)

const (
	magic   = "byway-ev"
	version = 1
	// frame is what is in a bundle besides records: magic, version, thread, three lengths, a count, the checksum.
	frame = len(magic) + 1 + 32 + 3*4 + 2 + sha256.Size
)

// What this package refuses, besides the errors of package record. Match with errors.Is.
var (
	// ErrMalformed: not the one valid form of a bundle; changed, cut, or of something else. Ask for the file again.
	ErrMalformed = errors.New("malformed bundle")
	// ErrTooLarge: over MaxBundle or MaxRecords. Select leaves out what is oldest.
	ErrTooLarge = errors.New("bundle too large")
	// ErrVersion: of a version that this code doesn't know. A newer program may.
	ErrVersion = errors.New("unknown version of bundle")
	// ErrStrange: a record that doesn't belong to the thread or to the relationship, or contradicts another one's signature.
	ErrStrange = errors.New("a record doesn't belong in the bundle")
)

// The types of statement that a bundle gives a place of its own.
const (
	typeOffer  record.Type = "offer.offer"
	typeTaking record.Type = "offer.taking"
)

// Bundle is what a file of evidence holds. New and Parse make one; it is never changed.
type Bundle struct {
	thread        record.ID
	first, second record.Key
	roster        *terms.Roster
	listed        record.Verified
	taking, offer record.Verified
	records       []record.Verified
	messages      []agreement.Message // those of the records that are of the agreement protocol, in their order
	held          agreement.Agreement
	bytes         []byte
}

// Parts are what a bundle is made of.
type Parts struct {
	// Thread is the id of the proffer or acceptance that the agreement began with.
	Thread record.ID
	// Roster is the record of the roster that lists the terms; zero where none does.
	Roster record.Verified
	// Taking and Offer are zero where the proffer took no offer; the offer alone where it is lost.
	Taking, Offer record.Verified
	// At is when the acceptance in Offer is judged, which matters to a delegation alone.
	At time.Time
	// Records are between the two parties alone, in any order; one that is there twice counts once.
	Records []record.Verified
}

// Thread returns the id of the proffer or acceptance that the agreement began with.
func (b Bundle) Thread() record.ID { return b.thread }

// First returns the person's key, Second the organisation's.
func (b Bundle) First() record.Key { return b.first }

// Second returns the organisation's key.
func (b Bundle) Second() record.Key { return b.second }

// Roster returns the roster that goes along, whoever keeps it; nil for none.
func (b Bundle) Roster() *terms.Roster { return b.roster }

// Taking returns the record by which the proffer took an offer; zero for none.
func (b Bundle) Taking() record.Verified { return b.taking }

// Offer returns the offer that was taken; zero for none.
func (b Bundle) Offer() record.Verified { return b.offer }

// Records returns what the two said to each other: first the person's, then the
// organisation's, each in the order of their places. The caller must not change the slice.
func (b Bundle) Records() []record.Verified { return b.records }

// Agreement returns what the records of the thread amount to. No clock was asked, so nothing in it is late.
func (b Bundle) Agreement() agreement.Agreement { return b.held }

// Bytes returns the file's content. The caller must not change it.
func (b Bundle) Bytes() []byte { return b.bytes }

// Sum returns the sha256 of the whole file: two bundles are the same where it is equal.
func (b Bundle) Sum() [sha256.Size]byte { return sha256.Sum256(b.bytes) }
