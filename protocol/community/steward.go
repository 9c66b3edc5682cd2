package community

import (
	"context"
	"errors"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// The contract of what a steward is asked.
const (
	// StewardID is the protocol's id.
	StewardID = "/byway/steward/1"
	// MaxRequest is the largest request, in bytes: a whole card (8 KiB), with its frame.
	MaxRequest = 9 << 10
	// MaxResponse is the largest answer, in bytes: longer listings come in pages.
	MaxResponse = 64 << 10
	// MaxPage is the largest number of cards or casts in one answer; at their largest, fewer fit.
	MaxPage = 64
	// Timeout is how long one ask may take: reading one page, or validating one cast.
	Timeout = 10 * time.Second
	// Rate is how many asks of one peer a steward takes a second: a directory of 10,000
	// cards is read in 20 s. Casts cost their caller more, see node/mesh.
	Rate = 16
	// Burst is how many asks of one peer a steward takes at once.
	Burst = 64
)

// ErrAnswer is what a Client returns where a steward's answer is out of its form. Ask another steward.
var ErrAnswer = errors.New("a steward's answer is out of its form")

// Numbered is one card or cast with its place in the steward's own numbering.
type Numbered struct {
	// Seq grows with each one that is taken in, also over restarts: a steward whose
	// numbers aren't kept starts above any it can have given out, such as at the time.
	Seq   uint64
	Bytes []byte
}

// Directory keeps the cards of one community. Safe for concurrent use.
type Directory interface {
	// Cards returns, in order of Seq, up to limit live cards numbered after the given
	// one: those that deal in top, or all where top is zero.
	Cards(ctx context.Context, top category.Path, after uint64, limit int) ([]Numbered, error)
	// Keep verifies a card and takes it in. It says no with an *answer.Refusal, or an
	// error of record's gate; what the caller of the steward signed it with is its own matter.
	Keep(ctx context.Context, card []byte) error
}

// Casts keeps the live casts of one community. Safe for concurrent use.
type Casts interface {
	// Live is for casts what Cards is for cards.
	Live(ctx context.Context, top category.Path, after uint64, limit int) ([]Numbered, error)
	// Publish validates a cast or withdrawal in its gossip form, as if a mesh peer had
	// sent it, then publishes it. It says no as Keep does.
	Publish(ctx context.Context, message []byte) error
}

// Steward is what a node serves for one community.
type Steward struct {
	Founding  record.Verified
	Directory Directory
	Casts     Casts
}

// Page is a part of a listing.
type Page struct {
	// Items are whole cards or gossip forms, as the steward sent them: verify each.
	Items [][]byte
	// Cursor is where the next page begins; it means something to this steward alone.
	Cursor uint64
	// More says that the next page isn't empty.
	More bool
}
