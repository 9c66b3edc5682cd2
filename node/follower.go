package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/bywaynet/byway/node/internal/guard"
	"github.com/bywaynet/byway/store"
)

const (
	// handlerTimeout is how long a handler has for one agreement.
	handlerTimeout = 10 * time.Second
	// handlerTries is how often a handler that fails is called about one agreement: with
	// the pauses between, for 56 minutes and as long as the calls take.
	handlerTries = 11
	// handlerPause is the longest pause between two tries; the first is a second.
	handlerPause = 10 * time.Minute
	followPage   = 64

	tableFollowed store.Table = "followed"
)

// feed is what a follower needs of the store.
type feed interface {
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
	Wait(ctx context.Context, after uint64) (uint64, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
}

// follower calls one handler about what is stored.
type follower struct {
	agreementHandler
	store     feed
	completed func(ctx context.Context, e store.Event) (a Agreement, ok bool, err error)
	log       *slog.Logger
	slot      guard.Slot
}

// run goes on after failures of the store, and returns once ctx ends.
func (f *follower) run(ctx context.Context) error {
	for try := 1; ; try++ {
		began := time.Now()
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if time.Since(began) > handlerPause {
			try = 1 // it worked meanwhile
		}
		f.log.Error("agreements aren't handled for now; it is tried again", "handler", f.name, "error", err)
		guard.Rest(ctx, guard.Pause(try, handlerPause))
	}
}

// follow returns ctx's error, or that of the store.
func (f *follower) follow(ctx context.Context) error {
	after, err := f.place(ctx)
	if err != nil {
		return err
	}
	for {
		es, err := f.store.Feed(ctx, after, followPage)
		if err != nil {
			return err
		}
		for i, e := range es {
			a, ok, err := f.completed(ctx, e)
			if err != nil {
				return err
			}
			if ok {
				if err := f.tell(ctx, a); err != nil {
					return err
				}
			}
			after = e.Seq
			if ok || i == len(es)-1 {
				if err := f.keepPlace(ctx, after); err != nil {
					return err
				}
			}
		}
		if len(es) > 0 {
			continue
		}
		if _, err := f.store.Wait(ctx, after); err != nil {
			return err
		}
	}
}

// tell calls the handler about a until it succeeds or was called often enough. It returns
// ctx's error where that ends first.
func (f *follower) tell(ctx context.Context, a Agreement) error {
	log := f.log.With("handler", f.name, "agreement", a.ID.String())
	for try := 1; ; try++ {
		_, err := guard.Call(ctx, &f.slot, handlerTimeout, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, f.f(ctx, a)
		})
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			if errors.Is(err, guard.ErrRunning) {
				log.Error("a handler of agreements is left behind while the node closes", "error", err)
			}
			return context.Cause(ctx)
		case try == handlerTries:
			log.Error("a handler of agreements failed; the agreement is passed over", "try", try, "error", err)
			return nil
		}
		log.Error("a handler of agreements failed; it is called again", "try", try, "error", err)
		guard.Rest(ctx, guard.Pause(try, handlerPause))
	}
}

func (f *follower) key() []byte { return []byte("agreement/" + f.name) }

// place returns the sequence number of the last event that the handler is done with.
func (f *follower) place(ctx context.Context) (uint64, error) {
	b, err := f.store.Get(ctx, tableFollowed, f.key())
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err == nil && len(b) != 8 {
		err = fmt.Errorf("a cursor of %d bytes", len(b))
	}
	if err != nil {
		return 0, fmt.Errorf("read the place of %s: %w", f.key(), err)
	}
	return binary.BigEndian.Uint64(b), nil
}

// keepPlace keeps it also where ctx has ended meanwhile: the handler is done with it.
func (f *follower) keepPlace(ctx context.Context, seq uint64) error {
	return f.store.Put(context.WithoutCancel(ctx), tableFollowed, f.key(), binary.BigEndian.AppendUint64(nil, seq))
}
