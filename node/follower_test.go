package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node/internal/guard"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// diary is a store of agreements, which are notes here, with one handler that follows them.
type diary struct {
	t      *testing.T
	memory *store.Memory
	log    bytes.Buffer // read while nothing runs

	mu     sync.Mutex
	calls  []record.ID
	broken bool // what was completed can't be read
	say    func(ctx context.Context, id record.ID, call int) error
}

func newDiary(t *testing.T, say func(ctx context.Context, id record.ID, call int) error) *diary {
	d := &diary{t: t, memory: store.NewMemory(), say: say}
	t.Cleanup(func() {
		if err := d.memory.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// sign completes the n-th agreement.
func (d *diary) sign(n byte) (id record.ID) {
	d.t.Helper()
	id = record.SumID([]byte{n})
	e := record.Entry{Subject: id, At: time.Now().UTC().Truncate(time.Millisecond), Note: []byte("agreed")}
	if err := d.memory.Append(d.t.Context(), id, -1, []record.Entry{e}); err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *diary) handle(ctx context.Context, a Agreement) error {
	d.mu.Lock()
	d.calls = append(d.calls, a.ID)
	call := len(d.calls)
	d.mu.Unlock()
	return d.say(ctx, a.ID, call)
}

func (d *diary) completed(_ context.Context, e store.Event) (a Agreement, ok bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return a, false, errors.New("disk gone")
	}
	a.ID = e.Entry.Subject
	return a, true, nil
}

func (d *diary) breakDisk(broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = broken
}

func (d *diary) called() []record.ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

// start follows until stop, which returns once the follower has.
func (d *diary) start() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	f := follower{
		agreementHandler: agreementHandler{"crm", d.handle}, store: d.memory, completed: d.completed,
		log: slog.New(slog.NewTextHandler(&d.log, nil)),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f.run(ctx); !errors.Is(err, context.Canceled) {
			d.t.Errorf("it ended with %v", err)
		}
	}()
	return func() { cancel(); <-done }
}

// want fails the test where the handler wasn't called about these, in order.
func (d *diary) want(ids ...record.ID) {
	d.t.Helper()
	if got := d.called(); !slices.Equal(got, ids) {
		d.t.Errorf("%d calls %v, want %d %v", len(got), got, len(ids), ids)
	}
}

func (d *diary) place() uint64 {
	d.t.Helper()
	b, err := d.memory.Get(d.t.Context(), tableFollowed, []byte("agreement/crm"))
	if errors.Is(err, store.ErrNotFound) {
		return 0
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return binary.BigEndian.Uint64(b)
}

func TestAHandlerOfAgreementsThatFailsOnceIsCalledAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fails func(context.Context) error
		log   string
	}{
		"an error": {func(context.Context) error { return errors.New("CRM down") }, "CRM down"},
		"a panic":  {func(context.Context) error { panic("no map") }, "panic: no map"},
		"too long": {func(ctx context.Context) error { <-ctx.Done(); return nil }, "took longer than 10s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, func(ctx context.Context, _ record.ID, call int) error {
					if call == 1 {
						return c.fails(ctx)
					}
					return nil
				})
				stop := d.start()
				first, second := d.sign(1), d.sign(2)
				time.Sleep(time.Minute)
				stop()
				d.want(first, first, second)
				if !strings.Contains(d.log.String(), c.log) || strings.Count(d.log.String(), "level=ERROR") != 1 {
					t.Errorf("the log is %q", d.log.String())
				}
			})
		})
	}
}

func TestAnAgreementWaitsOutAnHourOfFailuresThenIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := record.SumID([]byte{1})
		d := newDiary(t, func(_ context.Context, id record.ID, _ int) error {
			if id == first {
				return errors.New("CRM down")
			}
			return nil
		})
		stop := d.start()
		d.sign(1)
		second := d.sign(2)
		time.Sleep(55 * time.Minute)
		if n := len(d.called()); n != handlerTries-1 || d.place() != 0 {
			t.Errorf("after 55 minutes: %d calls, place %d", n, d.place())
		}
		time.Sleep(10 * time.Minute)
		stop()
		d.want(append(slices.Repeat([]record.ID{first}, handlerTries), second)...)
		if !strings.Contains(d.log.String(), "passed over") {
			t.Errorf("the log is %q", d.log.String())
		}
	})
}

func TestARestartGoesOnWithTheAgreementThatTheHandlerWasntDoneWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		second := record.SumID([]byte{2})
		d := newDiary(t, func(_ context.Context, id record.ID, _ int) error {
			if id == second && down {
				return errors.New("CRM down")
			}
			return nil
		})
		first := d.sign(1)
		d.sign(2)
		third := d.sign(3)
		stop := d.start()
		synctest.Wait()
		stop() // in the pause
		d.want(first, second)
		down = false
		fourth := d.sign(4) // while it was closed
		stop = d.start()
		synctest.Wait()
		stop()
		d.want(first, second, second, third, fourth)
		d.start()() // nothing is left
		d.want(first, second, second, third, fourth)
	})
}

func TestAStuckHandlerOfAgreementsIsCalledAgainOnceItReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		letGo := make(chan struct{})
		d := newDiary(t, func(_ context.Context, _ record.ID, call int) error {
			if call == 1 {
				<-letGo
			}
			return nil
		})
		first, second := d.sign(1), d.sign(2)
		stop := d.start()
		time.Sleep(24 * time.Hour)
		d.want(first)
		close(letGo)
		synctest.Wait()
		stop()
		d.want(first, first, second)
	})
}

func TestAStuckHandlerOfAgreementsHoldsUpTheEndNoLongerThanGrace(t *testing.T) {
	for name, runs := range map[string]time.Duration{"in its time": time.Second, "long left": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				letGo := make(chan struct{})
				defer close(letGo)
				d := newDiary(t, func(context.Context, record.ID, int) error { <-letGo; return nil })
				first := d.sign(1)
				stop := d.start()
				time.Sleep(runs)
				began := time.Now()
				stop()
				if took := time.Since(began); took > guard.Grace {
					t.Errorf("the end took %s", took)
				}
				d.want(first)
				if d.place() != 0 || !strings.Contains(d.log.String(), "left behind") {
					t.Errorf("place %d, the log is %q", d.place(), d.log.String())
				}
			})
		})
	}
}

func TestAFailureOfTheStoreLosesNoAgreement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, func(context.Context, record.ID, int) error { return nil })
		d.breakDisk(true)
		first := d.sign(1)
		stop := d.start()
		time.Sleep(time.Hour)
		d.want()
		d.breakDisk(false)
		second := d.sign(2)
		time.Sleep(handlerPause)
		stop()
		d.want(first, second)
	})
}

func TestHandlersOfAgreementsThatCantBeAreRefused(t *testing.T) {
	n, err := New(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f := func(context.Context, Agreement) error { return nil }
	if err := n.OnAgreement("crm", f); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"the same name": n.OnAgreement("crm", f), "no function": n.OnAgreement("other", nil)} {
		if !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(n.onAgreement) != 1 {
		t.Errorf("%d handlers", len(n.onAgreement))
	}
}
