package steward

import (
	"context"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/exchange"
)

// What one peer may have published: a person's whole shopping list at once, then as fast as a
// person thinks.
const (
	// CastBurst is how many casts and withdrawals at once, CastEvery the time after which one more is free.
	CastBurst = 12
	CastEvery = 10 * time.Second
	// CardBurst and CardEvery are the same for cards: an organisation hands over one a day.
	CardBurst = 4
	CardEvery = time.Minute

	// maxCallers is how many peers' accounts are kept; above it those that owe nothing are
	// forgotten first.
	maxCallers = 4096
)

// till charges peers for one kind of ask.
type till struct {
	burst int
	every time.Duration
	now   func() time.Time

	mu       sync.Mutex
	accounts map[peer.ID]*rate.Limiter
}

func newTill(burst int, every time.Duration, now func() time.Time) *till {
	return &till{burst: burst, every: every, now: now, accounts: map[peer.ID]*rate.Limiter{}}
}

// charge takes one from the caller's account, or refuses with what to do about it. The
// node's own calls, which come by no exchange, are free. The status is Internal since it
// alone tells the caller to try again.
func (t *till) charge(ctx context.Context, what string) error {
	p, ok := exchange.Peer(ctx)
	if !ok {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	a := t.accounts[p]
	if a == nil {
		t.sweep(now)
		a = rate.NewLimiter(rate.Every(t.every), t.burst)
		t.accounts[p] = a
	}
	if !a.AllowN(now, 1) {
		return answer.Refuse(answer.Internal, "too many %s from this node: at most %d at once and one each %s; try again later", what, t.burst, t.every)
	}
	return nil
}

// sweep forgets full accounts, which are as good as new ones, and then any: a peer id
// costs nothing, so keeping one longer holds nobody back.
func (t *till) sweep(now time.Time) {
	if len(t.accounts) < maxCallers {
		return
	}
	for p, a := range t.accounts {
		if a.TokensAt(now) >= float64(t.burst) {
			delete(t.accounts, p)
		}
	}
	for p := range t.accounts {
		if len(t.accounts) < maxCallers {
			return
		}
		delete(t.accounts, p)
	}
}
