package store

import (
	"sync"

	"github.com/bywaynet/byway/protocol/record"
)

type pairKey struct{ me, them record.Key }

// pairs holds what is under way in each chain, while something is.
type pairs struct {
	mu sync.Mutex
	m  map[pairKey]*pair
}

// pair is the chain of one relationship from the last place stored to the last queued.
type pair struct {
	key   pairKey
	users int           // guarded by pairs.mu
	turn  chan struct{} // of capacity 1, full while a place is being given: a channel, so that waiting for it ends with a context

	mu   sync.Mutex
	tail Head   // the last place queued; zero where nothing is known to be queued
	age  uint64 // counts the tails that were given up, from 1
}

func (ps *pairs) enter(k pairKey) *pair {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.m[k]
	if p == nil {
		if ps.m == nil {
			ps.m = make(map[pairKey]*pair)
		}
		p = &pair{key: k, turn: make(chan struct{}, 1), age: 1}
		ps.m[k] = p
	}
	p.users++
	return p
}

func (ps *pairs) leave(p *pair) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(ps.m, p.key)
	}
}

func (p *pair) queued() Head {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tail
}

// extend makes h the tail and returns the tail's age.
func (p *pair) extend(h Head) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tail = h
	return p.age
}

// forget gives up a tail of the given age: what was queued in it after a request that
// failed will fail too, and starts again from what is stored. A younger tail stays.
func (p *pair) forget(age uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.age == age {
		p.age++
		p.tail = Head{}
	}
}
