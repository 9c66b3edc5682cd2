package node_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
)

const secretAddress = "canary-of-mill-lane"

// spelt are the ways in which a value may be written down.
func spelt(s string) [][]byte {
	out := [][]byte{[]byte(s), []byte(hex.EncodeToString([]byte(s))), bytes.Join(bytes.Split([]byte(s), nil), []byte{0})}
	for before := range 3 {
		b := append(make([]byte, before), s...)
		out = append(out, []byte(base64.RawStdEncoding.EncodeToString(b[:len(b)/3*3]))[(before*8+5)/6:])
	}
	return out
}

// readable returns the files below a folder in which s is to be read.
func readable(t *testing.T, dir, s string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if slices.ContainsFunc(spelt(s), func(f []byte) bool { return bytes.Contains(b, f) }) {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAPersonalFieldIsUsedProvenAndForgottenAndNeverWrittenDown(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	hers, theirs := shortDir(t), shortDir(t)
	bakery, shut := up(t, node.Config{Dir: theirs, Organisation: "The Bakery", Policy: &sells, Log: log})
	alice, down := up(t, node.Config{Dir: hers, Log: log})
	meet(ctx, t, alice, bakery)
	_, err := alice.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "address", Value: secretAddress})
	must(t, err)
	p, err := alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bakery", Terms: "SD-BASE", Data: []string{"name", "address"}, WaitMs: 5000})
	must(t, err)
	id := p.GetAgreement().GetId()
	body := bodyHeldBy(ctx, t, bakery, id)
	if len(body.Commitments) != 2 || !body.Commitments[0].IsZero() || body.Commitments[1].IsZero() {
		t.Fatalf("the shop holds the commitments %v", body.Commitments)
	}
	o := prove(ctx, t, alice, id)
	if o.Value != secretAddress || commitment.Check(body.Commitment("address"), o) != nil {
		t.Errorf("the opening doesn't fit what the shop holds")
	}
	_, err = alice.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "phone", Value: secretAddress + "\x00"})
	wantKind(t, err, localapi.BadInput)

	_, err = alice.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"address"}})
	must(t, err)
	_, err = alice.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: "address"})
	wantKind(t, err, localapi.NotFound)
	_, err = alice.Vault.ProveField(ctx, &localv1.ProveFieldRequest{Agreement: id, Category: "address"})
	wantKind(t, err, localapi.NotFound)
	if got := bodyHeldBy(ctx, t, alice, id); commitment.Check(got.Commitment("address"), o) != nil {
		t.Error("what was opened before doesn't fit any more")
	}
	down()
	shut()
	for _, dir := range []string{hers, theirs} {
		if names := readable(t, dir, secretAddress); len(names) > 0 {
			t.Errorf("the address is to be read in %q", names)
		}
	}
	if slices.ContainsFunc(spelt(secretAddress), func(f []byte) bool { return bytes.Contains(said.Bytes(), f) }) {
		t.Error("the address is in the log output")
	}
	for _, f := range spelt(secretAddress) { // control
		must(t, os.WriteFile(filepath.Join(hers, "planted"), f, 0o600))
		if len(readable(t, hers, secretAddress)) != 1 {
			t.Errorf("%q isn't found", f)
		}
	}
}

func meet(ctx context.Context, t *testing.T, alice, bakery *localapi.Client) {
	t.Helper()
	st, err := bakery.Node.Status(ctx, &localv1.StatusRequest{})
	must(t, err)
	_, err = alice.Node.Meet(ctx, &localv1.MeetRequest{Address: st.GetAddresses()[0], Petname: "bakery"})
	must(t, err)
}

// bodyHeldBy returns the body of an agreement as one side exports it.
func bodyHeldBy(ctx context.Context, t *testing.T, api *localapi.Client, id string) agreement.Body {
	t.Helper()
	r, err := api.Dealing.Export(ctx, &localv1.ExportRequest{Id: id})
	must(t, err)
	v, err := record.Verify(r.GetRecord(), record.Want{At: time.Now()})
	must(t, err)
	f, err := agreement.Describe(v)
	must(t, err)
	return f.Body
}

func prove(ctx context.Context, t *testing.T, api *localapi.Client, id string) commitment.Opening {
	t.Helper()
	r, err := api.Vault.ProveField(ctx, &localv1.ProveFieldRequest{Agreement: id, Category: "address"})
	must(t, err)
	o, err := commitment.ParseText(r.GetOpening())
	must(t, err)
	return o
}

func wantKind(t *testing.T, err error, want localapi.Kind) {
	t.Helper()
	if f := localapi.FailureOf(err); f == nil || f.Kind != want || bytes.Contains([]byte(f.Text+f.Try), []byte(secretAddress)) {
		t.Errorf("failed as %+v, want %s", f, want)
	}
}

func TestADamagedVaultIsSaidInStatusAndStopsNothingElse(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := shortDir(t)
	bakery, shut := up(t, node.Config{Dir: shortDir(t), Organisation: "The Bakery", Policy: &sells})
	alice, down := up(t, node.Config{Dir: dir})
	_, err := alice.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "address", Value: secretAddress})
	must(t, err)
	down()
	must(t, os.WriteFile(filepath.Join(dir, "store", "vault.keys"), []byte("no keys"), 0o600))
	alice, down = up(t, node.Config{Dir: dir})
	st, err := alice.Node.Status(ctx, &localv1.StatusRequest{})
	must(t, err)
	if !slices.ContainsFunc(st.GetNotes(), func(n *localv1.Note) bool { return strings.Contains(n.GetText(), "byway forget --all") }) {
		t.Errorf("status says %v", st.GetNotes())
	}
	meet(ctx, t, alice, bakery)
	_, err = alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bakery", Terms: "SD-BASE", Data: []string{"address"}, WaitMs: 5000})
	if f := localapi.FailureOf(err); f == nil || !strings.Contains(f.Text, "--no-commit") {
		t.Errorf("a proffer that can't commit: %v", err)
	}
	_, err = alice.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bakery", Terms: "SD-BASE", Data: []string{"address"}, NoCommit: true, WaitMs: 5000})
	must(t, err)
	_, err = alice.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{All: true})
	must(t, err)
	_, err = alice.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "address", Value: "anew"})
	must(t, err)
	down()
	shut()
}
