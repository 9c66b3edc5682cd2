package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/store"
)

const (
	// handlerTimeout is how long a handler has for one agreement.
	handlerTimeout = 10 * time.Second
	// handlerTries is how often a handler that fails is called about one agreement.
	handlerTries = 3
	followPage   = 64

	tableCursors store.Table = "cursors"
)

type agreementHandler struct {
	name string
	f    func(ctx context.Context, a Agreement) error
}

// OnAgreement has f called about each agreement once it is complete: at least once
// each, in order, over restarts too, for at most 10 seconds. name tells handlers apart
// over restarts. Where f fails or panics it is logged and called again, a few times;
// then the next one comes. Call it before Start. Errors: ErrState, ErrConfig.
func (n *Node) OnAgreement(name string, f func(ctx context.Context, a Agreement) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state != built {
		return fmt.Errorf("%w any more to take a handler: call OnAgreement before Start", ErrState)
	}
	for _, h := range n.onAgreement {
		if h.name == name {
			return fmt.Errorf("%w: two handlers of agreements named %q", ErrConfig, name)
		}
	}
	n.onAgreement = append(n.onAgreement, agreementHandler{name, f})
	return nil
}

// follow calls h about each agreement from where it was, until the node closes.
func (r *running) follow(ctx context.Context, h agreementHandler) error {
	key := []byte("agreement/" + h.name)
	after, err := r.cursor(ctx, key)
	if err != nil {
		return err
	}
	for {
		es, err := r.store.Feed(ctx, after, followPage)
		if err != nil {
			return err
		}
		for _, e := range es {
			if err := r.tell(ctx, h, e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(es) > 0 {
			if err := r.store.Put(ctx, tableCursors, key, binary.BigEndian.AppendUint64(nil, after)); err != nil {
				return err
			}
			continue
		}
		if _, err := r.store.Wait(ctx, after); err != nil {
			return err
		}
	}
}

func (r *running) cursor(ctx context.Context, key []byte) (uint64, error) {
	b, err := r.store.Get(ctx, tableCursors, key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err == nil && len(b) != 8 {
		err = fmt.Errorf("a cursor of %d bytes", len(b))
	}
	if err != nil {
		return 0, fmt.Errorf("read the place of %s: %w", key, err)
	}
	return binary.BigEndian.Uint64(b), nil
}

// tell calls h about the agreement that e completed, if it did.
func (r *running) tell(ctx context.Context, h agreementHandler, e store.Event) error {
	if e.Entry.Rec.IsZero() {
		return nil
	}
	m, err := agreement.Read(e.Entry.Rec)
	if err != nil || m.Kind != agreement.KindAccept && m.Kind != agreement.KindAcceptance {
		return nil //nolint:nilerr // a record of another protocol is no agreement
	}
	a, err := r.service.Get(ctx, e.Entry.Subject)
	if err != nil {
		return err
	}
	arg := agreementOf(a, a.View(r.node.parts.Now()))
	for try := 1; ; try++ {
		err := called(ctx, h, arg)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.node.config.Log.Error("a handler of agreements failed", "handler", h.name, "agreement", arg.ID.String(), "try", try, "error", err)
		if try == handlerTries {
			return nil
		}
	}
}

// called calls h once, and turns a panic into an error.
func called(ctx context.Context, h agreementHandler, a Agreement) (err error) {
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h.f(ctx, a)
}
