package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
)

// A fake is a node that answers with what it was given, and keeps what it was asked.
type fake struct {
	localv1connect.UnimplementedNodeServiceHandler
	localv1connect.UnimplementedDealingServiceHandler
	localv1connect.UnimplementedCastingServiceHandler
	localv1connect.UnimplementedFindingServiceHandler

	fail      error
	view      string
	refused   bool
	proffered *localv1.ProfferRequest
	policy    *localv1.Policy
	cast      *localv1.CastRequest
	imported  *localv1.ImportCatalogRequest
}

func (f *fake) Contacts(context.Context, *localv1.ContactsRequest) (*localv1.ContactsResponse, error) {
	return &localv1.ContactsResponse{Contacts: []*localv1.Contact{
		{Key: strings.Repeat("k7mz2a4q", 6) + "aaaa", Petname: "bakery", Name: "The Bakery", Accepts: []string{"SD-BASE", "SD-BASE-DP"}, Categories: []string{"food/bread"}},
		{Key: strings.Repeat("b", 52), Name: "Bäckerei\x1b[2J"},
	}}, f.fail
}

func (f *fake) Proffer(_ context.Context, r *localv1.ProfferRequest) (*localv1.ProfferResponse, error) {
	f.proffered = r
	return &localv1.ProfferResponse{Agreement: &localv1.Agreement{Id: idHead + "gh2akiscaaaa", View: f.view, Refused: f.refused, Terms: r.GetTerms(), Who: "bakery (k7mz2a4q)"}}, f.fail
}

func (f *fake) ListAgreements(_ context.Context, r *localv1.ListAgreementsRequest) (*localv1.ListAgreementsResponse, error) {
	n := r.GetAfter() + 1
	resp := &localv1.ListAgreementsResponse{Agreements: []*localv1.Agreement{{Id: idHead + strings.Repeat("abc"[n-1:n], 8), Terms: "SD-BASE", View: "in force"}}}
	if n < 3 {
		resp.Next = n
	}
	return resp, nil
}

func (f *fake) Export(context.Context, *localv1.ExportRequest) (*localv1.ExportResponse, error) {
	return &localv1.ExportResponse{Record: []byte("\x00bread"), RecordId: idHead + "gh2akisc"}, f.fail
}

func (f *fake) GetPolicy(context.Context, *localv1.GetPolicyRequest) (*localv1.GetPolicyResponse, error) {
	return &localv1.GetPolicyResponse{Policy: f.policy}, f.fail
}

func (f *fake) SetPolicy(_ context.Context, r *localv1.SetPolicyRequest) (*localv1.SetPolicyResponse, error) {
	f.policy = r.GetPolicy()
	return &localv1.SetPolicyResponse{Policy: f.policy}, f.fail
}

func (f *fake) Cast(_ context.Context, r *localv1.CastRequest) (*localv1.CastResponse, error) {
	f.cast = r
	return &localv1.CastResponse{Intention: &localv1.Intention{Id: idHead + "gh2akiscaaaa", State: "live"}, Notes: []string{"vendors see your address"}}, f.fail
}

func (f *fake) ImportCatalog(_ context.Context, r *localv1.ImportCatalogRequest) (*localv1.ImportCatalogResponse, error) {
	f.imported = r
	return &localv1.ImportCatalogResponse{Items: 2, Answer: "auto", LeftOut: []*localv1.LeftOut{{Line: 4, What: "BAGEL", Reason: "no price"}}}, f.fail
}

func (f *fake) WatchInbox(ctx context.Context, r *localv1.WatchInboxRequest, out localv1connect.NodeServiceWatchInboxServerStream) error {
	item := &localv1.Item{
		Cursor: r.GetAfter() + 1, At: timestamppb.New(noon.Add(-time.Minute)), Kind: "proffer", Id: idHead + "gh2akiscaaaa",
		Who: "a person (k7mz2a4q)", Text: "SD-BASE for weekly bread", Waiting: true, Commands: []string{"byway decide gh2akisc accept"},
	}
	if err := out.Send(&localv1.WatchInboxResponse{Item: item}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// A desk is where a test types commands to a fake node.
type desk struct {
	dir    string
	node   *fake
	server *localapi.Server
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "bw") //nolint:usetesting // the path of a test's own folder may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, _, err := localapi.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{policy: &localv1.Policy{}}
	s := localapi.NewServer(localapi.Services{Node: f, Dealing: f, Casting: f, Finding: f}, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return &desk{dir: dir, node: f, server: s}
}

// typed runs one command line and returns what it printed and its exit code.
func (d *desk) typed(ctx context.Context, args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader("sku,name\n"), out: &o, errs: &e, env: func(string) string { return "" }, now: func() time.Time { return noon }}
	code = a.run(ctx, append([]string{"--dir", d.dir}, args...))
	return o.String(), e.String(), code
}
