package node_test

import (
	"bytes"
	"context"
	"errors"
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
		"the stick was out, and comes back": func(n *drillNode, near, far string) {
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
			if owed := owedIn(ctx, t, n.api); !slices.Equal(owed, []string{near}) {
				t.Errorf("the status says that %q have it, want %s", owed, near)
			}
			if err := os.Rename(far, near); err != nil {
				t.Fatal(err)
			}
			b := n.backUp(ctx, near)
			if files, err := node.Backups(near); err != nil || len(files) != 1 || files[0].Name() != b.GetFile() || !b.GetFull() {
				t.Errorf("%s was made, and there are %d backups (%v)", b.GetFile(), len(files), err)
			}
			if strings.Count(b.GetWhy(), "-0001-full.age")+strings.Count(b.GetWhy(), "-0002-part.age") != 2 {
				t.Errorf("it doesn't say what it deleted: %q", b.GetWhy())
			}
			if owed := owedIn(ctx, t, n.api); owed != nil {
				t.Errorf("the status still says that %q have it", owed)
			}
			if b := n.backUp(ctx, near); b.GetFull() {
				t.Errorf("the next one is full, too: %s", b.GetWhy())
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

// owedIn are the folders whose backups, by the status, still have what was forgotten.
func owedIn(ctx context.Context, t *testing.T, api *localapi.Client) (folders []string) {
	t.Helper()
	s, err := api.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range s.GetNotes() {
		if rest, ok := strings.CutPrefix(n.GetText(), "the backups in "); ok {
			folder, _, _ := strings.Cut(rest, " are from before something was forgotten")
			folders = append(folders, folder)
		}
	}
	return folders
}

// What is written to where the stick should be doesn't settle what the stick has; a restart doesn't forget it either.
func TestWhatAStickStillHasIsOwedUntilTheStickIsBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := newDrillNode(t, node.Config{})
	usb := filepath.Join(t.TempDir(), "usb")
	set(ctx, t, n.api, "address", "12 Mill Lane")
	n.backUp(ctx, usb)
	if err := os.Rename(usb, usb+"-out"); err != nil {
		t.Fatal(err)
	}
	if _, err := n.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"phone"}}); err == nil {
		t.Fatal("what isn't there was forgotten")
	}
	if owed := owedIn(ctx, t, n.api); owed != nil {
		t.Errorf("nothing was forgotten, and %q have it", owed)
	}
	if _, err := n.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{All: true}); err != nil {
		t.Fatal(err)
	}
	n.stop()
	n.start()
	if b := n.backUp(ctx, usb); !strings.Contains(b.GetWhy(), "from before something was forgotten still have it") {
		t.Errorf("a backup beside the stick: %q", b.GetWhy())
	}
	if owed := owedIn(ctx, t, n.api); !slices.Equal(owed, []string{usb}) {
		t.Errorf("the status says that %q have it, want %s", owed, usb)
	}
	if err := errors.Join(os.RemoveAll(usb), os.Rename(usb+"-out", usb)); err != nil {
		t.Fatal(err)
	}
	b := n.backUp(ctx, usb)
	if files, err := node.Backups(usb); err != nil || len(files) != 1 || files[0].Name() != b.GetFile() {
		t.Errorf("there are %d backups (%v)", len(files), err)
	}
	if owed := owedIn(ctx, t, n.api); owed != nil {
		t.Errorf("the status still says that %q have it", owed)
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
