package nodetest

import (
	"context"
	"net"
	"sync"
)

// control is a control socket inside the bubble: a real one would stop simulated time.
type control struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newControl() *control {
	return &control{calls: make(chan net.Conn), closed: make(chan struct{})}
}

func (c *control) dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case c.calls <- far:
		return near, nil
	case <-c.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (c *control) Accept() (net.Conn, error) {
	select {
	case far := <-c.calls:
		return far, nil
	case <-c.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (c *control) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// Addr implements net.Listener.
func (c *control) Addr() net.Addr { return &net.UnixAddr{Name: "node.sock", Net: "unix"} }
