package node_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func set(ctx context.Context, t *testing.T, api *localapi.Client, category, value string) {
	t.Helper()
	if _, err := api.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: category, Value: value}); err != nil {
		t.Fatal(err)
	}
}

func fieldsOf(ctx context.Context, t *testing.T, api *localapi.Client) (names []string) {
	t.Helper()
	r, err := api.Vault.ListFields(ctx, &localv1.ListFieldsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetCategories()
}

func TestAFieldThatWasForgottenDoesntComeBackFromABackup(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for name, forget := range map[string]func(n *drillNode, near, far string){
		"the backups are at hand": func(n *drillNode, near, _ string) {
			r, err := n.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"address"}})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.GetBackups()) != 1 || len(r.GetBackups()[0].GetDeleted()) != 2 || r.GetBackups()[0].GetFailed() != "" {
				t.Errorf("forgetting did %v", r.GetBackups())
			}
			if files, err := node.Backups(near); err != nil || len(files) != 1 || !files[0].Full {
				t.Errorf("there are %d backups left (%v)", len(files), err)
			}
		},
		"a part comes after the old full one": func(n *drillNode, near, far string) {
			// The stick is out while she forgets; what she does then is a part on top of the old ones.
			if err := os.Rename(near, far); err != nil {
				t.Fatal(err)
			}
			r, err := n.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"address"}})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.GetBackups()) != 1 || r.GetBackups()[0].GetFailed() == "" || len(r.GetBackups()[0].GetDeleted()) > 0 {
				t.Errorf("what can't be reached isn't said: %v", r.GetBackups())
			}
			if err := os.Rename(far, near); err != nil {
				t.Fatal(err)
			}
			if b := n.backUp(ctx, near); b.GetFull() {
				t.Errorf("it is a full one: %s", b.GetWhy())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newDrillNode(t, node.Config{})
			usb := filepath.Join(t.TempDir(), "usb")
			set(ctx, t, n.api, "address", "12 Mill Lane")
			set(ctx, t, n.api, "name", "Alice")
			n.backUp(ctx, usb)
			n.backUp(ctx, usb)
			forget(n, usb, usb+"-out")
			n.lose(ctx, usb)
			if got := fieldsOf(ctx, t, n.api); !slices.Equal(got, []string{"name"}) {
				t.Errorf("%q came back, want the name alone", got)
			}
			r, err := n.api.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: "name"})
			if err != nil || r.GetValue() != "Alice" {
				t.Errorf("the name is %q (%v)", r.GetValue(), err)
			}
		})
	}
}

// The keys and the log in a backup fit, whatever she sets meanwhile.
func TestABackupOfANodeThatWritesBringsEachFieldBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := newDrillNode(t, node.Config{})
	usb := filepath.Join(t.TempDir(), "usb")
	set(ctx, t, n.api, "address", "0")
	writing, stop := context.WithCancel(ctx)
	wrote := make(chan int)
	go func() {
		i := 0
		for ; writing.Err() == nil; i++ {
			if _, err := n.api.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "address", Value: strings.Repeat("x", 1+i%50)}); err != nil {
				t.Errorf("set: %v", err)
				break
			}
		}
		wrote <- i
	}()
	for range 5 {
		n.backUp(ctx, usb)
	}
	stop()
	if i := <-wrote; i < 5 {
		t.Fatalf("only %d were written meanwhile: this shows nothing", i)
	}
	n.lose(ctx, usb)
	if got := fieldsOf(ctx, t, n.api); !slices.Equal(got, []string{"address"}) {
		t.Errorf("%q came back", got)
	}
}

func TestNothingInAFolderOfBackupsIsReadableWithoutTheWords(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := newDrillNode(t, node.Config{Organisation: "The Bakery"})
	usb := filepath.Join(t.TempDir(), "usb")
	n.backUp(ctx, usb)
	files, err := node.Backups(usb)
	if err != nil || len(files) != 1 {
		t.Fatal(len(files), err)
	}
	b, err := os.ReadFile(files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"the name": "The Bakery", "its key": string(n.key[:]), "a file's name": "party.json"} {
		if bytes.Contains(b, []byte(text)) {
			t.Errorf("%s is in it", what)
		}
	}
}
