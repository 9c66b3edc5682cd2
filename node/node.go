package node

import (
	"context"
	"fmt"
	"sync"

	"github.com/bywaynet/byway/node/internal/parts"
)

// Node acts for one party. Make it with New; all its methods may be called at once.
type Node struct {
	config Config
	parts  parts.Parts
	asked  chan struct{} // closed when the owner asks the node to shut down

	onIntention []intentionHandler
	onAgreement []agreementHandler

	mu     sync.Mutex
	state  state
	run    *running // set while state is running
	closed chan struct{}
}

type state uint8

const (
	built state = iota
	running_
	ended
)

// New checks the configuration and returns a node that isn't running. It touches
// neither disk nor network. Errors: ErrConfig.
func New(c Config) (*Node, error) { return NewWith(c, parts.Real()) }

// NewWith is New with other parts, for tests on a simulated network.
func NewWith(c Config, p parts.Parts) (*Node, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Node{config: c, parts: p, asked: make(chan struct{}), closed: make(chan struct{})}, nil
}

// Start opens the folder and runs the node until Close; ctx bounds the start alone. It
// returns once the node is reached by peers and by its control socket. Errors:
// store.ErrLocked, saying which process has the folder; ErrParty; ErrState; what
// listening says. After an error nothing runs, and Start may be called again.
func (n *Node) Start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state != built {
		return fmt.Errorf("%w: started or closed before", ErrState)
	}
	r, err := n.assemble(ctx)
	if err != nil {
		return err
	}
	n.run, n.state = r, running_
	return nil
}

// Close ends the node: no new work is taken, what is under way is finished or left to
// the next start, all goroutines are joined, the folder is released. Later calls wait
// for the first and return nil.
func (n *Node) Close() error {
	n.mu.Lock()
	was, r := n.state, n.run
	n.state = ended
	n.mu.Unlock()
	if was == ended {
		<-n.closed
		return nil
	}
	defer close(n.closed)
	if was == built {
		return nil
	}
	return r.close()
}

// Asked is closed when the owner has asked the node, over its control socket, to shut
// down. Whoever runs the node then calls Close.
func (n *Node) Asked() <-chan struct{} { return n.asked }

// live returns what runs, or ErrState.
func (n *Node) live() (*running, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state != running_ {
		return nil, ErrState
	}
	return n.run, nil
}
