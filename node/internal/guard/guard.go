package guard

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Grace is how long Call waits, once a function's context has ended, for it to return.
const Grace = 2 * time.Second

// ErrRunning says that a function ignores its context: it goes on by itself, and what
// it returns is thrown away. Have it return once its context ends.
var ErrRunning = errors.New("it runs on though its context has ended")

// Slot lets one call run at a time. Its zero value is ready; it belongs to the goroutine
// that makes the calls.
type Slot struct{ last chan struct{} } // closed when the last call has returned; nil before the first

// Call calls f with a context that ends with ctx, or after limit, and returns what f
// returned. A panic is an error with its stack, and so is a return later than limit. Where
// f hasn't returned Grace after its context ended, Call returns ErrRunning, and f is left
// to itself; the next Call in the slot begins once it has returned, or returns ErrRunning
// when ctx ends before that. Where ctx has ended already, f isn't called.
func Call[T any](ctx context.Context, s *Slot, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var none, out T
	if s.last != nil {
		select {
		case <-s.last:
		case <-ctx.Done():
			return none, ErrRunning
		}
	}
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := errors.New("it ended its goroutine instead of returning") // until it returns
	done := make(chan struct{})
	s.last = done
	go func() {
		defer close(done)
		out, err = caught(bounded, f)
	}()
	if !returned(bounded, done) {
		return none, fmt.Errorf("called %s ago or more: %w", limit, ErrRunning)
	}
	if bounded.Err() != nil && ctx.Err() == nil {
		if err == nil {
			err = bounded.Err()
		}
		return none, fmt.Errorf("took longer than %s: %w", limit, err)
	}
	return out, err
}

// returned waits until done, but at most Grace longer than ctx.
func returned(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	t := time.NewTimer(Grace)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

// caught calls f, and makes an error of a panic.
func caught[T any](ctx context.Context, f func(context.Context) (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx)
}

// Pause returns how long to wait after a function failed for the try-th time, from 1: one
// second, then four times as long each time, up to longest.
func Pause(try int, longest time.Duration) time.Duration {
	d := time.Second
	for ; try > 1 && d < longest; try-- {
		d *= 4
	}
	return min(d, longest)
}

// Rest waits for d, or until ctx ends.
func Rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
