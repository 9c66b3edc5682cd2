package localapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"syscall"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/connect/v2/connectinprocess"

	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
)

// ErrNotRunning is returned by Dial where no node listens for the folder: start one
// with `byway up`.
var ErrNotRunning = errors.New("no node is running")

// Client calls a running node. Its fields are safe for concurrent use. FailureOf
// reads the errors of its calls.
type Client struct {
	Node     localv1connect.NodeServiceClient
	Dealing  localv1connect.DealingServiceClient
	Casting  localv1connect.CastingServiceClient
	Finding  localv1connect.FindingServiceClient
	Evidence localv1connect.EvidenceServiceClient
	Keeping  localv1connect.KeepingServiceClient
	Vault    localv1connect.VaultServiceClient
	// Relations shows the chains of relationships.
	Relations localv1connect.RelationsServiceClient

	http  *http.Transport
	ready chan net.Conn // the connection that Dial made, until the first call takes it
}

// Dial reaches the node that runs in dir. It fails with ErrNotRunning where nobody
// listens, and with ErrPeer where another user's process does. ctx bounds the dialling
// alone. Close the client after use.
func Dial(ctx context.Context, dir string) (*Client, error) {
	path, err := SocketPath(dir)
	if err != nil {
		return nil, err
	}
	first, err := dialSocket(ctx, path, peerUID)
	if err != nil {
		return nil, fmt.Errorf("reach the node in %s: %w", dir, err)
	}
	c := NewClient(func(ctx context.Context) (net.Conn, error) { return dialSocket(ctx, path, peerUID) })
	c.ready <- first
	return c, nil
}

// NewClient returns a client of the node that dial reaches, which is called once for each
// connection; who is at the other end is dial's to check. Close the client after use.
func NewClient(dial func(context.Context) (net.Conn, error)) *Client {
	ready := make(chan net.Conn, 1)
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case c := <-ready:
			return c, nil
		default:
			return dial(ctx)
		}
	}}
	c := newClient(connect.NewClient(connecthttp.NewTransport(&http.Client{Transport: t}, "http://unix", connecthttp.WithReadMaxBytes(MaxMessage))))
	c.http, c.ready = t, ready
	return c
}

// Client returns a client of s in its own process, without a socket.
func (s *Server) Client() *Client {
	c := newClient(connect.NewClient(connectinprocess.New(s.rpc)))
	c.http = new(http.Transport)
	return c
}

func newClient(rpc *connect.Client) *Client {
	return &Client{
		Node:      localv1connect.NewNodeServiceClient(rpc),
		Dealing:   localv1connect.NewDealingServiceClient(rpc),
		Casting:   localv1connect.NewCastingServiceClient(rpc),
		Finding:   localv1connect.NewFindingServiceClient(rpc),
		Evidence:  localv1connect.NewEvidenceServiceClient(rpc),
		Keeping:   localv1connect.NewKeepingServiceClient(rpc),
		Vault:     localv1connect.NewVaultServiceClient(rpc),
		Relations: localv1connect.NewRelationsServiceClient(rpc),
	}
}

// Close closes the connections that no call is using.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	select {
	case unused := <-c.ready:
		_ = unused.Close() // nothing was written to it
	default:
	}
}

func dialSocket(ctx context.Context, path string, of uidOf) (net.Conn, error) {
	d := net.Dialer{Timeout: dialFor}
	c, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(ErrPeer, c.Close())
	}
	if err := checkPeer(u, of); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}
