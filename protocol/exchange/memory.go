package exchange

import (
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
)

const (
	// memoryBase is reserved for a stream as long as it lives: its read buffer, and
	// the small frames under way.
	memoryBase = 2 * readBuffer
	// memoryStep is the least that is reserved above it at once: a reservation climbs
	// through seven scopes, each with its own lock.
	memoryStep = 64 << 10
)

// memory accounts for what a stream holds in flight, in its libp2p scope. Safe for
// concurrent use. What is left when the stream ends is released by its scope.
type memory struct {
	scope    network.ResourceScope
	priority uint8

	mu       sync.Mutex
	used     int
	reserved int
}

// newMemory reserves the base; its error wraps network.ErrResourceLimitExceeded.
func newMemory(s network.ResourceScope, priority uint8) (*memory, error) {
	if err := s.ReserveMemory(memoryBase, priority); err != nil {
		return nil, err
	}
	return &memory{scope: s, priority: priority, used: readBuffer, reserved: memoryBase}, nil
}

// take accounts for n bytes that are about to be held, or returns why they may not be.
func (m *memory) take(n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if missing := m.used + n - m.reserved; missing > 0 {
		grow := max(missing, memoryStep)
		if err := m.scope.ReserveMemory(grow, m.priority); err != nil {
			return err
		}
		m.reserved += grow
	}
	m.used += n
	return nil
}

// give accounts for n bytes let go.
func (m *memory) give(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
	// Two steps are kept against a busy stream reserving and releasing at each frame.
	keep := max(memoryBase, m.used)
	if spare := m.reserved - keep; spare > 2*memoryStep || (m.used <= memoryBase && spare > 0) {
		m.scope.ReleaseMemory(spare)
		m.reserved = keep
	}
}
