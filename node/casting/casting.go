package casting

import (
	"context"
	"errors"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/store"
)

// The bounds of what a node casts, hears and answers.
const (
	// DefaultLife is how long an intention is live where its person says nothing.
	DefaultLife = 3 * 24 * time.Hour
	// MaxTo is how many vendors one intention names.
	MaxTo = 32

	// MaxHeard is how many intentions a vendor's node keeps at once, of about 4 KiB each;
	// what comes beyond is refused until others have expired.
	MaxHeard = 1 << 16
	// HandlerTimeout is how long a handler has for one intention.
	HandlerTimeout = 10 * time.Second
	// MaxTries is how often a handler that fails is called about one intention.
	MaxTries = 3
	// MaxHandlerName bounds a handler's name, in bytes.
	MaxHandlerName = 64
	// DefaultGoodFor is how long an offer is good where nothing is said.
	DefaultGoodFor = 24 * time.Hour
	// OfferRate is how many offers a second handlers and the price list make on average:
	// each is signed, synced and sent to a stranger.
	OfferRate = 20
	// OfferBurst is how many of them at once.
	OfferBurst = 100
)

// What this package refuses. Match with errors.Is; the text around says what to change.
var (
	// ErrWish: an intention that can't be cast as it is.
	ErrWish = errors.New("intention refused")
	// ErrQuote: an offer that can't be made as it is.
	ErrQuote = errors.New("offer refused")
	// ErrUnknown: no such intention or offer here. See the listings.
	ErrUnknown = errors.New("no such intention or offer here")
	// ErrOver: the intention was withdrawn, or it or the offer has expired.
	ErrOver = errors.New("it is over")
	// ErrHandler: a handler without a usable name, or a second one of that name.
	ErrHandler = errors.New("handler refused")
	// ErrFull: no room for another intention; there is when others have expired.
	ErrFull = errors.New("too many live intentions")
)

// Store is what casting keeps its records and tables in: *store.DB, *store.Memory.
type Store interface {
	Commit(ctx context.Context, b store.Batch) error
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
	Head(ctx context.Context, me, them record.Key) (store.Head, error)
	Epoch(ctx context.Context) (uint32, error)
	Places(ctx context.Context, me, them record.Key, side store.Side, from uint64, limit int) ([]store.Place, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

// Keyring holds this party's keys.
type Keyring interface {
	Signer(ctx context.Context, k record.Key) (record.Signer, error)
	Owns(k record.Key) bool
}

// Caller sends one request of one protocol to a party's node.
type Caller interface {
	Call(ctx context.Context, to record.Key, req []byte) answer.Outcome
}

// Roads remembers how a party is reached.
type Roads interface {
	Learn(k record.Key, roads []road.Road) error
}

// Publisher hands a cast or withdrawal to all who listen for a top category in a
// community: by a steward, or by the mesh. What a steward refused for good is an
// *answer.Refusal in the error's chain; anything else is tried again.
type Publisher interface {
	Publish(ctx context.Context, community record.ID, top string, data []byte) error
}

// Settler is what a person's side needs of protocol/agreement's Service.
type Settler interface {
	Keep(ctx context.Context, acceptance record.Verified) (agreement.Agreement, error)
	Proffer(ctx context.Context, to agreement.To, b agreement.Body, with ...agreement.Along) (agreement.Agreement, error)
	Get(ctx context.Context, id record.ID) (agreement.Agreement, error)
}

// Accepter is what a vendor's side needs of protocol/agreement's Service.
type Accepter interface {
	Accept(ctx context.Context, carrier record.Verified, as record.Key, name string) (agreement.Agreement, error)
}

// page is how many rows are read at once.
const page = 256

// scan calls take for each row of a table with a prefix, in order.
func scan(ctx context.Context, s Store, t store.Table, prefix []byte, take func(store.Row) error) error {
	var after []byte
	for {
		rows, err := s.Scan(ctx, t, prefix, after, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := take(r); err != nil {
				return err
			}
			after = r.Key
		}
		if len(rows) < page {
			return nil
		}
	}
}

// final returns the refusal in err, where the other side refused for good.
func final(err error) (*answer.Refusal, bool) {
	var r *answer.Refusal
	if !errors.As(err, &r) {
		return nil, false
	}
	switch r.Status {
	case answer.OK, answer.Internal, answer.NotFound, answer.Unsupported:
		return nil, false
	}
	return r, true
}
