package dealing

import (
	"context"
	"sync"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Feed is what History reads: the store's entries in the order in which they came.
type Feed interface {
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
	Head(ctx context.Context, me, them record.Key) (store.Head, error)
}

// feedPage is how many entries are read at once.
const feedPage = 512

// History knows with whom anything was ever agreed. It reads the feed when it is first
// asked, and then only what came since: settings that don't ask cost nothing. Safe for
// concurrent use.
type History struct {
	feed Feed

	mu   sync.Mutex
	seen uint64
	with map[parties]struct{}
}

type parties struct{ first, second record.Key }

// NewHistory returns a History that has read nothing yet.
func NewHistory(f Feed) *History { return &History{feed: f, with: map[parties]struct{}{}} }

// Of reports whether the counterparty sent a record before, and whether anything was
// agreed with it, ended since or not.
func (h *History) Of(ctx context.Context, me, them record.Key) (known, prior bool, err error) {
	head, err := h.feed.Head(ctx, me, them)
	if err != nil {
		return false, false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.catchUp(ctx); err != nil {
		return false, false, err
	}
	_, one := h.with[parties{me, them}]
	_, other := h.with[parties{them, me}]
	return !head.Held.IsZero(), one || other, nil
}

func (h *History) catchUp(ctx context.Context) error {
	for {
		es, err := h.feed.Feed(ctx, h.seen, feedPage)
		if err != nil {
			return err
		}
		for _, e := range es {
			h.seen = e.Seq
			if e.Entry.Rec.IsZero() {
				continue
			}
			m, err := agreement.Read(e.Entry.Rec)
			if err == nil && (m.Kind == agreement.KindAccept || m.Kind == agreement.KindAcceptance) {
				h.with[parties{m.First, m.Second}] = struct{}{}
			}
		}
		if len(es) < feedPage {
			return nil
		}
	}
}
