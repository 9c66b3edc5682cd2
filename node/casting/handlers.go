package casting

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/node/internal/guard"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/store"
)

// tableHandlers: handler's name → place of the last intention that it is done with (8 bytes, big-endian).
const tableHandlers store.Table = "handlers"

// ruleName is the place-keeper of the price list's rule; no handler has it.
const ruleName = "(catalog)"

// Interest says what a handler is for.
type Interest struct {
	// Name tells handlers apart, over restarts too: its place among the intentions is
	// kept under it. 1 to MaxHandlerName bytes; empty for "default".
	Name string
	// Categories: it is called about intentions at, under or above one of them; none: about all.
	Categories []category.Path
}

// OnIntention has f called about each live intention of its interest, one after another,
// each at least once, also over restarts: f may see one again after a crash, but a
// second offer by the same handler for it is never made. f has HandlerTimeout, by its
// context; where it fails, takes longer or panics that is logged and it is called again
// after a pause, up to MaxTries times, then the intention is left to listings. A handler
// that ignores its context is left to itself, and called again once it has returned.
// f returns what to offer, or nil to say nothing.
// The price list's rule leaves alone what is of a handler's interest. Errors: ErrHandler.
func (v *Vendor) OnIntention(i Interest, f func(ctx context.Context, i Intention) (*Quote, error)) error {
	if i.Name == "" {
		i.Name = "default"
	}
	h := &handler{name: i.Name, categories: slices.Clone(i.Categories), f: f}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case len(i.Name) > MaxHandlerName || i.Name == ruleName || i.Name[0] < ' ':
		return fmt.Errorf("%w: name %q; try one word of at most %d bytes", ErrHandler, i.Name, MaxHandlerName)
	case f == nil:
		return fmt.Errorf("%w: %q has no function", ErrHandler, i.Name)
	case slices.ContainsFunc(v.handlers, func(o *handler) bool { return o.name == i.Name }):
		return fmt.Errorf("%w: there is one named %q; give each a name", ErrHandler, i.Name)
	}
	v.handlers = append(v.handlers, h)
	if ctx := v.running; ctx != nil {
		v.wg.Go(func() { v.serve(ctx, h) })
	}
	return nil
}

// handler is one function of the owner's program, or the price list's rule.
type handler struct {
	name       string
	categories []category.Path
	f          func(context.Context, Intention) (*Quote, error)
	rule       bool
	rewound    uint64 // how many rewinds the rule has seen
	slot       guard.Slot
}

func (h *handler) wants(c category.Path) bool { return deals(h.categories, c) }

// deals reports whether c is at, under or above one of the paths, or there are none.
func deals(paths []category.Path, c category.Path) bool {
	return len(paths) == 0 || slices.ContainsFunc(paths, func(p category.Path) bool { return p.Contains(c) || c.Contains(p) })
}

// serve goes through what is live, from where the handler was, until ctx ends.
func (v *Vendor) serve(ctx context.Context, h *handler) {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, longestWait) {
		err := v.follow(ctx, h)
		if ctx.Err() != nil {
			return
		}
		v.Log.Error("intentions aren't handled for now; it is tried again", "handler", h.name, "err", err)
		guard.Rest(ctx, wait)
	}
}

// follow returns ctx's error, or that of the store.
func (v *Vendor) follow(ctx context.Context, h *handler) error {
	done, err := v.doneWith(ctx, h)
	if err != nil {
		return err
	}
	for {
		last, err := v.news(ctx, h, &done)
		if err != nil {
			return err
		}
		for done < last {
			rows, err := v.Store.Scan(ctx, tableIntentions, nil, place(done), 16)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := v.handle(ctx, h, r); err != nil {
					return err
				}
				done = binary.BigEndian.Uint64(r.Key)
			}
			if len(rows) < 16 {
				done = max(done, last)
			}
			if err := v.Store.Put(ctx, tableHandlers, []byte(h.name), place(done)); err != nil {
				return err
			}
		}
	}
}

func (v *Vendor) doneWith(ctx context.Context, h *handler) (uint64, error) {
	b, err := v.Store.Get(ctx, tableHandlers, []byte(h.name))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(b) != 8:
		return 0, fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableHandlers)
	}
	return binary.BigEndian.Uint64(b), nil
}

// news waits until something came after the place, which the rule's rewind takes to the start.
func (v *Vendor) news(ctx context.Context, h *handler, done *uint64) (uint64, error) {
	for {
		v.mu.Lock()
		last, changed := v.last, v.changed
		if h.rule && h.rewound != v.rewinds {
			h.rewound, *done = v.rewinds, 0
		}
		v.mu.Unlock()
		if last > *done {
			return last, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// handle has one intention handled. It returns an error where it has to be handled again
// later, by no fault of the handler's.
func (v *Vendor) handle(ctx context.Context, h *handler, r store.Row) error {
	i, err := readHeard(r)
	if err != nil {
		v.Log.Error("an intention that was kept can't be read; it is passed over", "handler", h.name, "err", err)
		return nil
	}
	if !v.now().Before(i.Expires) {
		return nil
	}
	if h.rule {
		return v.byRule(ctx, i)
	}
	if !h.wants(i.Category) {
		return nil
	}
	if _, made, err := v.madeBy(ctx, i.ID, h.name); made || err != nil {
		return err
	}
	for try := 1; ; try++ {
		q, err := guard.Call(ctx, &h.slot, HandlerTimeout, func(ctx context.Context) (*Quote, error) { return h.f(ctx, i.Intention) })
		if err == nil && q != nil {
			err = v.byHandler(ctx, i, h.name, *q)
		}
		var own *ownFailure
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			if errors.Is(err, guard.ErrRunning) {
				v.Log.Error("handler is left behind while the node closes", "handler", h.name, "intention", i.ID.Short(), "err", err)
			}
			return context.Cause(ctx)
		case errors.As(err, &own):
			return own.err
		case try == MaxTries:
			v.Log.Error("handler failed; the intention is left to the listings", "handler", h.name, "intention", i.ID.Short(), "tries", try, "err", err)
			return nil
		}
		v.Log.Warn("handler failed; it is called again", "handler", h.name, "intention", i.ID.Short(), "err", err)
		guard.Rest(ctx, guard.Pause(try, longestWait))
	}
}

// ownFailure is a failure of this node, not of who asked for an offer.
type ownFailure struct{ err error }

func (f *ownFailure) Error() string { return f.err.Error() }

// byHandler makes the offer that a handler or the rule wants, no faster than the node's pace.
func (v *Vendor) byHandler(ctx context.Context, i heard, name string, q Quote) error {
	if err := v.pace.Wait(ctx); err != nil {
		return err
	}
	_, err := v.makeOffer(ctx, i, name, q, false)
	if err == nil || errors.Is(err, ErrQuote) {
		return err
	}
	if errors.Is(err, ErrOver) || errors.Is(err, ErrUnknown) {
		return nil // it went while the handler thought
	}
	return &ownFailure{err}
}
