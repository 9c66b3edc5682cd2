package finding

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	dhtrecord "github.com/libp2p/go-libp2p-record"

	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// cardSpace is the only namespace of values in a community's DHT.
const cardSpace = "card"

var cardText = base32.StdEncoding.WithPadding(base32.NoPadding)

// cardKey is where an organisation's card lies: "/card/" and the sha256 of its key, in
// lower-case base32.
func cardKey(k record.Key) string {
	sum := sha256.Sum256(k[:])
	return "/" + cardSpace + "/" + strings.ToLower(cardText.EncodeToString(sum[:]))
}

// errCard says that a value isn't the card that belongs under its key.
var errCard = errors.New("not the card of that key")

// cards is the DHT's validator. Each card that passes it, on its way in or out, is
// shown to forks.
type cards struct {
	now   func() time.Time
	forks *forks
}

var _ dhtrecord.Validator = (*cards)(nil)

// Validate lets pass a live card of at most profile.MaxRecord bytes under the hash of its key.
func (v *cards) Validate(key string, value []byte) error {
	_, c, err := profile.Verify(value, v.now())
	if err != nil {
		return err
	}
	if cardKey(c.Key) != key {
		return fmt.Errorf("%w: signed by %s", errCard, c.Key.Short())
	}
	if err := c.Live(v.now()); err != nil {
		return err
	}
	v.forks.see(c)
	return nil
}

// Select picks the newest; of equals the first, so that what is put again is kept longer.
func (v *cards) Select(_ string, values [][]byte) (int, error) {
	best, at := profile.Card{}, -1
	for i, b := range values {
		_, c, err := profile.Verify(b, v.now())
		if err == nil && (at < 0 || profile.Newer(c, best)) {
			best, at = c, i
		}
	}
	if at < 0 {
		return 0, errCard
	}
	return at, nil
}

// maxForkers bounds the organisations whose cards are compared; above it an arbitrary
// one is forgotten, and compared again from its next card on.
const maxForkers = 1 << 13

// forks remembers, of each organisation seen, the cards of its highest sequence.
type forks struct {
	log *slog.Logger

	mu   sync.Mutex
	held map[record.Key]profile.Held
}

func newForks(log *slog.Logger) *forks {
	return &forks{log: log, held: map[record.Key]profile.Held{}}
}

// see remembers a card, and says once of an organisation that it forked.
func (f *forks) see(c profile.Card) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, known := f.held[c.Key]
	if !known && len(f.held) >= maxForkers {
		for k := range f.held {
			delete(f.held, k)
			break
		}
	}
	if next, changed, err := h.Apply(c); err == nil && changed {
		f.held[c.Key] = next
		if len(h.Forks()) == 0 && len(next.Forks()) > 0 {
			f.log.Warn("an organisation signed two cards of the same sequence: it speaks with two tongues, or its key is in two hands", "key", c.Key.Short())
		}
	}
}
