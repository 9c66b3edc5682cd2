package store

import (
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// views has one snapshot of the index that all readers share. Badger makes who begins a
// transaction wait for every commit under way, so with a snapshot for each reader nobody
// could read while the writer syncs, which is most of the time where much is written.
type views struct {
	mu  sync.Mutex
	now *shared
}

// shared is one snapshot; Badger lets many read in one transaction that writes nothing.
type shared struct {
	txn   *badger.Txn
	users int // guarded by views.mu; being the newest is one use
}

// renew has those who read from now on see what db holds now. A nil db: nobody reads any more.
func (v *views) renew(db *badger.DB) {
	var next *shared
	if db != nil {
		next = &shared{txn: db.NewTransaction(false), users: 1}
	}
	v.mu.Lock()
	last := v.now
	v.now = next
	v.mu.Unlock()
	if last != nil {
		v.give(last)
	}
}

func (v *views) take() *shared {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now.users++
	return v.now
}

func (v *views) give(s *shared) {
	v.mu.Lock()
	s.users--
	last := s.users == 0
	v.mu.Unlock()
	if last {
		s.txn.Discard()
	}
}
