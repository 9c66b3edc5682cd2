package localapi

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
)

// fieldsFake holds fields in a map, and says what the test says about backups.
type fieldsFake struct {
	held    map[string]string
	renewed []Renewed
	kept    string
}

func (f *fieldsFake) List() ([]string, error) { return []string{"address", "name"}, nil }

func (f *fieldsFake) Set(_ context.Context, category string, value []byte) error {
	if len(value) == 0 {
		return Fail(BadInput, "no value")
	}
	f.held[category] = string(value)
	return nil
}

func (f *fieldsFake) Value(_ context.Context, category string) ([]byte, error) {
	if v, ok := f.held[category]; ok {
		return []byte(v), nil
	}
	return nil, Fail(NotFound, "no such field")
}

func (f *fieldsFake) Prove(context.Context, record.ID, string) (commitment.Opening, error) {
	return commitment.Opening{}, errors.New("not asked for")
}

func (f *fieldsFake) Forget(_ context.Context, categories []string, all bool) (Forgotten, error) {
	if all {
		categories = []string{"address", "name"}
	}
	for _, c := range categories {
		delete(f.held, c)
	}
	return Forgotten{Categories: categories, Kept: f.kept, Backups: f.renewed}, nil
}

func vaultClient(f Fields) *Client {
	return NewServer(Services{Vault: &Vault{Fields: f}}, slog.New(slog.DiscardHandler)).Client()
}

func TestAFieldIsSetShownAndListed(t *testing.T) {
	f := &fieldsFake{held: map[string]string{}}
	c := vaultClient(f)
	if _, err := c.Vault.SetField(t.Context(), &localv1.SetFieldRequest{Category: "name", Value: "Alice"}); err != nil || f.held["name"] != "Alice" {
		t.Fatalf("%v: %v", err, f.held)
	}
	if r, err := c.Vault.ShowField(t.Context(), &localv1.ShowFieldRequest{Category: "name"}); err != nil || r.GetValue() != "Alice" {
		t.Errorf("shown %q (%v)", r.GetValue(), err)
	}
	if r, err := c.Vault.ListFields(t.Context(), &localv1.ListFieldsRequest{}); err != nil || !slices.Equal(r.GetCategories(), []string{"address", "name"}) {
		t.Errorf("listed %q (%v)", r.GetCategories(), err)
	}
}

func TestForgettingSaysWhatBecameOfTheBackups(t *testing.T) {
	f := &fieldsFake{held: map[string]string{"name": "Alice"}, kept: "one row stays", renewed: []Renewed{{"/usb", "new", []string{"old"}, ""}, {Folder: "/gone", Failed: "not there"}}}
	c := vaultClient(f)
	r, err := c.Vault.ForgetFields(t.Context(), &localv1.ForgetFieldsRequest{Categories: []string{"name"}})
	if err != nil || len(f.held) != 0 || !slices.Equal(r.GetCategories(), []string{"name"}) || r.GetKept() != "one row stays" {
		t.Fatalf("%v: %v", err, r)
	}
	if b := r.GetBackups(); len(b) != 2 || b[0].GetMade() != "new" || !slices.Equal(b[0].GetDeleted(), []string{"old"}) || b[1].GetFolder() != "/gone" || b[1].GetFailed() != "not there" {
		t.Errorf("backups %v", r.GetBackups())
	}
}

func TestBadVaultCallsAreRefusedAndForgetNothing(t *testing.T) {
	f := &fieldsFake{held: map[string]string{"name": "Alice"}}
	c := vaultClient(f)
	_, both := c.Vault.ForgetFields(t.Context(), &localv1.ForgetFieldsRequest{Categories: []string{"name"}, All: true})
	_, neither := c.Vault.ForgetFields(t.Context(), &localv1.ForgetFieldsRequest{})
	_, empty := c.Vault.SetField(t.Context(), &localv1.SetFieldRequest{Category: "name"})
	_, unknown := c.Vault.ShowField(t.Context(), &localv1.ShowFieldRequest{Category: "phone"})
	for name, bad := range map[string]struct {
		err  error
		want Kind
	}{"all, and some": {both, BadInput}, "none": {neither, BadInput}, "no value": {empty, BadInput}, "not held": {unknown, NotFound}} {
		if got := FailureOf(bad.err); got == nil || got.Kind != bad.want {
			t.Errorf("%s: %v", name, bad.err)
		}
	}
	if f.held["name"] != "Alice" {
		t.Error("something was changed")
	}
}
