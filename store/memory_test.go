package store_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/storetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return store.NewMemory() })
}

// Simulated time stands still unless all waits are on channels made in the bubble.
func TestMemoryLetsSimulatedTimePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := store.NewMemory()
		alice, bakery := signer(t, "alice"), signer(t, "the bakery")
		began := time.Now()
		slow := func(subject string) {
			err := m.AppendLinked(t.Context(), alice.Key(), bakery.Key(), 0, func(l record.Link) ([]record.Entry, error) {
				time.Sleep(time.Hour)
				return sayAbout(alice, bakery.Key(), topic(subject))(l)
			})
			if err != nil {
				t.Error(err)
			}
		}
		go slow("bread")
		go slow("cake") // waits for its turn meanwhile
		if seq, err := m.Wait(t.Context(), 1); err != nil || seq != 2 {
			t.Errorf("woken with %d, %v; want 2", seq, err)
		}
		if took := time.Since(began); took != 2*time.Hour {
			t.Errorf("two makes of an hour in turn took %v", took)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}
