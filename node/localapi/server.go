package localapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"

	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
)

// MaxMessage is the largest request or response, in bytes: an imported price list with
// room to spare. A larger one fails with BadInput.
const MaxMessage = 80 << 20

const (
	// idleFor is how long an unused connection is kept. There is no shorter bound for the
	// first request: only the owner's own programs connect, and one that thinks before
	// it asks must find its connection open.
	idleFor = 10 * time.Minute
)

// Services are the handlers that a server mounts; one that is nil answers that it isn't
// there. They return a *Failure, or any error: it reaches the caller as Failed.
type Services struct {
	Node     localv1connect.NodeServiceHandler
	Dealing  localv1connect.DealingServiceHandler
	Casting  localv1connect.CastingServiceHandler
	Finding  localv1connect.FindingServiceHandler
	Evidence localv1connect.EvidenceServiceHandler
	Keeping  localv1connect.KeepingServiceHandler
	Vault    localv1connect.VaultServiceHandler
	// Relations shows the chains of relationships.
	Relations localv1connect.RelationsServiceHandler
}

// Server serves the control API. NewServer makes one; Close ends it.
type Server struct {
	http    *http.Server
	rpc     *connect.Server
	log     *slog.Logger
	closing chan struct{} // closed by Close: streams end, so that it doesn't wait for them for ever
	calls   sync.WaitGroup
	mu      sync.Mutex // orders begin against Close
	closed  bool
}

// NewServer returns a server of the given handlers that isn't serving yet. Panics of
// handlers are logged and answered as Failed.
func NewServer(s Services, log *slog.Logger) *Server {
	srv := &Server{log: log, closing: make(chan struct{})}
	rpc := connect.NewServer(srv.guard)
	if s.Node != nil {
		localv1connect.RegisterNodeServiceHandler(rpc, s.Node)
	}
	if s.Dealing != nil {
		localv1connect.RegisterDealingServiceHandler(rpc, s.Dealing)
	}
	if s.Casting != nil {
		localv1connect.RegisterCastingServiceHandler(rpc, s.Casting)
	}
	if s.Finding != nil {
		localv1connect.RegisterFindingServiceHandler(rpc, s.Finding)
	}
	if s.Vault != nil {
		localv1connect.RegisterVaultServiceHandler(rpc, s.Vault)
	}
	if s.Relations != nil {
		localv1connect.RegisterRelationsServiceHandler(rpc, s.Relations)
	}
	if s.Evidence != nil {
		localv1connect.RegisterEvidenceServiceHandler(rpc, s.Evidence)
	}
	if s.Keeping != nil {
		localv1connect.RegisterKeepingServiceHandler(rpc, s.Keeping)
	}
	srv.rpc = rpc
	mux := http.NewServeMux()
	connecthttp.Mount(mux, rpc, connecthttp.WithReadMaxBytes(MaxMessage), connecthttp.WithSendMaxBytes(MaxMessage))
	srv.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: idleFor, IdleTimeout: idleFor,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return srv
}

// Serve accepts on l until Close, and then returns nil. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends the server: no new calls, streams end with Closing, other calls are
// waited for until ctx ends, and then cancelled. It returns once all handlers have. A
// second Close is harmless. A handler mustn't call it and wait: it would wait for itself.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close() // takes the connections, which cancels their calls
	}
	s.calls.Wait()
	return err
}

// begin counts a call in, unless the server is closed.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// guard stands around every call: it joins it, ends its stream on Close, turns its
// error into the one that travels.
func (s *Server) guard(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		if !s.begin() {
			return errClosing().toWire()
		}
		defer s.calls.Done()
		if spec.StreamType != connect.StreamTypeUnary {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			s.calls.Go(func() {
				select {
				case <-s.closing:
					cancel()
				case <-ctx.Done():
				}
			})
		}
		err := s.recovered(ctx, next, spec, stream)
		switch {
		case err == nil:
			return nil
		case spec.StreamType != connect.StreamTypeUnary && s.isClosed():
			return errClosing().toWire()
		case errors.Is(err, context.Canceled) && ctx.Err() != nil:
			return err // the caller is gone
		}
		var wire *connect.Error
		if errors.As(err, &wire) && !wire.IsRemote() {
			return wire // by connect: a request that doesn't parse, a method that isn't there
		}
		return failureFor(err).toWire()
	}
}

func (s *Server) recovered(ctx context.Context, next connect.ServerFunc, spec connect.Spec, stream connect.ServerStream) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "handler panicked", "procedure", spec.Procedure, "panic", p, "stack", string(debug.Stack()))
			err = Fail(Failed, "the node failed inside").Hint("see its log, and report it")
		}
	}()
	return next(ctx, spec, stream)
}

func errClosing() *Failure { return Fail(Closing, "the node is shutting down") }
