package guard

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 10 * time.Second

func TestCallReturnsWhatTheFunctionDid(t *testing.T) {
	own := errors.New("no idea")
	for name, c := range map[string]struct {
		f    func(context.Context) (int, error)
		want int
		says string // in the error; empty for none
		took time.Duration
	}{
		"a value":    {f: func(context.Context) (int, error) { return 7, nil }, want: 7},
		"an error":   {f: func(context.Context) (int, error) { return 0, own }, says: "no idea"},
		"a panic":    {f: func(context.Context) (int, error) { panic("oh") }, says: "guard_test.go"},
		"a goexit":   {f: func(context.Context) (int, error) { runtime.Goexit(); return 7, nil }, says: "ended its goroutine"},
		"too long":   {f: func(ctx context.Context) (int, error) { <-ctx.Done(); return 7, nil }, says: "took longer than 10s", took: limit},
		"too long 2": {f: func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, own }, says: "no idea", took: limit},
		"late":       {f: func(context.Context) (int, error) { time.Sleep(limit + time.Second); return 7, nil }, says: "took longer", took: limit + time.Second},
		"just in time": {
			f:    func(context.Context) (int, error) { time.Sleep(limit - time.Second); return 7, nil },
			want: 7, took: limit - time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				got, err := Call(t.Context(), new(Slot), limit, c.f)
				if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%d, %v", got, err)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
			})
		})
	}
}

// stuck is a function that ignores its context until it is let go.
func stuck(letGo <-chan struct{}) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { <-letGo; return 7, nil }
}

func TestAFunctionThatRunsOnIsLeftAndNotCalledBesideItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		letGo := make(chan struct{})
		var s Slot
		began := time.Now()
		if got, err := Call(t.Context(), &s, limit, stuck(letGo)); !errors.Is(err, ErrRunning) || got != 0 {
			t.Errorf("%d, %v", got, err)
		}
		if took := time.Since(began); took != limit+Grace {
			t.Errorf("left after %s", took)
		}
		time.AfterFunc(time.Hour, func() { close(letGo) })
		got, err := Call(t.Context(), &s, limit, func(context.Context) (int, error) { return 8, nil })
		if took := time.Since(began); got != 8 || err != nil || took != limit+Grace+time.Hour {
			t.Errorf("%d, %v after %s", got, err, took)
		}
	})
}

func TestTheEndOfTheContextIsWaitedForNoLongerThanGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		letGo := make(chan struct{})
		defer close(letGo)
		var s Slot
		for _, want := range []time.Duration{time.Second + Grace, time.Second} { // while it is called; while the last call runs on
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			if _, err := Call(ctx, &s, limit, stuck(letGo)); !errors.Is(err, ErrRunning) {
				t.Error(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("gave up after %s, want %s", took, want)
			}
			cancel()
		}
	})
}

func TestAFunctionThatEndsWithTheContextKeepsItsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := Call(ctx, new(Slot), limit, func(ctx context.Context) (int, error) { <-ctx.Done(); return 7, nil })
		if got != 7 || err != nil {
			t.Errorf("%d, %v", got, err)
		}
	})
}

func TestNothingIsCalledOnceTheContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	_, err := Call(ctx, new(Slot), limit, func(context.Context) (int, error) { called = true; return 7, nil })
	if called || !errors.Is(err, context.Canceled) {
		t.Errorf("called: %v, %v", called, err)
	}
}

func TestPausesGrowToTheLongest(t *testing.T) {
	for i, want := range []time.Duration{time.Second, 4 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		if got := Pause(i+1, 30*time.Second); got != want {
			t.Errorf("after try %d: %s, want %s", i+1, got, want)
		}
	}
}

func TestRestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		Rest(t.Context(), time.Minute)
		Rest(ctx, time.Minute)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("rested for %s", took)
		}
	})
}
