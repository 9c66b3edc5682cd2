package store_test

import (
	"testing"

	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/storetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return store.NewMemory() })
}
