package casting

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node/internal/guard"
)

func TestAHandlerThatIgnoresItsContextIsNotCalledBesideItself(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		letGo := make(chan struct{})
		stuck := counting(func(_ context.Context, call int) (*Quote, error) {
			if call == 1 {
				<-letGo
			}
			return cake(), nil
		})
		fine := counting(func(context.Context, int) (*Quote, error) { return nil, nil })
		roaster.asVendor(on(t, Interest{Name: "stuck"}, stuck), on(t, Interest{Name: "fine"}, fine))
		alice.asPerson()
		first := alice.cast(w.beans())
		time.Sleep(time.Hour)
		second := alice.cast(w.beans())
		time.Sleep(time.Hour)
		if stuck.of(first) != 1 || stuck.of(second) != 0 || fine.of(second) != 1 || len(roaster.sent()) != 0 {
			t.Errorf("while it is stuck: calls %d, %d; the other's %d; %d offers", stuck.of(first), stuck.of(second), fine.of(second), len(roaster.sent()))
		}
		close(letGo)
		time.Sleep(time.Minute)
		if stuck.of(first) != 2 || stuck.of(second) != 1 || len(roaster.sent()) != 2 {
			t.Errorf("after it returned: calls %d, %d; %d offers", stuck.of(first), stuck.of(second), len(roaster.sent()))
		}
	})
}

func TestAStuckHandlerHoldsUpTheEndNoLongerThanGrace(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		letGo := make(chan struct{})
		defer close(letGo)
		stuck := counting(func(context.Context, int) (*Quote, error) { <-letGo; return cake(), nil })
		roaster.asVendor(on(t, Interest{}, stuck))
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		began := time.Now()
		roaster.crash()
		if took := time.Since(began); stuck.of(i) != 1 || took != guard.Grace {
			t.Errorf("%d calls; the end took %s, want %s", stuck.of(i), took, guard.Grace)
		}
	})
}
