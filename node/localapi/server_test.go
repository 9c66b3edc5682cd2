package localapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/answer"
)

// fakeNode answers Status with its error or its party, and streams items until its context ends.
type fakeNode struct {
	localv1connect.UnimplementedNodeServiceHandler
	status func(ctx context.Context) (*localv1.StatusResponse, error)
}

func (f fakeNode) Status(ctx context.Context, _ *localv1.StatusRequest) (*localv1.StatusResponse, error) {
	return f.status(ctx)
}

func (f fakeNode) WatchInbox(ctx context.Context, req *localv1.WatchInboxRequest, out localv1connect.NodeServiceWatchInboxServerStream) error {
	if err := out.Send(&localv1.WatchInboxResponse{Item: &localv1.Item{Cursor: req.GetAfter() + 1}}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// shortDir makes a folder whose socket path is short enough to bind on every system.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bw") //nolint:usetesting // the path of a test's own folder may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// listenIn listens for dir until the test ends.
func listenIn(t *testing.T, dir string) (net.Listener, string) {
	t.Helper()
	l, path, err := Listen(dir)
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, path
}

// serve runs a server of f until the test ends, and returns a client of it.
func serve(t *testing.T, f fakeNode, log io.Writer) (*Server, *Client) {
	t.Helper()
	return serveAll(t, Services{Node: f}, log)
}

func serveAll(t *testing.T, services Services, log io.Writer) (*Server, *Client) {
	t.Helper()
	dir := shortDir(t)
	l, _ := listenIn(t, dir)
	s := NewServer(services, slog.New(slog.NewTextHandler(log, nil)))
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

func TestFailuresArriveAsTheyWereMade(t *testing.T) {
	deep := fmt.Errorf("proffer: %w", Fail(Refused, "the bakery declined").Hint("another vendor"))
	for name, c := range map[string]struct {
		given error
		want  Failure
	}{
		"with all":        {Fail(Ambiguous, "two are called bakery").Hint("give 8 letters of the key").Among("bakery aaaa", "bakery bbbb"), Failure{Kind: Ambiguous, Text: "two are called bakery", Try: "give 8 letters of the key", Matches: []string{"bakery aaaa", "bakery bbbb"}}},
		"wrapped":         {deep, Failure{Kind: Refused, Text: "the bakery declined", Try: "another vendor"}},
		"bad input":       {Fail(BadInput, "no such terms"), Failure{Kind: BadInput, Text: "no such terms"}},
		"not found":       {Fail(NotFound, "no such id"), Failure{Kind: NotFound, Text: "no such id"}},
		"the peer's no":   {fmt.Errorf("offer: %w", answer.Refuse(answer.Expired, "too late")), Failure{Kind: Refused, Text: "offer: expired: too late"}},
		"the peer's fall": {answer.Refuse(answer.Internal, "disc full"), Failure{Kind: Failed, Text: "internal failure: disc full"}},
		"turned away":     {answer.Outcome{Turned: answer.Busy}.Err(), Failure{Kind: Refused, Text: "turned away: busy"}},
		"no road":         {answer.ErrNoRoad, Failure{Kind: Failed, Text: "no road to that party", Try: "byway meet ADDRESS, with the address that their `byway status` shows"}},
		"a plain error":   {errors.New("disc full"), Failure{Kind: Failed, Text: "disc full"}},
		"too slow":        {context.DeadlineExceeded, Failure{Kind: Failed, Text: "it took too long: context deadline exceeded", Try: "byway status, to see whom this node reaches; then once more"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := serve(t, fakeNode{status: func(context.Context) (*localv1.StatusResponse, error) { return nil, c.given }}, io.Discard)
			_, err := client.Node.Status(t.Context(), &localv1.StatusRequest{})
			got := FailureOf(err)
			if got == nil {
				t.Fatal("the call went well")
			}
			got.Cause = nil
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got %+v, want %+v", *got, c.want)
			}
		})
	}
}

func TestServiceThatIsNotMountedSaysSo(t *testing.T) {
	_, c := serve(t, fakeNode{}, io.Discard)
	_, err := c.Dealing.GetPolicy(t.Context(), &localv1.GetPolicyRequest{})
	if f := FailureOf(err); f == nil || f.Kind != Failed || f.Try == "" {
		t.Errorf("got %+v, want Failed with a way out", f)
	}
}

func TestPanicOfAHandlerIsLoggedAndAnswered(t *testing.T) {
	var log bytes.Buffer
	var oven map[string]int
	s, c := serve(t, fakeNode{status: func(context.Context) (*localv1.StatusResponse, error) {
		oven["loaves"]++
		return nil, nil
	}}, &log)
	_, err := c.Node.Status(t.Context(), &localv1.StatusRequest{})
	if f := FailureOf(err); f == nil || f.Kind != Failed || strings.Contains(f.Text, "nil map") {
		t.Errorf("got %+v, want Failed without the panic's words", f)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "nil map") {
		t.Errorf("log has %q", log.String())
	}
}

func TestCloseEndsStreams(t *testing.T) {
	s, c := serve(t, fakeNode{}, io.Discard)
	stream, err := c.Node.WatchInbox(t.Context(), &localv1.WatchInboxRequest{After: 6})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	got, err := stream.Receive()
	if err != nil || got.GetItem().GetCursor() != 7 {
		t.Fatalf("received %v (%v), want the item after 6", got, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := stream.Receive(); FailureOf(err) == nil || FailureOf(err).Kind != Closing {
		t.Errorf("the stream ended with %v, want Closing", err)
	}
}

func TestCloseWaitsForACallThatIsUnderWay(t *testing.T) {
	began, end := make(chan struct{}), make(chan struct{})
	s, c := serve(t, fakeNode{status: func(context.Context) (*localv1.StatusResponse, error) {
		close(began)
		<-end
		return &localv1.StatusResponse{Party: "person"}, nil
	}}, io.Discard)
	type result struct {
		resp *localv1.StatusResponse
		err  error
	}
	called := make(chan result, 1)
	go func() {
		resp, err := c.Node.Status(context.Background(), &localv1.StatusRequest{})
		called <- result{resp, err}
	}()
	<-began
	closed := make(chan error, 1)
	go func() { closed <- s.Close(context.Background()) }()
	<-s.closing // Close has begun
	close(end)
	if r := <-called; r.err != nil || r.resp.GetParty() != "person" {
		t.Errorf("the call ended with %v (%v)", r.resp, r.err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestCloseThatRunsOutOfTimeCancelsCalls(t *testing.T) {
	began := make(chan struct{})
	s, c := serve(t, fakeNode{status: func(ctx context.Context) (*localv1.StatusResponse, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	}}, io.Discard)
	called := make(chan error, 1)
	go func() {
		_, err := c.Node.Status(context.Background(), &localv1.StatusRequest{})
		called <- err
	}()
	<-began
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(over); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-called; FailureOf(err) == nil {
		t.Error("the call went well")
	}
}

func TestClosedServerIsNotRunning(t *testing.T) {
	dir := shortDir(t)
	l, _ := listenIn(t, dir)
	s := NewServer(Services{}, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for range 2 {
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial: %v, want ErrNotRunning", err)
	}
}
