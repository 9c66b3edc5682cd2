package exchange

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/bywaynet/byway/protocol/answer"
)

// answer runs the handler for one request and sends what came of it.
func (a *answering) answer(ctx context.Context, n uint32, req []byte) {
	defer a.handlers.Done()
	resp, err := a.handle(ctx, req)
	k, body := a.reply(ctx, resp, err)
	a.mu.Lock()
	a.cancels[n]()
	delete(a.cancels, n)
	a.mu.Unlock()
	a.memory.give(len(req))

	finished := false
	finish := func() (uint32, error) {
		// Before the answer can arrive: the asker may use the slot at once.
		if !finished {
			finished = true
			a.service.finish(a)
		}
		return n, nil
	}
	_, err = a.out.put(a.ctx, k, body, finish) //nolint:contextcheck // the answer outlives the handler's deadline
	if err != nil && a.ctx.Err() == nil {
		// No memory for the answer. A few bytes to say so are within the stream's base.
		_, err = a.out.put(a.ctx, kindTurned, appendTurned(nil, answer.Busy), finish) //nolint:contextcheck // as above
	}
	if err != nil {
		a.lost.Store(true)
		_, _ = finish()
	}
}

// errPanic is what a handler that panicked returned.
var errPanic = errors.New("the handler panicked")

// handle calls the handler; a panic in it is an error.
func (a *answering) handle(ctx context.Context, req []byte) (resp []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	return a.service.handler(ctx, req)
}

// reply turns what the handler returned into a frame. A handler that was stopped is
// turned away, since what it then returned isn't its answer.
func (a *answering) reply(ctx context.Context, resp []byte, err error) (kind, []byte) {
	var refusal *answer.Refusal
	limit := a.service.protocol.MaxResponse
	switch {
	case err == nil && len(resp) <= limit:
		return kindResponse, resp
	case err == nil:
		err = fmt.Errorf("a response of %d bytes, at most %d", len(resp), limit)
	case errors.As(err, &refusal) && refusal.Status != answer.OK:
		return kindRefused, appendRefused(nil, refusal)
	case errors.Is(err, errPanic):
	case errors.Is(context.Cause(ctx), ErrClosed):
		return kindTurned, appendTurned(nil, answer.Closing)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		a.logFailure("handler out of time", err)
		return kindTurned, appendTurned(nil, answer.TimedOut)
	case ctx.Err() != nil:
		return kindTurned, appendTurned(nil, answer.TimedOut) // cancelled: nobody waits for it
	}
	a.logFailure("handler failed", err)
	return kindRefused, appendRefused(nil, &answer.Refusal{Status: answer.Internal})
}

func (a *answering) logFailure(what string, err error) {
	a.x.log.Error(what, "protocol", a.service.protocol.ID, "peer", a.peer, "err", err)
}
